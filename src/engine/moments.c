/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "moments.h"

#include <math.h>

/* Moves the finite ones to the front and returns how many there are. */
static uint64_t keep_finite(float *voxels, uint64_t n)
{
    uint64_t unusual = 0;
    for (uint64_t i = 0; i < n; ++i)
        unusual += isfinite(voxels[i]) ? 0 : 1;
    if (unusual == 0)
        return n;
    uint64_t kept = 0;
    for (uint64_t i = 0; i < n; ++i)
        if (isfinite(voxels[i]))
            voxels[kept++] = voxels[i];
    return kept;
}

/* Several chains of sums side by side, which the processor can work on at once. */
enum { LANES = 8 };

struct lanes {
    float min[LANES], max[LANES];
    double sum[LANES], squares[LANES];
};

static inline void add_voxel(struct lanes *lanes, int lane, float voxel, double pivot)
{
    lanes->min[lane] = voxel < lanes->min[lane] ? voxel : lanes->min[lane];
    lanes->max[lane] = voxel > lanes->max[lane] ? voxel : lanes->max[lane];
    const double difference = voxel - pivot;
    lanes->sum[lane] += difference;
    lanes->squares[lane] += difference * difference;
}

static void add_finite(struct ocs_moments *moments, const float *voxels, uint64_t n)
{
    if (moments->finite == 0) {
        moments->pivot = voxels[0];
        moments->min = moments->max = voxels[0];
    }
    moments->finite += n;
    struct lanes lanes = {{0}, {0}, {0}, {0}};
    for (int lane = 0; lane < LANES; ++lane) {
        lanes.min[lane] = moments->min;
        lanes.max[lane] = moments->max;
    }
    uint64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int lane = 0; lane < LANES; ++lane)
            add_voxel(&lanes, lane, voxels[i + (unsigned)lane], moments->pivot);
    for (; i < n; ++i)
        add_voxel(&lanes, 0, voxels[i], moments->pivot);
    for (int lane = 0; lane < LANES; ++lane) {
        moments->min = fminf(moments->min, lanes.min[lane]);
        moments->max = fmaxf(moments->max, lanes.max[lane]);
        ocs_exact_sum_add(&moments->sum, lanes.sum[lane]);
        ocs_exact_sum_add(&moments->squares, lanes.squares[lane]);
    }
}

void ocs_moments_add(struct ocs_moments *moments, float *voxels, uint64_t n)
{
    const uint64_t finite = keep_finite(voxels, n);
    moments->nonfinite += n - finite;
    if (finite > 0)
        add_finite(moments, voxels, finite);
}

void ocs_moments_add_same(struct ocs_moments *moments, float voxel, uint64_t n)
{
    if (!isfinite(voxel)) {
        moments->nonfinite += n;
        return;
    }
    if (moments->finite == 0) {
        moments->pivot = voxel;
        moments->min = moments->max = voxel;
    }
    moments->finite += n;
    moments->min = fminf(moments->min, voxel);
    moments->max = fmaxf(moments->max, voxel);
    const double difference = voxel - moments->pivot;
    ocs_exact_sum_add(&moments->sum, difference * (double)n);
    ocs_exact_sum_add(&moments->squares, difference * difference * (double)n);
}

static struct ocs_statistics statistics_of(const struct ocs_moments *moments)
{
    if (moments->finite == 0)
        return (struct ocs_statistics){NAN, NAN, NAN, NAN};
    const double count = (double)moments->finite;
    const double mean = ocs_exact_sum_value(&moments->sum) / count;
    const double variance = ocs_exact_sum_value(&moments->squares) / count - mean * mean;
    return (struct ocs_statistics){moments->min, moments->max, moments->pivot + mean,
                                   sqrt(fmax(variance, 0))};
}

void ocs_moments_finish(const struct ocs_moments *moments, struct ocs_mrc *mrc,
                        struct ocs_statistics *statistics_ret, uint64_t *nonfinite_ret)
{
    const struct ocs_statistics statistics = statistics_of(moments);
    ocs_mrc_check_statistics(mrc, statistics.min, statistics.max, statistics.mean, statistics.rms);
    *statistics_ret = statistics;
    *nonfinite_ret = moments->nonfinite;
}
