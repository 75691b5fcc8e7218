/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Every row kernel against a plain twin, and every SIMD level against the scalar one, bit for bit.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "histogram.h"
#include "kernels.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { LONGEST = 5003, GUARD = 8 };

/* Rows start one float off any alignment and end in guards that must survive. */
static float data[LONGEST + GUARD], more[12][LONGEST], expected[LONGEST + GUARD],
    result[LONGEST + GUARD];

static const uint64_t lengths[] = {0,  1,  2,   7,   15,   16,   17,   31,
                                   33, 64, 100, 255, 1021, 4095, 5000, LONGEST - 1};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

static uint64_t random_state = 7;

static uint32_t random_bits(void)
{
    random_state = random_state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(random_state >> 32);
}

static float random_float(void)
{
    return (float)(random_bits() >> 8) / (float)(1 << 23) - 1.0F;
}

static const float special[] = {0.0F,    -0.0F,  INFINITY, -INFINITY, NAN,  FLT_MAX, -FLT_MAX,
                                FLT_MIN, 1e-45F, -1e-45F,  1.0F,      0.5F, -1.0F,   3e-39F};

static void fill(float *row, uint64_t n, bool finite)
{
    for (uint64_t i = 0; i < n; ++i) {
        row[i] = random_float();
        if (random_bits() % 8 == 0)
            row[i] = special[random_bits() % (sizeof special / sizeof *special)];
        if (finite && !isfinite(row[i]))
            row[i] = 0;
    }
}

static bool same_bits(const void *a, const void *b, uint64_t bytes)
{
    return memcmp(a, b, bytes) == 0;
}

typedef void check(const struct ocs_kernels *kernels, uint64_t n);

static void for_all(check *run)
{
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level)
        if (ocs_simd_available((enum ocs_simd)level))
            for (size_t i = 0; i < LENGTHS; ++i)
                run(ocs_kernels_for((enum ocs_simd)level), lengths[i]);
}

static double lane_sum(const double lane[16])
{
    double eight[8], four[4];
    for (int j = 0; j < 8; ++j)
        eight[j] = lane[j] + lane[j + 8];
    for (int j = 0; j < 4; ++j)
        four[j] = eight[j] + eight[j + 4];
    return (four[0] + four[2]) + (four[1] + four[3]);
}

static void check_stats(const struct ocs_kernels *kernels, uint64_t n)
{
    const float *const row = data + 1;
    fill(data, n + 1, false);
    double sum[16] = {0}, squares[16] = {0};
    float min = INFINITY, max = -INFINITY;
    uint64_t nonfinite = 0;
    for (uint64_t i = 0; i < n; ++i) {
        if (!isfinite(row[i])) {
            ++nonfinite;
            continue;
        }
        sum[i % 16] += (double)row[i];
        squares[i % 16] += (double)row[i] * (double)row[i];
        min = row[i] < min ? row[i] : min;
        max = row[i] > max ? row[i] : max;
    }
    struct ocs_row_stats stats;
    kernels->stats(row, n, &stats);
    assert_int_equal(stats.nonfinite, nonfinite);
    assert_true(stats.min == min && stats.max == max);
    assert_true(stats.sum == lane_sum(sum));
    assert_true(stats.sum_squares == lane_sum(squares));
    struct ocs_row_stats scalar;
    ocs_kernels_for(OCS_SIMD_SCALAR)->stats(row, n, &scalar);
    assert_true(same_bits(&stats, &scalar, sizeof stats));

    float low = 0.25F, high = 0.25F;
    kernels->range(row, n, &low, &high);
    assert_true(low == fminf(min, 0.25F) && high == fmaxf(max, 0.25F));
}

static void stats_and_range(void **state)
{
    (void)state;
    for_all(check_stats);
}

static void check_zero_nonfinite(const struct ocs_kernels *kernels, uint64_t n)
{
    fill(data, LONGEST + GUARD, false);
    memcpy(expected, data, sizeof data);
    for (uint64_t i = 1; i <= n; ++i)
        if (!isfinite(expected[i]))
            expected[i] = 0;
    kernels->zero_nonfinite(data + 1, n);
    assert_true(same_bits(data, expected, sizeof data));
}

