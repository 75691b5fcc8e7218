/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TILES_H
#define OCS_TILES_H

/* The tile grid of the normalisation (algorithm.md step 7), and exact selection in one tile. */

#include "box.h"
#include "occustream/error.h"

#include <stdbool.h>

enum { OCS_TILES_PER_AXIS = 20 };

struct ocs_tile_axis {
    uint64_t side;  /* voxels */
    uint64_t count; /* tiles */
    int64_t step;   /* from one tile's first voxel to the next one's */
    int64_t edge;   /* first voxel of tile 0 */
};

struct ocs_tile_grid {
    struct ocs_tile_axis z, y, x;
    bool ball;         /* only tiles whose index lies inside the ball are visited */
    double centre_off; /* its centre is at index count/2 - centre_off of each axis: 0 or 0.5 */
    uint64_t rank;     /* 0-based element of a tile's sorted voxels */
};

/* `side_vox` 0: floor(n/20) per axis, at least 1. `reference` puts the ball at count/2, else
 * (count-1)/2; its radius is count/2 - 1, strictly, and where counts differ that is the half axis
 * of an ellipsoid. OCS_USAGE when a side exceeds its axis or no tile would be visited. */
OCS_MUST_USE enum ocs_status ocs_tile_grid_make(struct ocs_box box, uint64_t side_vox, bool ball,
                                                bool reference, double tau,
                                                struct ocs_tile_grid *grid_ret,
                                                struct ocs_error *error);

bool ocs_tile_visited(const struct ocs_tile_grid *grid, uint64_t i, uint64_t j, uint64_t k);

static inline uint64_t ocs_tile_first(const struct ocs_tile_axis *axis, uint64_t index)
{
    return (uint64_t)(axis->edge + axis->step * (int64_t)index);
}

/* Element `rank` < n (0-based) of the sorted values; reorders them. No NaN; a zero has no sign.
 * Linear in n whatever the values are. */
float ocs_select(float *values, uint64_t n, uint64_t rank);

#endif
