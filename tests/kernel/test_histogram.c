/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The histogram against NumPy's own, recorded for ranges that are awkward in float32. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "histogram.h"

#include <math.h>
#include <string.h>

enum { RANDOM = 4096, VALUES = RANDOM + 3 * (OCS_BINS + 1) };

struct recorded {
    float min, max, edge;
    uint64_t edges_hash, count, counts_hash;
    double density;
    uint64_t densities_hash;
};

static const struct recorded recorded[] = {
#include "numpy_histograms.h"
};

static uint64_t hash(const void *data, size_t bytes)
{
    const unsigned char *const at = data;
    uint64_t h = 0xcbf29ce484222325U;
    for (size_t i = 0; i < bytes; ++i)
        h = (h ^ at[i]) * 0x100000001b3U;
    return h;
}

static float limited(float v, const struct ocs_bins *bins)
{
    return fminf(fmaxf(v, bins->min), bins->max);
}

static void make_values(const struct ocs_bins *bins, float values[VALUES])
{
    uint64_t state = 1;
    const float width = bins->max - bins->min;
    for (size_t i = 0; i < RANDOM; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        values[i] = limited(bins->min + (float)(state >> 40) / (float)(1 << 24) * width, bins);
    }
    for (size_t i = 0; i <= OCS_BINS; ++i) {
        float *const at = values + RANDOM + i;
        at[0] = bins->edge[i];
        at[OCS_BINS + 1] = limited(nextafterf(bins->edge[i], -INFINITY), bins);
        at[2 * (OCS_BINS + 1)] = limited(nextafterf(bins->edge[i], INFINITY), bins);
    }
}

static void check_range(const struct ocs_kernels *kernels, const struct recorded *expected)
{
    static struct ocs_bins bins;
    static float values[VALUES];
    static double density[OCS_BINS];
    ocs_bins_make(expected->min, expected->max, &bins);
    assert_true(bins.edge[137] == expected->edge);
    assert_int_equal(hash(bins.edge, sizeof bins.edge), expected->edges_hash);
    make_values(&bins, values);
    const struct ocs_binning binning = ocs_bins_binning(&bins);
    /* Once as one long row and once in short ones. */
    for (size_t row = 301; row <= VALUES; row += VALUES - 301) {
        uint64_t tables[OCS_COUNT_TABLES * OCS_BINS] = {0}, counts[OCS_BINS];
        for (size_t i = 0; i < VALUES; i += row)
            kernels->histogram(&binning, values + i, i + row < VALUES ? row : VALUES - i, tables);
        ocs_counts_sum(tables, counts);
        assert_int_equal(counts[137], expected->count);
        assert_int_equal(hash(counts, sizeof counts), expected->counts_hash);
        ocs_bins_density(&bins, counts, density);
        for (size_t i = 0; i < OCS_BINS; ++i)
            density[i] = isfinite(density[i]) ? density[i] : -1;
        assert_true(density[137] == expected->density);
        assert_int_equal(hash(density, sizeof density), expected->densities_hash);
    }
}

static void equals_numpy(void **state)
{
    (void)state;
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level)
        if (ocs_simd_available((enum ocs_simd)level))
            for (size_t i = 0; i < sizeof recorded / sizeof *recorded; ++i)
                check_range(ocs_kernels_for((enum ocs_simd)level), &recorded[i]);
}

static void the_last_bin_is_closed(void **state)
{
    (void)state;
    static struct ocs_bins bins;
    ocs_bins_make(-1, 1, &bins);
    uint64_t tables[OCS_COUNT_TABLES * OCS_BINS] = {5}, counts[OCS_BINS];
    const float ends[] = {1, 1, -1};
    const struct ocs_binning binning = ocs_bins_binning(&bins);
    ocs_kernels_for(OCS_SIMD_SCALAR)->histogram(&binning, ends, 3, tables);
    ocs_counts_sum(tables, counts);
    assert_int_equal(counts[0], 6); /* added to what was there */
    assert_int_equal(counts[OCS_BINS - 1], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_numpy),
        cmocka_unit_test(the_last_bin_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
