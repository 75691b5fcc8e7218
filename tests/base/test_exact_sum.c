/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact sums against 128-bit integers: every term is an integer times one power of two. */
#include "exact_sum.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

__extension__ typedef __int128 wide;

enum { TERMS = 5000 };

static int64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (int64_t)*seed;
}

static void assert_within_one_step(double value, double right)
{
    assert_true(value == right || value == nextafter(right, INFINITY) ||
                value == nextafter(right, -INFINITY));
}

/* Sums of terms with 53 bits at any of 40 places, scaled as a whole to each part of the range. */
static void sums_are_right_at_every_scale(void **state)
{
    (void)state;
    static const int scales[] = {-1074, -1060, -1022, -500, -33, -32, -31, 0, 1, 63, 500, 880};
    uint64_t seed = 7;
    for (size_t s = 0; s < sizeof scales / sizeof scales[0]; ++s) {
        struct ocs_exact_sum sum = {0};
        wide right = 0;
        for (int i = 0; i < TERMS; ++i) {
            const int64_t mantissa = next_random(&seed) >> 11;
            const int place = (int)(next_random(&seed) & 31); /* a factor of up to 2^31 */
            ocs_exact_sum_add(&sum, ldexp((double)mantissa, place + scales[s]));
            right += (wide)mantissa * (INT64_C(1) << place);
        }
        assert_within_one_step(ocs_exact_sum_value(&sum), ldexp((double)right, scales[s]));
    }
}

static void order_and_grouping_do_not_matter(void **state)
{
    (void)state;
    static double terms[TERMS];
    uint64_t seed = 11;
    for (int i = 0; i < TERMS; ++i)
        terms[i] = ldexp((double)(next_random(&seed) >> 11), (int)(next_random(&seed) % 900));
    struct ocs_exact_sum forward = {0}, backward = {0}, merged = {0};
    for (int i = 0; i < TERMS; ++i) {
        ocs_exact_sum_add(&forward, terms[i]);
        ocs_exact_sum_add(&backward, terms[TERMS - 1 - i]);
    }
    for (int first = 0; first < TERMS; first += 700) {
        struct ocs_exact_sum part = {0};
        for (int i = first; i < first + 700 && i < TERMS; ++i)
            ocs_exact_sum_add(&part, terms[i]);
        ocs_exact_sum_merge(&merged, &part);
    }
    const double value = ocs_exact_sum_value(&forward);
    const double backward_value = ocs_exact_sum_value(&backward);
    const double merged_value = ocs_exact_sum_value(&merged);
    assert_memory_equal(&value, &backward_value, sizeof value);
    assert_memory_equal(&value, &merged_value, sizeof value);
}

static double sum_of(const double *terms, int count)
{
    struct ocs_exact_sum sum = {0};
    for (int i = 0; i < count; ++i)
        ocs_exact_sum_add(&sum, terms[i]);
    return ocs_exact_sum_value(&sum);
}

static void what_cancels_leaves_the_rest(void **state)
{
    (void)state;
    const double tiny = 0x1p-1074;
    assert_true(sum_of((const double[]){1e308, 1, -1e308}, 3) == 1);
    assert_true(sum_of((const double[]){tiny, 1e308, -1e308}, 3) == tiny);
    assert_true(sum_of((const double[]){-1e300, 3, 1e300, -3}, 4) == 0);
    assert_true(sum_of((const double[]){1e16, 1, -1e16, 1e-300}, 4) == 1);
    assert_true(sum_of((const double[]){-1, tiny}, 2) == -1);
    assert_true(sum_of((const double[]){DBL_MAX, DBL_MAX, -DBL_MAX}, 3) == DBL_MAX);
    assert_true(sum_of((const double[]){0.0, -0.0}, 2) == 0);
    assert_true(sum_of(NULL, 0) == 0);
}

static void subnormals_add_up(void **state)
{
    (void)state;
    struct ocs_exact_sum sum = {0};
    for (int i = 0; i < 100000; ++i)
        ocs_exact_sum_add(&sum, i % 3 == 0 ? -0x1p-1074 : 0x1.8p-1072);
    /* 33334 of -1 and 66666 of 6 steps */
    assert_true(ocs_exact_sum_value(&sum) == ldexp(66666 * 6 - 33334, -1074));
}

static void long_sums_carry_in_time(void **state)
{
    (void)state;
    /* merging with itself doubles: 2^40 terms of one value without adding each */
    struct ocs_exact_sum sum = {0};
    ocs_exact_sum_add(&sum, -0x1.fffffffffffffp+20);
    for (int i = 0; i < 40; ++i) {
        const struct ocs_exact_sum copy = sum;
        ocs_exact_sum_merge(&sum, &copy);
    }
    assert_true(ocs_exact_sum_value(&sum) == -0x1.fffffffffffffp+60);
    struct ocs_exact_sum full = {0};
    full.pending = (UINT32_C(1) << 30) - 1;
    ocs_exact_sum_add(&full, 5);
    assert_int_equal(full.pending, 0);
    assert_true(ocs_exact_sum_value(&full) == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_right_at_every_scale),
        cmocka_unit_test(order_and_grouping_do_not_matter),
        cmocka_unit_test(what_cancels_leaves_the_rest),
        cmocka_unit_test(subnormals_add_up),
        cmocka_unit_test(long_sums_carry_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
