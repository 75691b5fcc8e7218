/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_KEY_H
#define OCS_ZARR_KEY_H

/* The keys of an array: one a shard, or one a chunk if it is not sharded. */

#include "zarr_array.h"

enum { OCS_ZARR_KEY_BYTES = 128 };

/* How many there are along z, y, x. */
void ocs_zarr_grid(const struct ocs_zarr_array *array, uint64_t grid_ret[3]);

/* The path of one below the array: "0/3/5", "c/0/3/5", "0.3.5". Terminated. */
void ocs_zarr_key(const struct ocs_zarr_array *array, const uint64_t index[3],
                  char key_ret[OCS_ZARR_KEY_BYTES]);

#endif
