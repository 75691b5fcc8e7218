/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_REGION_H
#define OCS_REGION_H

/* The region whose histogram the solvent model is fitted to (algorithm.md step 6): the whole box,
 * or the ball of radius n/2 about its centre, n the shortest axis. */

#include "box.h"

#include <stdbool.h>

struct ocs_region_shape {
    struct ocs_box box;
    bool ball;
};

/* Voxels [*x0_ret, *x1_ret) of row (z, y) lie inside; empty when they are equal. */
void ocs_region_row(const struct ocs_region_shape *region, uint64_t z, uint64_t y, uint64_t *x0_ret,
                    uint64_t *x1_ret);

#endif
