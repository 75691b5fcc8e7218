/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "beat.h"

#include "fail.h"

enum ocs_status ocs_beat(struct ocs_beat *beat, uint64_t voxels, struct ocs_error *error)
{
    atomic_fetch_add_explicit(&beat->done, voxels, memory_order_relaxed);
    if (atomic_load_explicit(&beat->stop, memory_order_relaxed) || ocs_is_cancelled(beat))
        return ocs_fail(error, OCS_CANCELLED, "running", NULL, "interrupted");
    return OCS_OK;
}
