/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SHARD_INDEX_H
#define OCS_SHARD_INDEX_H

/* The index of a shard: where each of its chunks is, z, y, x with x fastest, those outside of the
 * array's shape included. Little-endian pairs of offset and size, then a checksum if the array says
 * so. Pure. */

#include "zarr_array.h"

/* In bytes from the beginning of the shard. */
struct ocs_shard_place {
    uint64_t offset, bytes; /* both UINT64_MAX: not there, all fill */
};
#define OCS_SHARD_ABSENT ((struct ocs_shard_place){UINT64_MAX, UINT64_MAX})

bool ocs_shard_place_absent(const struct ocs_shard_place *place);

/* Of an index of the shards of `array`. */
uint64_t ocs_shard_index_bytes(const struct ocs_zarr_array *array);

/* Where it begins in a shard of `shard_bytes`, which is not less than the index. */
uint64_t ocs_shard_index_offset(const struct ocs_zarr_array *array, uint64_t shard_bytes);

/* From ocs_shard_index_bytes() bytes to ocs_zarr_shard_chunks() places, each of which lies inside
 * the shard, outside of the index, and is not larger than a chunk can be; all together are not
 * larger than the shard. OCS_BAD_INPUT, naming `path`, when that is not so, when the checksum is
 * wrong, or when the shard is smaller than its index.
 */
OCS_MUST_USE enum ocs_status ocs_shard_index_read(const struct ocs_zarr_array *array,
                                                  const unsigned char *bytes, uint64_t shard_bytes,
                                                  const char *path, struct ocs_shard_place *places,
                                                  struct ocs_error *error);

void ocs_shard_index_write(const struct ocs_zarr_array *array, const struct ocs_shard_place *places,
                           unsigned char *bytes);

#endif
