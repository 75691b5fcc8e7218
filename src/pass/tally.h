/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TALLY_H
#define OCS_TALLY_H

/* Statistics of a volume, gathered row by row. Row sums are added exactly, so slabs, bands and
 * threads may contribute in any order. An all-zero tally is empty. */

#include "exact_sum.h"
#include "kernels.h"

struct ocs_tally {
    uint64_t voxels; /* finite ones                                                        */
    uint64_t nonfinite;
    float min, max;
    struct ocs_exact_sum sum, sum_squares;
};

void ocs_tally_row(struct ocs_tally *tally, const struct ocs_kernels *kernels, const float *row,
                   uint64_t n);
void ocs_tally_merge(struct ocs_tally *into, const struct ocs_tally *from);
double ocs_tally_mean(const struct ocs_tally *tally);

/* Root mean square deviation from the mean. */
double ocs_tally_rms(const struct ocs_tally *tally);

#endif
