/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The generator against its published vectors, the deviates against the C library's functions, and
 * two million of them against what normal deviates must look like. The draws are fixed by the seed,
 * so a statistic is either inside its limit for ever or the generator has changed. A correct one
 * goes over a limit once in ten thousand: 3.89 standard deviations, two-sided. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernels.h"
#include "noise_philox.h"
#include "noise_twin.h"

#include <stdbool.h>
#include <string.h>

enum { DRAWN = 1 << 21, ROW = 512, PLANE = ROW * ROW, LONGEST = 3001 };
static const size_t guard = 4;
static const double limit = 3.89;

static float drawn[DRAWN], other[DRAWN];

static const struct ocs_kernels *best(void)
{
    int level = OCS_SIMD_LEVELS - 1;
    while (!ocs_simd_available((enum ocs_simd)level))
        --level;
    return ocs_kernels_for((enum ocs_simd)level);
}

/* kat_vectors of Random123, lines "philox4x32 10": counter, key, words. */
static void known_answers(void **state)
{
    (void)state;
    static const uint32_t known[3][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d,
         0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09,
         0x94fdcceb, 0x5001e420, 0x24126ea1}};
    for (int k = 0; k < 3; ++k) {
        uint32_t word[4];
        uint64_t twin[4];
        for (int i = 0; i < 4; ++i)
            twin[i] = word[i] = known[k][i];
        philox(word, known[k][4], known[k][5]);
        twin_philox(twin, known[k][4], known[k][5]);
        for (int i = 0; i < 4; ++i) {
            assert_int_equal(word[i], known[k][6 + i]);
            assert_int_equal(twin[i], known[k][6 + i]);
        }
    }
}

static const uint64_t seeds[] = {0,         1, 42, 0xFFFFFFFFU, 0x100000000U, 0x123456789ABCDEF0U,
                                 UINT64_MAX};
/* The last ones are where the low word of the counter is about to wrap, and far beyond any box. */
static const uint64_t starts[] = {
    0, 1, 2, 3, 255, 256, 1000003, 0x400000000U - 514, UINT64_MAX / 2};
enum { SEEDS = sizeof seeds / sizeof *seeds, STARTS = sizeof starts / sizeof *starts };

static void close_to_twin(void **state)
{
    (void)state;
    for (size_t s = 0; s < SEEDS; ++s) {
        for (size_t f = 0; f < STARTS; ++f) {
            best()->normal(seeds[s], starts[f], drawn, LONGEST);
            for (uint64_t i = 0; i < LONGEST; ++i) {
                const double twin = twin_normal(seeds[s], starts[f] + i);
                assert_true(fabs((double)drawn[i] - twin) <= 5e-7 * fabs(twin));
            }
        }
    }
}

/* Every level, from any start to any end, unaligned, touching nothing else. */
static void same_bits_in_any_cut(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {0, 1, 2, 3, 4, 5, 63, 255, 256, 257, 1021, LONGEST - 9};
    ocs_kernels_for(OCS_SIMD_SCALAR)->normal(7, 0x3FFFFFE00U, other, LONGEST);
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level) {
        if (!ocs_simd_available((enum ocs_simd)level))
            continue;
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; ++l) {
            for (uint64_t from = 0; from < 9; ++from) {
                const uint64_t n = lengths[l];
                memset(drawn, 0x55, (n + 2 * guard) * sizeof *drawn);
                ocs_kernels_for((enum ocs_simd)level)
                    ->normal(7, 0x3FFFFFE00U + from, drawn + guard + 1, n);
                assert_memory_equal(drawn + guard + 1, other + from, n * sizeof *drawn);
                for (uint64_t i = 0; i < 2 * guard; ++i) {
                    uint32_t untouched;
                    memcpy(&untouched, drawn + (i <= guard ? i : n + i), sizeof untouched);
                    assert_int_equal(untouched, 0x55555555);
                }
            }
        }
    }
}

static void assert_within(double deviation)
{
    assert_true(fabs(deviation) < limit);
}

