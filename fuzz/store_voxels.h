/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_STORE_VOXELS_H
#define OCS_FUZZ_STORE_VOXELS_H

/* The voxels of a Zarr store, strip by strip. */

#include "zarr_desk.h"
#include "zarr_input.h"

uint64_t fuzz_volume_bytes(const struct ocs_zarr_array *array);

/* All strips into fuzz_volume_bytes() bytes; each voxel must come once. The budget has what a desk
 * needs. */
OCS_MUST_USE enum ocs_status fuzz_read_strips(const struct ocs_zarr_strips *strips,
                                              struct ocs_budget *budget, unsigned char *volume,
                                              struct ocs_error *error);

#endif