static void zero_nonfinite(void **state)
{
    (void)state;
    for_all(check_zero_nonfinite);
}

static void check_count_above(const struct ocs_kernels *kernels, uint64_t n)
{
    fill(data, n + 1, false);
    const float thresholds[] = {0.0F, -0.0F, 0.3F, -2.0F, 1.0F, 1e-45F};
    for (size_t t = 0; t < sizeof thresholds / sizeof *thresholds; ++t) {
        uint64_t above = 0;
        for (uint64_t i = 0; i < n; ++i)
            above += data[i + 1] > thresholds[t];
        assert_int_equal(kernels->count_above(data + 1, n, thresholds[t]), above);
    }
}

static void count_above(void **state)
{
    (void)state;
    for_all(check_count_above);
}

static void check_max2(const struct ocs_kernels *kernels, uint64_t n)
{
    fill(data, LONGEST + GUARD, true);
    fill(more[0], n, true);
    memcpy(expected, data, sizeof data);
    for (uint64_t i = 0; i < n; ++i)
        expected[i + 1] = more[0][i] > data[i + 1] ? more[0][i] : data[i + 1];
    kernels->max2(data + 1, more[0], data + 1, n);
    assert_true(same_bits(data, expected, sizeof data));
}

/* Of `count` rows, and of what was in the result if that counts too. */
static void check_max_of(const struct ocs_kernels *kernels, const float *const *rows,
                         unsigned count, bool more_too, uint64_t n)
{
    static float before[LONGEST + GUARD];
    fill(before, LONGEST + GUARD, true);
    memcpy(result, before, sizeof before);
    memcpy(expected, before, sizeof before);
    kernels->max_rows(rows, count, more_too, result + 1, n);
    for (uint64_t i = 0; i < n; ++i) {
        float most = more_too ? before[i + 1] : -INFINITY;
        for (unsigned r = 0; r < count; ++r)
            most = rows[r][i] > most ? rows[r][i] : most;
        assert_true(result[i + 1] == most);
    }
    ocs_kernels_for(OCS_SIMD_SCALAR)->max_rows(rows, count, more_too, expected + 1, n);
    assert_true(same_bits(result, expected, sizeof before));
}

static void check_max_rows(const struct ocs_kernels *kernels, uint64_t n)
{
    for (unsigned count = 1; count <= 12; ++count) {
        const float *rows[12];
        for (unsigned r = 0; r < count; ++r) {
            fill(more[r], n, true);
            rows[r] = more[r];
        }
        for (int more_too = 0; more_too < 2; ++more_too)
            check_max_of(kernels, rows, count, more_too, n);
    }
}

static void maxima(void **state)
{
    (void)state;
    for_all(check_max2);
    for_all(check_max_rows);
}

static float to_unit(float v)
{
    return v > 1 ? 1 : v > 0 ? v : 0;
}

static void check_scale(const struct ocs_kernels *kernels, uint64_t n)
{
    const float limits[] = {0, 0.1F, 0.9F, -1};
    for (size_t t = 0; t < 4; ++t) {
        fill(data, n + 1, true);
        memset(result, 0x55, sizeof result);
        memcpy(expected, result, sizeof expected);
        for (uint64_t i = 0; i < n; ++i) {
            const float s = to_unit(data[i + 1] / 0.37F);
            expected[i + 1] = limits[t] != 0 ? to_unit((s - limits[t]) / (1 - limits[t])) : s;
        }
        kernels->scale(data + 1, result + 1, n, 0.37F, limits[t]);
        assert_true(same_bits(result, expected, sizeof result));
        kernels->scale(data + 1, data + 1, n, 0.37F, limits[t]);
        assert_true(same_bits(data + 1, expected + 1, n * sizeof *data));
    }
}

static void scale(void **state)
{
    (void)state;
    for_all(check_scale);
}

