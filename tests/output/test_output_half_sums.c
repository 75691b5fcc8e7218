/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "half_sums.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The value by the definition in words of IEEE 754, not by shifts. */
static double value_of(unsigned bits)
{
    const unsigned exponent = bits / 1024 % 32;
    const double fraction = bits % 1024 / 1024.0;
    const double size =
        exponent == 0 ? ldexp(fraction, -14) : ldexp(1 + fraction, (int)exponent - 15);
    return bits >= 32768 ? -size : size;
}

static void put(unsigned char *to, unsigned bits)
{
    to[0] = (unsigned char)(bits % 256);
    to[1] = (unsigned char)(bits / 256);
}

static void expect_statistics_at(enum ocs_simd simd, const unsigned *bits, size_t n)
{
    unsigned char *const halves = malloc(2 * n);
    assert_non_null(halves);
    double min = INFINITY, max = -INFINITY;
    long double sum = 0, squares = 0;
    for (size_t i = 0; i < n; ++i) {
        put(halves + 2 * i, bits[i]);
        min = fmin(min, value_of(bits[i]));
        max = fmax(max, value_of(bits[i]));
        sum += (long double)value_of(bits[i]);
    }
    for (size_t i = 0; i < n; ++i) {
        const long double off = (long double)value_of(bits[i]) - sum / (long double)n;
        squares += off * off;
    }
    struct ocs_half_sums sums = {.count = 0};
    ocs_half_sums_add(&sums, simd, halves, n);
    const struct ocs_statistics found = ocs_half_sums_statistics(&sums);
    free(halves);
    assert_true(found.min == min && found.max == max);
    const double mean = (double)(sum / (long double)n);
    const double rms = (double)sqrtl(squares / (long double)n);
    assert_true(fabs(found.mean - mean) <= 1e-15 * fmax(fabs(min), fabs(max)));
    assert_true(fabs(found.rms - rms) <= 1e-9 * rms);
}

static void expect_statistics(const unsigned *bits, size_t n)
{
    for (int simd = 0; simd < OCS_SIMD_LEVELS; ++simd)
        if (ocs_simd_available((enum ocs_simd)simd))
            expect_statistics_at((enum ocs_simd)simd, bits, n);
}

static void every_finite_half_counts(void **state)
{
    (void)state;
    static unsigned bits[65536];
    size_t n = 0;
    for (unsigned half = 0; half < 65536; ++half)
        if (half / 1024 % 32 != 31)
            bits[n++] = half;
    expect_statistics(bits, n);
    expect_statistics(bits, 1);
    expect_statistics(bits + 1, 1023);
    for (size_t i = 0; i < n; i += 977)
        expect_statistics(bits + i, 1);
}

static void a_flat_map_has_no_spread(void **state)
{
    (void)state;
    static const unsigned bits[] = {0x3bff, 0x3bff, 0x3bff};
    expect_statistics(bits, 3);
}

static void infinities_are_counted_apart(void **state)
{
    (void)state;
    unsigned char halves[8];
    put(halves, 0x7c00);
    put(halves + 2, 0xfc00);
    put(halves + 4, 0x7e00);
    put(halves + 6, 0x3c00);
    struct ocs_half_sums sums = {.count = 0};
    ocs_half_sums_add(&sums, ocs_simd_best(), halves, 4);
    assert_int_equal(sums.infinite, 3);
    assert_int_equal(sums.count, 1);
    assert_true(ocs_half_sums_statistics(&sums).max == 1.0);
}

static void parts_in_any_order_give_the_same_bits(void **state)
{
    (void)state;
    enum { N = 1000 };
    unsigned char halves[2 * N];
    for (unsigned i = 0; i < N; ++i)
        put(halves + 2 * i, i * 31 % 31744 + (i % 2) * 32768);
    struct ocs_half_sums whole = {.count = 0}, parts = {.count = 0}, nothing = {.count = 0};
    ocs_half_sums_add(&whole, OCS_SIMD_SCALAR, halves, N);
    for (unsigned start = 0; start < N; start += 100) {
        struct ocs_half_sums part = {.count = 0};
        ocs_half_sums_add(&part, OCS_SIMD_SCALAR, halves + 2 * (N - 100 - start), 100);
        ocs_half_sums_merge(&parts, &part);
        ocs_half_sums_merge(&parts, &nothing);
    }
    assert_memory_equal(&whole, &parts, sizeof whole);
}

/* Blocks of every size, with all that fits a block, and the first that does not: bit by bit as one
 * value after the other. */
static void vectors_give_the_same_bits(void **state)
{
    (void)state;
    enum { N = 3 * 8192 };
    static unsigned char halves[2 * N];
    for (unsigned last = 0x57ff; last <= 0x5800; ++last)
        for (uint64_t n = 1; n <= N; n = n < 64 ? n + 1 : n * 2 - 1) {
            for (unsigned i = 0; i < n; ++i)
                put(halves + 2 * i, i % 3 == 2 ? last : i * 1237 % 0x5800 + i % 2 * 0x8000);
            put(halves, last + 0x8000);
            struct ocs_half_sums slow = {.count = 0}, fast = {.count = 0};
            ocs_half_sums_add(&slow, OCS_SIMD_SCALAR, halves, n);
            ocs_half_sums_add(&fast, ocs_simd_best(), halves, n);
            assert_memory_equal(&slow, &fast, sizeof slow);
        }
}

/* The most that a block's sums must hold. */
static void blocks_of_the_largest(void **state)
{
    (void)state;
    enum { N = 8192 };
    static unsigned bits[N];
    for (unsigned i = 0; i < N; ++i)
        bits[i] = 0x57ff;
    expect_statistics(bits, N);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_finite_half_counts),
        cmocka_unit_test(a_flat_map_has_no_spread),
        cmocka_unit_test(infinities_are_counted_apart),
        cmocka_unit_test(parts_in_any_order_give_the_same_bits),
        cmocka_unit_test(vectors_give_the_same_bits),
        cmocka_unit_test(blocks_of_the_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
