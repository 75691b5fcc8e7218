/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The kernels of the modification against the C library in double, and every SIMD level against the
 * scalar one, bit for bit. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "modify.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { COUNT = 20011 };

static float s[COUNT + 1], result[COUNT + 1], again[COUNT + 1];

static const float special[] = {0,        1,           0x1.FFFFFEp-1F, 0.05F, 0x1.99999Cp-5F,
                                0.5F,     0.70710678F, 0.70710684F,    1e-6F, 0.25F,
                                0x1p-126F};
enum { SPECIALS = sizeof special / sizeof *special };

static uint32_t random_bits(void)
{
    static uint64_t state = 11;
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(state >> 32);
}

/* In [1e-6, 1], half of them evenly and half by logarithm, behind the special ones. */
static void fill_scale(void)
{
    for (size_t i = 0; i < COUNT; ++i) {
        const double u = (double)random_bits() / 4294967295.0;
        s[i] = (float)(i % 2 ? 1e-6 + (1 - 1e-6) * u : pow(10, -6 * u));
        if (i < SPECIALS)
            s[i] = special[i];
    }
}

/* Runs `kernel` of every level on s and asserts that the results, kept in `result`, are the same.
 * Rows start off any alignment, and each is also done in place. */
#define RUN_ALL_LEVELS(kernel, ...)                                                                \
    do {                                                                                           \
        ocs_kernels_for(OCS_SIMD_SCALAR)->kernel(s, result, COUNT, __VA_ARGS__);                   \
        for (int l = 0; l < OCS_SIMD_LEVELS; ++l) {                                                \
            if (!ocs_simd_available((enum ocs_simd)l))                                             \
                continue;                                                                          \
            ocs_kernels_for((enum ocs_simd)l)->kernel(s, again + 1, COUNT, __VA_ARGS__);           \
            assert_memory_equal(again + 1, result, COUNT * sizeof *result);                        \
            memcpy(again, s, sizeof s);                                                            \
            ocs_kernels_for((enum ocs_simd)l)->kernel(again, again, COUNT, __VA_ARGS__);           \
            assert_memory_equal(again, result, COUNT * sizeof *result);                            \
        }                                                                                          \
    } while (0)

/* Rounding to float is 6e-8 of it; below FLT_MIN a float has fewer digits. */
static void assert_near(float got, double want)
{
    assert_true(fabs((double)got - want) <= 1e-7 * fabs(want) + 0x1p-150);
}

/* Two roundings more. */
static void assert_nearly(float got, double want)
{
    assert_true(fabs((double)got - want) <= 1.8e-7 * fabs(want));
}

static void powers(void **state)
{
    (void)state;
    static const float exponents[] = {-1,   -0.99F, -0.75F, -0.5F, -1e-3F, -1e-30F, 0, 1e-30F,
                                      0.5F, 1,      2,      3.7F,  9,      18.3F,   30};
    fill_scale();
    for (size_t e = 0; e < sizeof exponents / sizeof *exponents; ++e) {
        RUN_ALL_LEVELS(power, 0.0F, exponents[e]);
        for (size_t i = 0; i < COUNT; ++i)
            assert_near(result[i], s[i] > 0 ? pow((double)s[i], (double)exponents[e]) : 1);
        assert_true(s[1] == 1 && result[1] == 1);
    }
}

static void scale_limit(void **state)
{
    (void)state;
    fill_scale();
    RUN_ALL_LEVELS(power, 0.05F, 2.0F);
    for (size_t i = 0; i < COUNT; ++i)
        assert_near(result[i], s[i] > 0.05F ? (double)s[i] * (double)s[i] : 1);
    assert_true(s[3] == 0.05F && result[3] == 1);
    assert_true(s[4] == nextafterf(0.05F, 1) && result[4] < 1);
}

static void powers_stay_finite(void **state)
{
    (void)state;
    static const float exponents[] = {-1, -2, -1e30F, 1e30F, 1000, -FLT_MAX, FLT_MAX, 0};
    for (size_t i = 0; i < COUNT; ++i)
        s[i] = i < 2 ? (float)i : ldexpf(1.0F, -(int)(i % 150));
    for (size_t e = 0; e < sizeof exponents / sizeof *exponents; ++e) {
        RUN_ALL_LEVELS(power, 0.0F, exponents[e]);
        for (size_t i = 0; i < COUNT; ++i) {
            const double want = s[i] > 0 ? pow((double)s[i], (double)exponents[e]) : 1;
            assert_true(isfinite(result[i]) && result[i] >= 0);
            assert_near(result[i], fmin(want, exp2(127.5)));
        }
    }
}

/* As algorithm.md writes it. */
static double sigmoid_formula(double x, double m, double p)
{
    const long double mu = 1 / (1 + powl(1 / (long double)p - 1, -1 / (long double)m) *
                                        (1 - (long double)p) / (long double)p);
    if (x <= 0)
        return 0;
    return (double)(1 / (1 + powl(mu * (1 - (long double)x) / ((long double)x * (1 - mu)), m)));
}

static const struct ocs_modify *made(double m, double p, bool reference)
{
    static struct ocs_modify modify;
    const struct ocs_modify_request request = {
        .kind = OCS_SIGMOID, .strength = m, .pivot = p, .reference = reference};
    ocs_modify_make(&request, &modify);
    return &modify;
}

