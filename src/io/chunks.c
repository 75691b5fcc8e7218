/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chunks.h"

#include "checked.h"

#include <assert.h>

static bool is_empty(const struct ocs_ranges *ranges)
{
    return ranges->count == 0 || ranges->bytes == 0;
}

bool ocs_ranges_fit(const struct ocs_ranges *ranges, uint64_t limit)
{
    if (is_empty(ranges))
        return true;
    uint64_t end;
    return ocs_mul_u64(ranges->count - 1, ranges->stride, &end) &&
           ocs_add_u64(end, ranges->offset, &end) && ocs_add_u64(end, ranges->bytes, &end) &&
           end <= limit;
}

uint64_t ocs_ranges_end(const struct ocs_ranges *ranges)
{
    return is_empty(ranges) ? ranges->offset
                            : ranges->offset + (ranges->count - 1) * ranges->stride + ranges->bytes;
}

struct ocs_chunks ocs_chunks_of(const struct ocs_ranges *ranges, uint64_t chunk_bytes)
{
    assert(chunk_bytes > 0);
    struct ocs_chunks chunks = {.left = *ranges, .chunk_bytes = chunk_bytes};
    if (is_empty(ranges))
        chunks.left.count = 0;
    else if (ranges->bytes == ranges->stride) {
        chunks.left.bytes *= ranges->count;
        chunks.left.count = 1;
    }
    return chunks;
}

bool ocs_chunks_next(struct ocs_chunks *chunks, uint64_t *offset_ret, uint64_t *bytes_ret)
{
    struct ocs_ranges *const left = &chunks->left;
    if (left->count == 0)
        return false;
    *offset_ret = left->offset + chunks->done;
    *bytes_ret = ocs_min_u64(chunks->chunk_bytes, left->bytes - chunks->done);
    chunks->done += *bytes_ret;
    if (chunks->done == left->bytes) {
        chunks->done = 0;
        left->offset += left->stride;
        --left->count;
    }
    return true;
}
