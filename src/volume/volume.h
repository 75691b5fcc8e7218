/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_VOLUME_H
#define OCS_VOLUME_H

/* A volume of voxels that sweeps read: the map itself, from its file or its spool, or an
 * intermediate in scratch as plain float32. */

#include "box.h"
#include "occustream/error.h"

#include <stdbool.h>

struct ocs_map;
struct ocs_scratch;
struct ocs_spool;

struct ocs_volume {
    struct ocs_box box;
    const struct ocs_map *map;     /* NULL: the intermediate below                        */
    const struct ocs_spool *spool; /* of a map whose bytes come once; NULL until it is filled */
    bool stocked; /* a map behind a URL that is kept in memory (ocs_map_stock) when it is read */
    bool zero_nonfinite;         /* NaN and infinities are read as 0                    */
    struct ocs_scratch *scratch; /* rows of box.x float32, in order                     */
    uint64_t scratch_offset;     /* of the first voxel                                  */
};

#endif
