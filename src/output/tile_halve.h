/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TILE_HALVE_H
#define OCS_TILE_HALVE_H

/* Means over 2 x 2 x 2 voxels; at the far sides over those that exist. */

#include "box.h"

/* `block` voxels, whose sections are `stride` floats apart, become half as many along each axis
 * (rounded up), packed one after another from the start of `voxels` on. The sum is made in double:
 * of pairs along x, then y, then z. */
void ocs_tile_halve(float *voxels, struct ocs_box block, uint64_t stride);

#endif
