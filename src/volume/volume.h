/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_VOLUME_H
#define OCS_VOLUME_H

/* A volume of voxels that sweeps read: the map itself, or an intermediate in scratch as plain
 * float32. */

#include "box.h"
#include "occustream/error.h"

#include <stdbool.h>

struct ocs_map;
struct ocs_scratch;

struct ocs_volume {
    struct ocs_box box;
    const struct ocs_map *map;   /* NULL: the intermediate below                        */
    bool zero_nonfinite;         /* NaN and infinities are read as 0                    */
    struct ocs_scratch *scratch; /* rows of box.x float32, in order                     */
    uint64_t scratch_offset;     /* of the first voxel                                  */
};

#endif
