/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_PRESS_H
#define OCS_ZARR_PRESS_H

/* Tiles into the chunks of one array of a store. */

#include "output_tree.h"
#include "tile_pen.h"
#include "zarr_array.h"

/* One level of a pyramid: an array and what its tiles go through. */
struct ocs_zarr_level_out {
    struct ocs_budget *budget;
    struct ocs_output_tree *tree;
    char path[16]; /* of the array in the tree                                             */
    struct ocs_zarr_array array;
    struct ocs_tile_target target;
    struct ocs_tile_store store;
};

/* The budget one press takes. */
uint64_t ocs_zarr_press_need(const struct ocs_chunk_codec *codec, uint64_t chunk_bytes);

/* The store that puts tiles into level->array; `level` must stay where it is. */
struct ocs_tile_store ocs_zarr_press_store(struct ocs_zarr_level_out *level);

#endif
