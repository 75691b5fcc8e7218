/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MAP_PLACE_H
#define OCS_MAP_PLACE_H

#include "header.h"

/* Where viewers put voxel (0,0,0) of a map, in angstrom along x, y, z: at ORIGIN when that is set,
 * else at NXSTART.. voxels. False when the cell is not right-angled, so that the answer is not this
 * simple. */
bool ocs_map_place(const struct ocs_mrc *mrc, double first_ang[3]);

#endif
