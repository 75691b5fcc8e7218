/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_STRIPS_H
#define OCS_ZARR_STRIPS_H

/* How a Zarr array is cut into strips: a strip is a few chunks beside each other along x, all of
 * one shard where there are shards. Strips that follow one another lie in the same shard.
 *
 *     shard:  | strip: chunk chunk chunk | strip: chunk chunk |     along x; then y; then z
 */

#include <stdint.h>

enum { OCS_ZARR_STRIP_CHUNKS = 64 }; /* the most in a strip, which are asked for at once */

struct ocs_zarr_array;
struct ocs_zarr_input;

struct ocs_zarr_strips {
    const struct ocs_zarr_input *input;
    uint64_t wide;      /* chunks of a strip                                                */
    uint64_t parcel[3]; /* chunks of a shard along z, y, x, as far as the array has them     */
    uint64_t parcels[3];
    uint64_t parcel_strips; /* of one, those beyond the array's far sides included             */
};

/* Strips of about `strip_bytes` plain bytes, at least a chunk. */
struct ocs_zarr_strips ocs_zarr_strips_make(const struct ocs_zarr_input *input,
                                            uint64_t strip_bytes);
uint64_t ocs_zarr_strips_count(const struct ocs_zarr_strips *strips);

/* Where a strip is: its shard, and its first chunk in the shard and in the array. */
struct ocs_zarr_place {
    uint64_t parcel[3], inner[3], chunk[3];
    uint64_t count; /* of its chunks that the array has                                       */
};

struct ocs_zarr_place ocs_zarr_strips_place(const struct ocs_zarr_strips *strips, uint64_t strip);

/* Which voxels a strip holds, without what lies beyond the array; where there is nothing, all
 * extents are 0. */
struct ocs_zarr_block {
    uint64_t z, y, x;
    uint64_t planes, rows, columns;
    const unsigned char
        *voxels; /* as they stand in the chunks; NULL: none was stored, all is fill */
    uint64_t row_bytes, plane_bytes; /* from one row or plane to the next                      */
};

/* Without its voxels. */
struct ocs_zarr_block ocs_zarr_place_block(const struct ocs_zarr_array *array,
                                           const struct ocs_zarr_place *place);

#endif
