/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_DENSITY_H
#define OCS_DENSITY_H

/* Pass "solvent": the two histograms of L that the solvent model and the confidence are made from,
 * and the tile counts when L is the scale data. */

#include "histogram.h"
#include "range.h"
#include "tile_count.h"

enum ocs_solvent_side { OCS_SOLVENT_REGION, OCS_SOLVENT_MARKED, OCS_SOLVENT_REST };

struct ocs_density {
    const struct ocs_kernels *kernels;
    const struct ocs_bins *solvent_bins, *whole_bins; /* each between the extremes of its voxels */
    struct ocs_region_shape region;
    enum ocs_solvent_side side; /* the whole region, or one side of the definition           */

    const struct ocs_tile_grid *grid; /* NULL: no tiles                                     */
    struct ocs_tile_thresholds thresholds;
    struct ocs_tile_counts *counts;

    uint64_t solvent[OCS_BINS]; /* found: of the solvent voxels                             */
    uint64_t whole[OCS_BINS];   /* found: of the whole box                                  */
};

uint64_t ocs_density_state_bytes(void);
void ocs_density_begin(struct ocs_density *density, struct ocs_sweep *sweep);

#endif
