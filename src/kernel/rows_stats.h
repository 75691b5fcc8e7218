/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Part of rows_body.h: what a row contributes to sums, extremes and counts. */

enum { LANES = 16 };

struct lanes {
    float min[LANES], max[LANES];
    double sum[LANES], sum_squares[LANES];
    uint32_t nonfinite[LANES];
};

static inline void add_to_lane(struct lanes *lanes, size_t lane, float v)
{
    const int finite = is_finite(v);
    const double counted = (double)(finite ? v : 0.0F);
    lanes->min[lane] = smaller(finite ? v : INFINITY, lanes->min[lane]);
    lanes->max[lane] = larger(finite ? v : -INFINITY, lanes->max[lane]);
    lanes->sum[lane] += counted;
    lanes->sum_squares[lane] += counted * counted;
    lanes->nonfinite[lane] += (uint32_t)!finite;
}

static double sum_pairwise(double *lane)
{
    for (size_t width = LANES / 2; width > 0; width /= 2)
        for (size_t j = 0; j < width; ++j)
            lane[j] += lane[j + width];
    return lane[0];
}

static void stats(const float *row, uint64_t n, struct ocs_row_stats *stats_ret)
{
    struct lanes lanes = {.nonfinite = {0}};
    for (size_t j = 0; j < LANES; ++j) {
        lanes.min[j] = INFINITY;
        lanes.max[j] = -INFINITY;
    }
    uint64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; ++j)
            add_to_lane(&lanes, j, row[i + j]);
    for (size_t j = 0; i < n; ++i, ++j)
        add_to_lane(&lanes, j, row[i]);

    struct ocs_row_stats all = {.min = INFINITY, .max = -INFINITY};
    for (size_t j = 0; j < LANES; ++j) {
        all.min = smaller(lanes.min[j], all.min);
        all.max = larger(lanes.max[j], all.max);
        all.nonfinite += lanes.nonfinite[j];
    }
    all.sum = sum_pairwise(lanes.sum);
    all.sum_squares = sum_pairwise(lanes.sum_squares);
    *stats_ret = all;
}

static void range(const float *row, uint64_t n, float *min, float *max)
{
    float low[LANES], high[LANES];
    for (size_t j = 0; j < LANES; ++j) {
        low[j] = *min;
        high[j] = *max;
    }
    uint64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (size_t j = 0; j < LANES; ++j) {
            const float v = row[i + j];
            low[j] = smaller(is_finite(v) ? v : INFINITY, low[j]);
            high[j] = larger(is_finite(v) ? v : -INFINITY, high[j]);
        }
    }
    for (; i < n; ++i) {
        low[0] = smaller(is_finite(row[i]) ? row[i] : INFINITY, low[0]);
        high[0] = larger(is_finite(row[i]) ? row[i] : -INFINITY, high[0]);
    }
    for (size_t j = 0; j < LANES; ++j) {
        *min = smaller(low[j], *min);
        *max = larger(high[j], *max);
    }
}

static void zero_nonfinite(float *row, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i)
        row[i] = is_finite(row[i]) ? row[i] : 0.0F;
}

static uint64_t count_above(const float *row, uint64_t n, float threshold)
{
    uint64_t total = 0;
    for (uint64_t start = 0; start < n; start += COUNT_BLOCK) {
        const uint64_t end = n - start < COUNT_BLOCK ? n : start + COUNT_BLOCK;
        uint32_t count = 0;
        for (uint64_t i = start; i < end; ++i)
            count += row[i] > threshold;
        total += count;
    }
    return total;
}
