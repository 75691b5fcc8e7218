/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_DESK_H
#define OCS_ZARR_DESK_H

/* The voxels of a Zarr array, strip by strip (zarr_strips.h). One desk serves one thread, and reads
 * the index of a shard once for strips of it that follow one another. */

#include "budget.h"
#include "zarr_strips.h"

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
