/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The row kernels, written once. A file that includes this is compiled for one instruction set; the
 * loops are shaped so that the compiler turns them into that set's vectors, and the arithmetic is
 * the same everywhere: one rounding per operation, a fixed number of lanes in sums, `a > b ? a : b`
 * as the only maximum. The includer defines ROWS_TABLE, the name of the table, and ROWS_LEVEL, its
 * level. */

#include "kernels.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

/* The arrays of the loop that follows are either the same or do not overlap. */
#if defined(__clang__)
#define ROWS_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define ROWS_INDEPENDENT _Pragma("GCC ivdep")
#endif

enum {
    LANES = 16,        /* of the statistics                                                  */
    INDEX_BLOCK = 512, /* bin numbers found before they are counted                          */
    COUNT_BLOCK = 1 << 30,
    TABLES = 4, /* count tables side by side, so that equal neighbours do not wait    */
    TABLE_BINS = 1024,
    TABLES_FROM = 4096, /* row length from which clearing and adding up the tables pays       */
};

static inline float larger(float a, float b)
{
    return a > b ? a : b;
}

static inline float smaller(float a, float b)
{
    return a < b ? a : b;
}

/* NaN becomes `low`. */
static inline float clip(float v, float low, float high)
{
    return smaller(larger(v, low), high);
}

static inline int is_finite(float v)
{
    return fabsf(v) <= FLT_MAX;
}

/* ---- statistics ---- */

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

/* ---- maxima ---- */

static void max2(const float *a, const float *b, float *to, uint64_t n)
{
    ROWS_INDEPENDENT
    for (uint64_t i = 0; i < n; ++i)
        to[i] = larger(b[i], a[i]);
}

/* Four rows at a time: a loop over a list of pointers does not become vectors. */
static void max4(const float *const rows[4], float *restrict to, uint64_t n)
{
    const float *restrict const a = rows[0], *restrict const b = rows[1];
    const float *restrict const c = rows[2], *restrict const d = rows[3];
    for (uint64_t i = 0; i < n; ++i)
        to[i] = larger(larger(d[i], c[i]), larger(b[i], a[i]));
}

static void max4_more(const float *const rows[4], float *restrict to, uint64_t n)
{
    const float *restrict const a = rows[0], *restrict const b = rows[1];
    const float *restrict const c = rows[2], *restrict const d = rows[3];
    for (uint64_t i = 0; i < n; ++i)
        to[i] = larger(larger(larger(d[i], c[i]), larger(b[i], a[i])), to[i]);
}

/* The last four may hold some row more than once, which changes no maximum. */
static void max_rows(const float *const *rows, unsigned count, float *to, uint64_t n)
{
    for (unsigned first = 0; first < count; first += 4) {
        const float *four[4];
        for (unsigned r = 0; r < 4; ++r)
            four[r] = rows[first + r < count ? first + r : count - 1];
        (first == 0 ? max4 : max4_more)(four, to, n);
    }
}

/* ---- scale and confidence ---- */

static void scale(const float *from, float *to, uint64_t n, float full, float limit)
{
    if (limit > 0) {
        const float rest = 1.0F - limit;
        ROWS_INDEPENDENT
        for (uint64_t i = 0; i < n; ++i)
            to[i] = clip((clip(from[i] / full, 0, 1) - limit) / rest, 0, 1);
    } else {
        ROWS_INDEPENDENT
        for (uint64_t i = 0; i < n; ++i)
            to[i] = clip(from[i] / full, 0, 1);
    }
}

static void lookup(const struct ocs_lookup *how, const float *l, float *to, uint64_t n)
{
    const float *const table = how->table;
    const float bins = (float)how->bins, last = bins - 1, width = how->range, min = how->min;
    if (how->reference) {
        ROWS_INDEPENDENT
        for (uint64_t i = 0; i < n; ++i)
            to[i] = clip(table[(int32_t)clip((l[i] / width - min) * bins - 1, 0, last)], 0, 1);
    } else {
        ROWS_INDEPENDENT
        for (uint64_t i = 0; i < n; ++i)
            to[i] = clip(table[(int32_t)clip((l[i] - min) / width * bins, 0, last)], 0, 1);
    }
}

/* ---- histogram ---- */

static void find_bins(const float *restrict row, size_t n, const float *restrict edge, int32_t bins,
                      float factor, int32_t *restrict index)
{
    const float min = edge[0], last = (float)(bins - 1);
    for (size_t i = 0; i < n; ++i) {
        int32_t b = (int32_t)clip((row[i] - min) * factor, 0, last);
        b -= row[i] < edge[b];
        b += (row[i] >= edge[b + 1]) & (b != bins - 1);
        index[i] = b;
    }
}

static void count_short(const float *row, uint64_t n, const float *edge, int32_t bins, float factor,
                        uint64_t *counts)
{
    int32_t index[INDEX_BLOCK];
    for (uint64_t start = 0; start < n; start += INDEX_BLOCK) {
        const size_t block = n - start < INDEX_BLOCK ? (size_t)(n - start) : INDEX_BLOCK;
        find_bins(row + start, block, edge, bins, factor, index);
        for (size_t i = 0; i < block; ++i)
            ++counts[index[i]];
    }
}

/* At most COUNT_BLOCK values. */
static void count_long(const float *row, uint64_t n, const float *edge, int32_t bins, float factor,
                       uint64_t *counts)
{
    uint32_t tables[TABLES][TABLE_BINS] = {{0}};
    int32_t index[INDEX_BLOCK];
    for (uint64_t start = 0; start < n; start += INDEX_BLOCK) {
        const size_t block = n - start < INDEX_BLOCK ? (size_t)(n - start) : INDEX_BLOCK;
        find_bins(row + start, block, edge, bins, factor, index);
        size_t i = 0;
        for (; i + TABLES <= block; i += TABLES)
            for (size_t t = 0; t < TABLES; ++t)
                ++tables[t][index[i + t]];
        for (; i < block; ++i)
            ++tables[0][index[i]];
    }
    for (int32_t b = 0; b < bins; ++b)
        for (size_t t = 0; t < TABLES; ++t)
            counts[b] += tables[t][b];
}

static void histogram(const float *row, uint64_t n, const float *edge, int32_t bins, float factor,
                      uint64_t *counts)
{
    if (n < TABLES_FROM || bins > TABLE_BINS) {
        count_short(row, n, edge, bins, factor, counts);
        return;
    }
    for (uint64_t start = 0; start < n; start += COUNT_BLOCK) {
        const uint64_t block = n - start < COUNT_BLOCK ? n - start : COUNT_BLOCK;
        count_long(row + start, block, edge, bins, factor, counts);
    }
}

#include "modify_rows.h"
#include "noise_rows.h"

const struct ocs_kernels ROWS_TABLE = {
    .level = ROWS_LEVEL,
    .stats = stats,
    .range = range,
    .zero_nonfinite = zero_nonfinite,
    .count_above = count_above,
    .max2 = max2,
    .max_rows = max_rows,
    .scale = scale,
    .lookup = lookup,
    .histogram = histogram,
    .power = power,
    .sigmoid = sigmoid,
    .sampled = sampled,
    .blend = blend,
    .normal = normal,
    .add_noise = add_noise,
};
