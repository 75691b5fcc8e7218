/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_PLAN_RESUME_H
#define OCS_PLAN_RESUME_H

#include "plan.h"

/* With --resume: names the folder of the journal and opens the one that is there, if any. OCS_IO
 * while another run uses it. */
OCS_MUST_USE enum ocs_status ocs_plan_find_journal(struct ocs_plan *plan, struct ocs_error *error);

/* Fills what the summary says of other runs' leavings: in the scratch folder, and in that of the
 * results. */
void ocs_plan_find_left(struct ocs_plan *plan);

/* Only those in the folder of the results. */
void ocs_plan_find_left_output(struct ocs_plan *plan);

#endif
