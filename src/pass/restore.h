/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RESTORE_H
#define OCS_RESTORE_H

/* Pass "restore": from a working box back to the map's own. Scale, confidence and low-pass are
 * interpolated linearly along each axis (they are bounded, so Fourier padding would ring outside
 * [0,1]); modifications are then made of the map's own voxels, which keep their full resolution.
 * Native voxel i lies at i * b / n of the working ones: both grids share voxel 0; beyond the last
 * working voxel its value holds. */

#include "products.h"
#include "slabs.h"

enum { OCS_WORKING_SCALE, OCS_WORKING_CONFIDENCE, OCS_WORKING_LOWPASS, OCS_WORKING_MAPS };

struct ocs_restore {
    const struct ocs_run_context *context;
    const struct ocs_volume *map; /* V at its own size                                     */
    /* NULL: not wanted. All have the same box. */
    const struct ocs_volume *working[OCS_WORKING_MAPS];
    struct ocs_slabs slabs; /* of the native box; bands are fine                           */
    struct ocs_products *products;
};

uint64_t ocs_restore_need(const struct ocs_reading *reading, const struct ocs_volume *map,
                          struct ocs_box working, unsigned working_maps);
struct ocs_pass ocs_restore_pass(struct ocs_restore *restore);

#endif
