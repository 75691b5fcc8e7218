/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TARGET_TILES_H
#define OCS_TARGET_TILES_H

/* Pass "targets", reference rules: the tiles of a grid of their own counted against two thresholds,
 * in a sweep over the scale data (see tile_count.h). */

#include "sweep.h"
#include "tile_count.h"

struct ocs_target_tiles {
    const struct ocs_kernels *kernels;
    const struct ocs_tile_grid *grid;
    struct ocs_tile_thresholds thresholds;
    struct ocs_tile_counts *counts; /* start as zeros; merged                              */
};

uint64_t ocs_target_tiles_state_bytes(void);

/* Fills name, self, state_bytes and the functions; the caller fills the rest. */
void ocs_target_tiles_begin(struct ocs_target_tiles *tiles, struct ocs_sweep *sweep);

#endif
