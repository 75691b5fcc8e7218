/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_BALL_H
#define OCS_BALL_H

/* The neighbourhood K of algorithm.md step 3: integer offsets p with |p| <= radius (float32 square
 * root and comparison) inside the size-wide cube; an ellipsoid when the axes differ. Stored as
 * chords along x. */

#include "occustream/error.h"

#include <stdint.h>

enum { OCS_BALL_RADIUS_MAX = 31 };

/* Per axis (0 z, 1 y, 2 x): odd size in voxels and radius in voxels. */
struct ocs_ball_shape {
    unsigned size[3];
    float radius[3];
};

struct ocs_ball {
    unsigned reach_z, reach_y, reach_x; /* largest |offset| that occurs on each axis */
    uint64_t voxels;                    /* n_v = |K| */
    /* half[dz][dy]: the chord at (+-dz, +-dy) covers |dx| <= half; -1 if empty */
    int8_t half[OCS_BALL_RADIUS_MAX + 1][OCS_BALL_RADIUS_MAX + 1];
};

/* OCS_USAGE if a size is even, below 3, or above 2 * OCS_BALL_RADIUS_MAX + 1, or a radius is not
 * positive. */
OCS_MUST_USE enum ocs_status ocs_ball_make(const struct ocs_ball_shape *shape,
                                           struct ocs_ball *ball_ret, struct ocs_error *error);

/* tau of step 4 for a kernel of n_v >= 1 voxels. `rounded`: the reference's rounding. */
double ocs_ball_tau(uint64_t n_v, int rounded);

#endif
