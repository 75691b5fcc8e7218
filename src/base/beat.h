/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_BEAT_H
#define OCS_BEAT_H

/* The one thing workers share while they run: how far they are, and whether to stop. */

#include "occustream/error.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

struct ocs_beat {
    _Atomic uint64_t done;               /* voxels finished in this pass                */
    _Atomic int stop;                    /* set when any worker failed                  */
    const volatile sig_atomic_t *cancel; /* the caller's wish to end, or NULL           */
};

/* Whether the caller wants to end. The flag may be set by another thread, so it is read as one that
 * is shared. */
static inline bool ocs_is_cancelled(const struct ocs_beat *beat)
{
    return beat->cancel && __atomic_load_n(beat->cancel, __ATOMIC_RELAXED);
}

/* Counts `voxels` and says whether to go on: OCS_CANCELLED when the caller wants to end or another
 * worker failed. Workers call it at least once a plane. */
OCS_MUST_USE enum ocs_status ocs_beat(struct ocs_beat *beat, uint64_t voxels,
                                      struct ocs_error *error);

#endif
