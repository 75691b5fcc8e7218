/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "found.h"

#include <assert.h>

void ocs_found_add(struct ocs_found *found, void *at, uint64_t bytes)
{
    if (bytes == 0)
        return;
    assert(found->span_count < OCS_FOUND_SPANS);
    found->span[found->span_count++] = (struct ocs_span){at, bytes};
}

void ocs_found_add_place(struct ocs_found *found, unsigned file, uint64_t offset, uint64_t bytes)
{
    if (bytes == 0)
        return;
    assert(found->place_count < OCS_WATCHES);
    found->place[found->place_count++] = (struct ocs_place){file, offset, bytes};
}
