/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SPOOLING_H
#define OCS_SPOOLING_H

/* Pass "spool": the voxels of a map whose bytes come only once go to its spool. A unit is whichever
 * group comes next; one unit more than there are groups waits for what is behind them. */

#include "pass.h"
#include "spool_filler.h"

struct ocs_spooling {
    const struct ocs_run_context *context;
    struct ocs_spool *spool;
    struct ocs_spool_filler *filler;
    uint64_t row_voxels;
};

/* One worker's. */
uint64_t ocs_spooling_need(const struct ocs_spool_shape *shape);
struct ocs_pass ocs_spooling_pass(struct ocs_spooling *spooling);

#endif
