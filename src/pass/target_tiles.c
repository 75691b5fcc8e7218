/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "target_tiles.h"

uint64_t ocs_target_tiles_state_bytes(void)
{
    return sizeof(struct ocs_tile_counts);
}

static void do_row(void *self, void *state, uint64_t z, uint64_t y, const float *data,
                   const float *none, uint64_t nx)
{
    (void)none, (void)nx;
    const struct ocs_target_tiles *const tiles = self;
    ocs_tile_count_row(tiles->grid, tiles->kernels, &tiles->thresholds, z, y, data, state);
}

static void merge(void *self, void *state)
{
    const struct ocs_target_tiles *const tiles = self;
    ocs_tile_counts_merge(tiles->counts, state);
}

void ocs_target_tiles_begin(struct ocs_target_tiles *tiles, struct ocs_sweep *sweep)
{
    sweep->name = "targets";
    sweep->self = tiles;
    sweep->state_bytes = ocs_target_tiles_state_bytes();
    sweep->start = NULL;
    sweep->row = do_row;
    sweep->merge = merge;
}
