/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RANGE_H
#define OCS_RANGE_H

/* Pass "range": the extremes of L in the whole box and in the solvent region, and, with a solvent
 * definition, the spread of L on either side of it, which decides the side that is solvent
 * (algorithm.md step 6). */

#include "region.h"
#include "sweep.h"
#include "tally.h"

/* A voxel of the definition marks its side when above this. */
#define OCS_DEFINITION_THRESHOLD 0.9f

struct ocs_range {
    const struct ocs_kernels *kernels;
    struct ocs_region_shape region;

    /* found */
    float min, max;                /* of L in the whole box                                 */
    float region_min, region_max;  /* of L in the region, without a definition               */
    struct ocs_tally marked, rest; /* of L in the region, by the definition                  */
};

uint64_t ocs_range_state_bytes(void);

/* Fills name, self, state_bytes and the functions; the caller fills the rest. */
void ocs_range_begin(struct ocs_range *range, struct ocs_sweep *sweep);

/* The voxels of a row whose definition is on one side, packed into `to`; returns how many. */
uint64_t ocs_definition_pick(const float *row, const float *definition, uint64_t n, bool marked,
                             float *to);

#endif
