/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_BOX_H
#define OCS_BOX_H

/* Extents and positions in voxels along file axes: z = sections, y = rows, x = columns (fastest).
 */

#include <stdbool.h>
#include <stdint.h>

struct ocs_box {
    uint64_t z, y, x;
};

static inline bool ocs_box_same(struct ocs_box a, struct ocs_box b)
{
    return a.z == b.z && a.y == b.y && a.x == b.x;
}

/* Voxel size in angstrom along the same axes. */
struct ocs_voxel_size {
    double z, y, x;
};

#endif
