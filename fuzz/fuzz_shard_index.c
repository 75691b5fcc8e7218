/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An index is refused, or every chunk it speaks of lies inside of the shard; written again, it is
 * the same. Input: a byte for place and checksum, one for the number of chunks, eight for the size
 * of the shard, then the index. */
#include "crc32c.h"
#include "fuzz_check.h"
#include "shard_index.h"

#include <string.h>

enum { PREFIX = 10, PLACE_BYTES = 16, FIRST = 1, CHECKSUM = 2, DAMAGED = 4 };

static void check_place(const struct ocs_zarr_array *array, const struct ocs_shard_place *place,
                        uint64_t shard_bytes)
{
    if (ocs_shard_place_absent(place))
        return;
    const uint64_t index = ocs_shard_index_bytes(array);
    const uint64_t start = ocs_shard_index_offset(array, shard_bytes);
    FUZZ_CHECK(place->bytes <= ocs_chunk_packed_limit(ocs_zarr_chunk_bytes(array)));
    FUZZ_CHECK(place->bytes <= shard_bytes && place->offset <= shard_bytes - place->bytes);
    FUZZ_CHECK(place->offset + place->bytes <= start || place->offset >= start + index);
}

static void check(const struct ocs_zarr_array *array, const unsigned char *bytes,
                  uint64_t shard_bytes, bool damaged)
{
    const uint64_t count = ocs_zarr_shard_chunks(array), index = ocs_shard_index_bytes(array);
    struct ocs_shard_place *const places = malloc(count * sizeof *places);
    struct ocs_error error = {0};
    FUZZ_CHECK(places);
    const enum ocs_status status =
        ocs_shard_index_read(array, bytes, shard_bytes, "fuzz", places, &error);
    FUZZ_CHECK(status == OCS_OK || (status == OCS_BAD_INPUT && error.what[0] != '\0'));
    FUZZ_CHECK(status == OCS_BAD_INPUT || (shard_bytes >= index && !damaged));
    if (status == OCS_OK) {
        for (uint64_t i = 0; i < count; ++i)
            check_place(array, &places[i], shard_bytes);
        unsigned char *const again = malloc(index);
        FUZZ_CHECK(again);
        ocs_shard_index_write(array, places, again);
        FUZZ_CHECK(memcmp(again, bytes, index) == 0);
        free(again);
    }
    free(places);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < PREFIX)
        return 0;
    const uint64_t chunks = 1 + data[1];
    const struct ocs_zarr_array array = {.version = 3,
                                         .chunk = {1, 4, 4},
                                         .shard = {1, 4, 4 * chunks},
                                         .sharded = true,
                                         .index_first = data[0] & FIRST,
                                         .index_crc32c = data[0] & CHECKSUM,
                                         .type = OCS_ZARR_FLOAT32};
    const bool damaged = array.index_crc32c && data[0] & DAMAGED;
    uint64_t shard_bytes;
    memcpy(&shard_bytes, data + 2, sizeof shard_bytes);
    unsigned char *const bytes = malloc(ocs_shard_index_bytes(&array));
    FUZZ_CHECK(bytes);
    memset(bytes, 0xff, ocs_shard_index_bytes(&array));
    const uint64_t given = size - PREFIX, list = chunks * PLACE_BYTES;
    memcpy(bytes, data + PREFIX, given < list ? given : list);
    if (array.index_crc32c)
        ocs_crc32c_append(bytes, list);
    if (damaged)
        bytes[list] ^= 1;
    check(&array, bytes, shard_bytes, damaged);
    free(bytes);
    return 0;
}
