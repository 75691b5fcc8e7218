/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RUN_SPOOL_H
#define OCS_RUN_SPOOL_H

#include "run_internal.h"

/* Spools every map whose bytes come only once, so that the passes after it can read them all at any
 * place. */
OCS_MUST_USE enum ocs_status ocs_run_spool(struct ocs_run_state *run, struct ocs_error *error);
void ocs_run_free_spools(struct ocs_run_state *run);

#endif
