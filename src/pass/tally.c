/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tally.h"

#include <math.h>

static void widen(struct ocs_tally *tally, uint64_t voxels, float min, float max)
{
    if (voxels == 0)
        return;
    tally->min = tally->voxels == 0 || min < tally->min ? min : tally->min;
    tally->max = tally->voxels == 0 || max > tally->max ? max : tally->max;
    tally->voxels += voxels;
}

void ocs_tally_row(struct ocs_tally *tally, const struct ocs_kernels *kernels, const float *row,
                   uint64_t n)
{
    struct ocs_row_stats stats;
    kernels->stats(row, n, &stats);
    widen(tally, n - stats.nonfinite, stats.min, stats.max);
    tally->nonfinite += stats.nonfinite;
    ocs_exact_sum_add(&tally->sum, stats.sum);
    ocs_exact_sum_add(&tally->sum_squares, stats.sum_squares);
}

void ocs_tally_merge(struct ocs_tally *into, const struct ocs_tally *from)
{
    widen(into, from->voxels, from->min, from->max);
    into->nonfinite += from->nonfinite;
    ocs_exact_sum_merge(&into->sum, &from->sum);
    ocs_exact_sum_merge(&into->sum_squares, &from->sum_squares);
}

double ocs_tally_mean(const struct ocs_tally *tally)
{
    return tally->voxels ? ocs_exact_sum_value(&tally->sum) / (double)tally->voxels : 0;
}

double ocs_tally_rms(const struct ocs_tally *tally)
{
    if (tally->voxels == 0)
        return 0;
    const double mean = ocs_tally_mean(tally);
    const double square = ocs_exact_sum_value(&tally->sum_squares) / (double)tally->voxels;
    return sqrt(fmax(square - mean * mean, 0));
}