static void moments(void **state)
{
    (void)state;
    best()->normal(1, 0, drawn, DRAWN);
    double sum[5] = {0};
    for (size_t i = 0; i < DRAWN; ++i) {
        const double x = (double)drawn[i], x2 = x * x;
        sum[1] += x;
        sum[2] += x2;
        sum[3] += x2 * x;
        sum[4] += x2 * x2;
    }
    const double n = DRAWN, mean = sum[1] / n, variance = sum[2] / n - mean * mean;
    const double third = sum[3] / n - 3 * mean * sum[2] / n + 2 * mean * mean * mean;
    const double fourth = sum[4] / n - 4 * mean * sum[3] / n + 6 * mean * mean * sum[2] / n -
                          3 * mean * mean * mean * mean;
    assert_within(mean * sqrt(n));
    assert_within((variance - 1) * sqrt(n / 2));
    assert_within(third / pow(variance, 1.5) * sqrt(n / 6));
    assert_within((fourth / (variance * variance) - 3) * sqrt(n / 24));
}

static void tails(void **state)
{
    (void)state;
    best()->normal(2, 0, drawn, DRAWN);
    for (int far = 2; far <= 4; ++far) {
        uint64_t above = 0, below = 0;
        for (size_t i = 0; i < DRAWN; ++i) {
            above += drawn[i] > (float)far;
            below += drawn[i] < (float)-far;
        }
        const double expected = DRAWN * erfc(far / sqrt(2)) / 2;
        assert_within(((double)above - expected) / sqrt(expected));
        assert_within(((double)below - expected) / sqrt(expected));
    }
}

/* Of the values, and of their squares, in standard deviations: the two deviates of a pair share a
 * radius, and four share a counter. */
static void assert_uncorrelated(const float *a, const float *b, size_t n)
{
    double product = 0, squares = 0;
    for (size_t i = 0; i < n; ++i) {
        const double x = (double)a[i], y = (double)b[i];
        product += x * y;
        squares += (x * x - 1) * (y * y - 1) / 2;
    }
    assert_within(product / sqrt((double)n));
    assert_within(squares / sqrt((double)n));
}

static void no_autocorrelation(void **state)
{
    (void)state;
    static const size_t lags[] = {1, 2, 3, 4, 5, 6, 7, 8, ROW, PLANE};
    best()->normal(3, 12345, drawn, DRAWN);
    for (size_t l = 0; l < sizeof lags / sizeof *lags; ++l)
        assert_uncorrelated(drawn, drawn + lags[l], DRAWN - lags[l]);
}

static void seeds_are_independent(void **state)
{
    (void)state;
    static const uint64_t others[] = {1, 2, 0x100000000U, 0x9E3779B9U, UINT64_MAX};
    best()->normal(0, 0, drawn, DRAWN);
    for (size_t s = 0; s < sizeof others / sizeof *others; ++s) {
        best()->normal(others[s], 0, other, DRAWN);
        assert_uncorrelated(drawn, other, DRAWN);
    }
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov's largest distance of the distributions: P(D sqrt(n) > 2.23) is 1e-4. */
static void distribution(void **state)
{
    (void)state;
    const size_t n = DRAWN / 2;
    best()->normal(4, 0, drawn, n);
    qsort(drawn, n, sizeof *drawn, by_value);
    double distance = 0;
    for (size_t i = 0; i < n; ++i) {
        const double p = erfc(-(double)drawn[i] / sqrt(2)) / 2;
        distance = fmax(distance, fabs(p - (double)i / (double)n));
        distance = fmax(distance, fabs(p - (double)(i + 1) / (double)n));
    }
    assert_true(distance * sqrt((double)n) < 2.23);
}

static int by_bits(const void *a, const void *b)
{
    return memcmp(a, b, 4 * sizeof(float));
}

/* Two slabs of one box, far from each other: no counter's four deviates come twice. */
static void no_repetition(void **state)
{
    (void)state;
    const size_t half = DRAWN / 4;
    best()->normal(5, 0, drawn, half);
    best()->normal(5, 0x400000000U, drawn + half, half);
    qsort(drawn, half / 2, 4 * sizeof *drawn, by_bits);
    for (size_t i = 0; i + 4 < 2 * half; i += 4)
        assert_true(by_bits(drawn + i, drawn + i + 4) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(close_to_twin),
        cmocka_unit_test(same_bits_in_any_cut),
        cmocka_unit_test(moments),
        cmocka_unit_test(tails),
        cmocka_unit_test(no_autocorrelation),
        cmocka_unit_test(seeds_are_independent),
        cmocka_unit_test(distribution),
        cmocka_unit_test(no_repetition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
