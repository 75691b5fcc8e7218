/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MOMENTS_H
#define OCS_MOMENTS_H

/* Statistics of the finite voxels of a map, whatever the others are. Starts as zeros. */

#include "exact_sum.h"
#include "header.h"

#include "occustream/report.h"

/* Sums are of differences from the first finite voxel: a mean far from zero costs no digits. */
struct ocs_moments {
    float min, max;
    double pivot;
    uint64_t finite, nonfinite;
    struct ocs_exact_sum sum, squares;
};

/* Voxels that are finite are moved to the front of the `n`. */
void ocs_moments_add(struct ocs_moments *moments, float *voxels, uint64_t n);

/* `n` voxels of one value. */
void ocs_moments_add_same(struct ocs_moments *moments, float voxel, uint64_t n);

/* Adds to the findings of `mrc` what is wrong with the statistics in its header. NaN where there
 * was no finite voxel. */
void ocs_moments_finish(const struct ocs_moments *moments, struct ocs_mrc *mrc,
                        struct ocs_statistics *statistics_ret, uint64_t *nonfinite_ret);

#endif