static int bin_of(const struct ocs_lookup *how, float v)
{
    if (how->reference) {
        const float scaled = v / how->range, u = scaled - how->min, place = u * (float)how->bins;
        const int bin = (int)(place - 1.0F);
        return bin < 0 ? 0 : bin > how->bins - 1 ? how->bins - 1 : bin;
    }
    const float above = v - how->min, u = above / how->range;
    const int bin = (int)floorf((float)how->bins * u);
    return bin < 0 ? 0 : bin > how->bins - 1 ? how->bins - 1 : bin;
}

static void check_lookup(const struct ocs_kernels *kernels, uint64_t n)
{
    static float table[1000];
    for (size_t i = 0; i < 1000; ++i)
        table[i] = random_float() * 1.5F;
    for (int reference = 0; reference < 2; ++reference) {
        const float min = -1.0F, range = 1.83F;
        const struct ocs_lookup how = {table, 1000, range, reference ? min / range : min,
                                       reference};
        for (uint64_t i = 0; i < n; ++i)
            data[i + 1] = random_float();
        memset(result, 0x55, sizeof result);
        memcpy(expected, result, sizeof expected);
        for (uint64_t i = 0; i < n; ++i)
            expected[i + 1] = to_unit(table[bin_of(&how, data[i + 1])]);
        kernels->lookup(&how, data + 1, result + 1, n);
        assert_true(same_bits(result, expected, sizeof result));
    }
}

/* Whatever the numbers are, the table is read inside. */
static void check_lookup_of_anything(const struct ocs_kernels *kernels, uint64_t n)
{
    const float one[1] = {0.5F};
    const struct ocs_lookup how = {one, 1, 1e-30F, -1e30F, 0};
    fill(data, n + 1, false);
    kernels->lookup(&how, data + 1, result + 1, n);
    for (uint64_t i = 0; i < n; ++i)
        assert_true(result[i + 1] == 0.5F);
}

static void lookup(void **state)
{
    (void)state;
    for_all(check_lookup);
    for_all(check_lookup_of_anything);
}

static void check_histogram(const struct ocs_kernels *kernels, uint64_t n)
{
    static struct ocs_bins bins;
    ocs_bins_make(-1.0F, 1.0F, &bins);
    uint64_t tables[OCS_COUNT_TABLES * OCS_BINS] = {0}, counts[OCS_BINS], twin[OCS_BINS] = {0};
    for (uint64_t i = 0; i < n; ++i) {
        data[i + 1] = i % 3 ? random_float() : bins.edge[random_bits() % (OCS_BINS + 1)];
        int b = OCS_BINS - 1;
        while (data[i + 1] < bins.edge[b])
            --b;
        ++twin[b];
    }
    const struct ocs_binning binning = ocs_bins_binning(&bins);
    kernels->histogram(&binning, data + 1, n, tables);
    ocs_counts_sum(tables, counts);
    assert_true(same_bits(counts, twin, sizeof counts));
}

/* A file may change between finding the range and counting. */
static void check_histogram_of_anything(const struct ocs_kernels *kernels, uint64_t n)
{
    static struct ocs_bins bins;
    ocs_bins_make(0.25F, 0.5F, &bins);
    uint64_t tables[OCS_COUNT_TABLES * OCS_BINS] = {0}, counts[OCS_BINS], total = 0;
    fill(data, n + 1, false);
    const struct ocs_binning binning = ocs_bins_binning(&bins);
    kernels->histogram(&binning, data + 1, n, tables);
    ocs_counts_sum(tables, counts);
    for (size_t b = 0; b < OCS_BINS; ++b)
        total += counts[b];
    assert_int_equal(total, n);
    uint64_t low = 0;
    for (uint64_t i = 0; i < n; ++i)
        low += !(data[i + 1] >= bins.edge[1]);
    assert_int_equal(counts[0], low);
}

static void histogram(void **state)
{
    (void)state;
    for_all(check_histogram);
    for_all(check_histogram_of_anything);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stats_and_range), cmocka_unit_test(zero_nonfinite),
        cmocka_unit_test(count_above),     cmocka_unit_test(maxima),
        cmocka_unit_test(scale),           cmocka_unit_test(lookup),
        cmocka_unit_test(histogram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
