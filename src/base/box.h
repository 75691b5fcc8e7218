/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_BOX_H
#define OCS_BOX_H

/* Extents and positions in voxels along file axes: z = sections, y = rows, x = columns (fastest).
 */

#include <stdint.h>

struct ocs_box {
    uint64_t z, y, x;
};

/* Voxel size in angstrom along the same axes. */
struct ocs_voxel_size {
    double z, y, x;
};

#endif
