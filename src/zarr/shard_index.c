/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shard_index.h"

#include "crc32c.h"
#include "fail.h"
#include "little_endian.h"

#include <assert.h>

enum { PLACE_BYTES = 16 };

bool ocs_shard_place_absent(const struct ocs_shard_place *place)
{
    return place->offset == UINT64_MAX && place->bytes == UINT64_MAX;
}

static uint64_t list_bytes(const struct ocs_zarr_array *array)
{
    return ocs_zarr_shard_chunks(array) * PLACE_BYTES;
}

uint64_t ocs_shard_index_bytes(const struct ocs_zarr_array *array)
{
    return list_bytes(array) + (array->index_crc32c ? OCS_CRC32C_BYTES : 0);
}

uint64_t ocs_shard_index_offset(const struct ocs_zarr_array *array, uint64_t shard_bytes)
{
    assert(shard_bytes >= ocs_shard_index_bytes(array));
    return array->index_first ? 0 : shard_bytes - ocs_shard_index_bytes(array);
}

/* Where the chunks of a shard may be. */
struct span {
    uint64_t first, end, longest;
};

static bool place_is_right(const struct ocs_shard_place *place, const struct span *span)
{
    return ocs_shard_place_absent(place) ||
           (place->bytes <= span->longest && place->offset >= span->first &&
            place->offset <= span->end && place->bytes <= span->end - place->offset);
}

enum ocs_status ocs_shard_index_read(const struct ocs_zarr_array *array, const unsigned char *bytes,
                                     uint64_t shard_bytes, const char *path,
                                     struct ocs_shard_place *places, struct ocs_error *error)
{
    const uint64_t index = ocs_shard_index_bytes(array);
    if (shard_bytes < index)
        return ocs_fail(error, OCS_BAD_INPUT, "reading", path,
                        "it is too short for the index of a shard");
    if (array->index_crc32c && !ocs_crc32c_follows(bytes, list_bytes(array)))
        return ocs_fail(error, OCS_BAD_INPUT, "reading", path,
                        "the checksum of its shard index is wrong");
    const struct span span = {
        .first = array->index_first ? index : 0,
        .end = array->index_first ? shard_bytes : shard_bytes - index,
        .longest = ocs_chunk_packed_limit(ocs_zarr_chunk_bytes(array)),
    };
    const uint64_t count = ocs_zarr_shard_chunks(array);
    uint64_t left = span.end - span.first;
    for (uint64_t i = 0; i < count; ++i) {
        places[i].offset = ocs_get_u64(bytes + i * PLACE_BYTES);
        places[i].bytes = ocs_get_u64(bytes + i * PLACE_BYTES + sizeof(uint64_t));
        if (!place_is_right(&places[i], &span))
            return ocs_fail(error, OCS_BAD_INPUT, "reading", path,
                            "chunk %llu of its shard lies outside of it", (unsigned long long)i);
        if (ocs_shard_place_absent(&places[i]))
            continue;
        if (places[i].bytes > left)
            return ocs_fail(error, OCS_BAD_INPUT, "reading", path,
                            "the chunks of its shard lie over one another");
        left -= places[i].bytes;
    }
    return OCS_OK;
}

void ocs_shard_index_write(const struct ocs_zarr_array *array, const struct ocs_shard_place *places,
                           unsigned char *bytes)
{
    const uint64_t count = ocs_zarr_shard_chunks(array);
    for (uint64_t i = 0; i < count; ++i) {
        ocs_put_u64(bytes + i * PLACE_BYTES, places[i].offset);
        ocs_put_u64(bytes + i * PLACE_BYTES + sizeof(uint64_t), places[i].bytes);
    }
    if (array->index_crc32c)
        ocs_crc32c_append(bytes, count * PLACE_BYTES);
}
