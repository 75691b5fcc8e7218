/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_PASS_H
#define OCS_PASS_H

/* The one shape of a pass: independent units of work over slabs, small states merged at the end.
 *
 *     open   once a worker, before the first unit: its buffers; after a failure *worker_ret is NULL
 *     unit   as often as there are units, on any worker, in any order
 *     close  once a worker, on the coordinating thread after all units: merges the worker's state
 *            into the pass (exactly, so the order does not matter) and frees it
 *
 * A pass states beforehand what one worker needs from the budget: ocs_X_need() beside each pass. */

#include "beat.h"
#include "budget.h"
#include "kernels.h"
#include "reader.h"

struct ocs_pass {
    const char *name;
    void *self;
    uint64_t units;
    uint64_t voxels; /* total given to ocs_beat, for progress                              */
    /* Where units are slabs: `together` units next to each other make `unit_planes` of the planes
     * that there are in all, in order; the state that was merged after some of these is good to go
     * on from. All 0: the pass is done as a whole or not at all. */
    uint64_t planes, unit_planes, together;
    OCS_MUST_USE enum ocs_status (*open)(void *self, void **worker_ret, struct ocs_error *error);
    OCS_MUST_USE enum ocs_status (*unit)(void *self, void *worker, uint64_t unit,
                                         struct ocs_error *error);
    void (*close)(void *self, void *worker);
};

/* What every pass of a run shares. */
struct ocs_run_context {
    struct ocs_budget *budget;
    const struct ocs_kernels *kernels;
    const struct ocs_reading *reading;
    struct ocs_beat *beat;
};

/* Rows handled together: enough for the transposes to move whole cache lines. Bands start at
 * multiples. */
enum { OCS_ROW_BATCH = 16 };

#endif
