/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_DESK_H
#define OCS_ZARR_DESK_H

/* The voxels of a Zarr array, strip by strip: a strip is a few chunks beside each other along x,
 * all of one shard where there are shards. Strips that follow one another lie in the same shard, so
 * that its index is read once. One desk serves one thread.
 *
 *     shard:  | strip: chunk chunk chunk | strip: chunk chunk |     along x; then y; then z
 */

#include "budget.h"

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

/* Which voxels a strip holds, without what lies beyond the array; where there is nothing, all
 * extents are 0. */
struct ocs_zarr_block {
    uint64_t z, y, x;
    uint64_t planes, rows, columns;
    const unsigned char
        *voxels; /* as they stand in the chunks; NULL: none was stored, all is fill */
    uint64_t row_bytes, plane_bytes; /* from one row or plane to the next                      */
};

struct ocs_zarr_desk;

uint64_t ocs_zarr_desk_need(const struct ocs_zarr_strips *strips);
OCS_MUST_USE enum ocs_status ocs_zarr_desk_open(struct ocs_budget *budget,
                                                const struct ocs_zarr_strips *strips,
                                                struct ocs_zarr_desk **desk_ret,
                                                struct ocs_error *error);

/* *block_ret is valid until the next call. OCS_BAD_INPUT for chunks that are damaged, OCS_IO when
 * they cannot be read. */
OCS_MUST_USE enum ocs_status ocs_zarr_desk_read(struct ocs_zarr_desk *desk, uint64_t strip,
                                                struct ocs_zarr_block *block_ret,
                                                struct ocs_error *error);
void ocs_zarr_desk_close(struct ocs_zarr_desk *desk); /* NULL is fine */

/* One voxel of fill as it would stand in a chunk: 1, 2 or 4 bytes. */
void ocs_zarr_fill_voxel(const struct ocs_zarr_array *array, unsigned char bytes[4]);

#endif