static const double steepness[] = {1 + 0x1p-10, 1.5, 3, 7.25, 30, 200};
static const double pivots[] = {0.01, 0.1, 0.4, 0.5, 0.9, 0.99};
enum { STEEPNESSES = 6, PIVOTS = 6 };

static void sigmoids(void **state)
{
    (void)state;
    fill_scale();
    for (size_t m = 0; m < STEEPNESSES; ++m) {
        for (size_t p = 0; p < PIVOTS; ++p) {
            const struct ocs_modify *how = made(steepness[m], pivots[p], false);
            s[SPECIALS] = (float)pivots[p];
            RUN_ALL_LEVELS(sigmoid, how->sigmoid_ratio, how->exponent);
            for (size_t i = 1; i < COUNT; ++i)
                assert_near(result[i],
                            sigmoid_formula((double)s[i], steepness[m], pivots[p]) / (double)s[i]);
            assert_true(result[0] == 0 && result[1] == 1);
            const double kept = (double)result[SPECIALS] * (double)s[SPECIALS];
            assert_true(fabs(kept / pivots[p] - 1) < 1e-5);
        }
    }
}

/* Out of range, where only sense is asked for. */
static void sigmoids_stay_finite(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; ++i)
        s[i] = i < 2 ? -(float)i : ldexpf(1.0F, -(int)(i % 150));
    for (size_t m = 0; m < STEEPNESSES; ++m) {
        RUN_ALL_LEVELS(sigmoid, 1e3, (float)steepness[m] * 100);
        for (size_t i = 0; i < COUNT; ++i)
            assert_true(result[i] >= 0 && result[i] <= 1);
        assert_true(result[0] == 0 && result[1] == 0);
    }
}

/* What oracle.py's sigmoid gives for these scales, three pairs of steepness and pivot. */
static const float scales[] = {0,     1e-6F, 0.0199F, 0.02F,      0.0201F, 0.03F, 0.1F,
                               0.29F, 0.3F,  0.3999F, 0.4F,       0.4001F, 0.57F, 0.58F,
                               0.75F, 0.99F, 0.995F,  0.9999999F, 1};
enum { SCALES = sizeof scales / sizeof *scales };
static const struct {
    double m, p;
    float mod[SCALES];
} oracle[] = {
    {3,
     0.4,
     {0, 0, 0, 0.000119528995F, 0.000118934324F, 0.000657396682F, 0.0224494878F, 0.418158591F,
      0.459735781F, 0.880976915F, 0.954793036F, 0.954554439F, 1.46051049F, 1.46385849F, 1.31086862F,
      1.01010048F, 1.00502467F, 0.999999642F, 1}},
    {1.5,
     0.01,
     {0, 0, 0, 0.507594645F, 0.505069315F, 0.953838944F, 2.39337015F, 2.45285821F, 2.42088747F,
      2.07622457F, 2.09769559F, 2.09717131F, 1.64326155F, 1.62108743F, 1.30752885F, 1.00999641F,
      1.00492096F, 0.999896526F, 1}},
    {12,
     0.9,
     {0, 0, 0, 2.0304369e-33F, 2.02033518e-33F, 6.27061725e-30F, 3.18663556e-22F, 1.55500077e-15F,
      2.71525496e-15F, 2.72161146e-13F, 4.53140292e-13F, 4.53027047e-13F, 1.33073752e-09F,
      2.14492046e-09F, 1.92205316e-05F, 1.01010096F, 1.00502515F, 1.00000012F, 1}},
};

static void sampled_sigmoids(void **state)
{
    (void)state;
    for (size_t o = 0; o < sizeof oracle / sizeof *oracle; ++o) {
        const struct ocs_modify *how = made(oracle[o].m, oracle[o].p, true);
        for (size_t i = 0; i < COUNT; ++i)
            s[i] = scales[i % SCALES];
        RUN_ALL_LEVELS(sampled, how->sample, OCS_SIGMOID_SAMPLES);
        for (size_t i = 0; i < COUNT; ++i)
            assert_nearly(result[i], (double)oracle[o].mod[i % SCALES]);
    }
}

/* The table is read inside, and anything odd becomes 0 or the nearest sample. */
static void sampled_of_anything(void **state)
{
    (void)state;
    static const float odd[] = {NAN, INFINITY, -INFINITY, -1, -0.0F, 2, FLT_MAX, 1e-45F};
    const float one[1] = {0.5F};
    for (size_t i = 0; i < COUNT; ++i)
        s[i] = odd[i % 8];
    RUN_ALL_LEVELS(sampled, one, 1);
    assert_true(result[0] == 0 && result[1] == 0 && result[2] == 0 && result[3] == 0);
    assert_true(result[4] == 0 && result[5] == 0.25F && result[7] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers),
        cmocka_unit_test(scale_limit),
        cmocka_unit_test(powers_stay_finite),
        cmocka_unit_test(sigmoids),
        cmocka_unit_test(sigmoids_stay_finite),
        cmocka_unit_test(sampled_sigmoids),
        cmocka_unit_test(sampled_of_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
