/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_WORKERS_H
#define OCS_WORKERS_H

/* Running one pass on the engine's own threads. */

#include "pass.h"

/* Called about ten times a second on the calling thread while the pass runs. */
typedef void ocs_tick(void *user, const struct ocs_pass *pass, uint64_t voxels_done);

/* Opens `threads` workers (fewer when there are fewer units), runs all units, closes the workers.
 * The first failure stops the others and is the one reported. `beat` is reset. */
OCS_MUST_USE enum ocs_status ocs_workers_run(const struct ocs_pass *pass, unsigned threads,
                                             struct ocs_beat *beat, ocs_tick *tick, void *user,
                                             struct ocs_error *error);

/* Some of a pass's units: those before `first` are done already. */
struct ocs_leg {
    uint64_t first;    /* afterwards: all units before this one are done, and no other           */
    uint64_t together; /* it ends only where a multiple of so many units are done, or all        */
    double seconds;    /* after which no more units are begun; 0: never                         */
};

/* The same, from `leg->first` until all is done or the leg's time is over. */
OCS_MUST_USE enum ocs_status ocs_workers_run_leg(const struct ocs_pass *pass, unsigned threads,
                                                 struct ocs_leg *leg, struct ocs_beat *beat,
                                                 ocs_tick *tick, void *user,
                                                 struct ocs_error *error);

#endif
