/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "watch.h"

#include "place_sum.h"

void ocs_watches_note(struct ocs_watches *watches, uint64_t offset, const void *bytes,
                      uint64_t count)
{
    for (unsigned i = 0; i < watches->count; ++i) {
        struct ocs_watch *const watch = &watches->watch[i];
        if (offset < watch->offset || offset - watch->offset >= watch->bytes)
            continue;
        atomic_fetch_add(&watch->sum, ocs_place_sum(offset, bytes, count));
        return;
    }
}
