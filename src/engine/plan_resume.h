/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_PLAN_RESUME_H
#define OCS_PLAN_RESUME_H

#include "plan.h"

/* With --resume: names the folder of the journal and opens the one that is there, if any. OCS_IO
 * while another run uses it. */
OCS_MUST_USE enum ocs_status ocs_plan_find_journal(struct ocs_plan *plan, struct ocs_error *error);

/* Fills what the summary says of other runs' leavings. */
void ocs_plan_find_left(struct ocs_plan *plan);

#endif
