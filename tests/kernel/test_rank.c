/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matching by rank against histogram matching written down by its definition: sort both sets, give
 * every distinct value the fraction of voxels at or below it, and interpolate the template's values
 * at the source's fractions. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rank.h"

#include <math.h>
#include <string.h>

enum { ALLOWANCE = 1 << 18 };

/* ---- the definition ---- */

static int ascending(const void *a, const void *b)
{
    const float left = *(const float *)a, right = *(const float *)b;
    return (left > right) - (left < right);
}

/* Distinct values in order and how many voxels are at or below each. */
struct distinct {
    size_t count;
    float *value;
    double *rank;
};

static struct distinct distinct_of(const float *values, size_t n)
{
    struct distinct set = {0, malloc(n * sizeof(float)), malloc(n * sizeof(double))};
    memcpy(set.value, values, n * sizeof *values);
    qsort(set.value, n, sizeof *set.value, ascending);
    for (size_t i = 0; i < n; ++i) {
        if (i + 1 < n && set.value[i + 1] == set.value[i])
            continue;
        set.value[set.count] = set.value[i];
        set.rank[set.count++] = (double)(i + 1);
    }
    return set;
}

static void free_distinct(struct distinct *set)
{
    free(set->value);
    free(set->rank);
}

/* Piecewise linear through the points, flat outside. */
static double interpolate(double at, const double *x, const float *y, size_t n)
{
    if (at <= x[0])
        return (double)y[0];
    for (size_t i = 1; i < n; ++i)
        if (at <= x[i])
            return (double)y[i - 1] +
                   (at - x[i - 1]) / (x[i] - x[i - 1]) * ((double)y[i] - (double)y[i - 1]);
    return (double)y[n - 1];
}

/* Both sets have n values, so ranks compare as fractions do. */
static void match_by_definition(const float *source, const float *template_values, size_t n,
                                double *to)
{
    struct distinct from = distinct_of(source, n), like = distinct_of(template_values, n);
    double *const mapped = malloc(from.count * sizeof *mapped);
    size_t first = 0; /* ranks only rise, so the search goes on where it was */
    for (size_t i = 0; i < from.count; ++i) {
        while (first + 2 < like.count && like.rank[first + 1] < from.rank[i])
            ++first;
        mapped[i] =
            interpolate(from.rank[i], like.rank + first, like.value + first, like.count - first);
    }
    for (size_t i = 0; i < n; ++i) {
        const float *const found =
            bsearch(&source[i], from.value, from.count, sizeof(float), ascending);
        assert_non_null(found);
        to[i] = mapped[found - from.value];
    }
    free(mapped);
    free_distinct(&from);
    free_distinct(&like);
}

/* ---- the kernel, as a run uses it ---- */

struct learned {
    struct ocs_rank_bins *bins;
    struct ocs_rank_cell *cells;
    uint32_t split; /* bins that are not listed */
};

/* Voxels come as two workers' rows, the second worker's first. */
static struct learned learn(const float *values, size_t n, uint32_t allowance)
{
    struct learned learned = {.bins = malloc(sizeof *learned.bins)};
    uint64_t *const counts = calloc(OCS_RANK_TOPS, sizeof *counts);
    const size_t half = n / 2;
    ocs_rank_count_tops(values + half, n - half, counts);
    ocs_rank_count_tops(values, half, counts);
    ocs_rank_bins_make(counts, allowance, learned.bins);
    assert_true(learned.bins->cells <= allowance);
    for (uint32_t top = 0; top < OCS_RANK_TOPS; ++top)
        learned.split += learned.bins->shift[top] != OCS_RANK_LISTED;
    free(counts);

    learned.cells = calloc(learned.bins->cells, sizeof *learned.cells);
    struct ocs_rank_cell *const own = calloc(learned.bins->cells, sizeof *own);
    _Atomic uint32_t *const filled = calloc(OCS_RANK_TOPS, sizeof *filled);
    for (int worker = 1; worker >= 0; --worker) {
        memset(own, 0, learned.bins->cells * sizeof *own);
        ocs_rank_count_cells(learned.bins, values + (worker ? half : 0), worker ? n - half : half,
                             own, learned.cells, filled);
        ocs_rank_merge_cells(learned.cells, own, learned.bins->cells);
    }
    free(own);
    free(filled);
    ocs_rank_settle(learned.bins, learned.cells);
    return learned;
}

static void forget(struct learned *learned)
{
    free(learned->bins);
    free(learned->cells);
}

/* From the value before a split cell to its end. */
static double widest_split_cell(const struct learned *learned)
{
    const struct ocs_rank_bins *const bins = learned->bins;
    const struct ocs_rank_cell *before = NULL;
    double width = 0;
    for (uint32_t top = 0; top < OCS_RANK_TOPS; ++top) {
        for (uint32_t cell = bins->first[top]; cell < bins->first[top + 1]; ++cell) {
            const struct ocs_rank_cell *const here = &learned->cells[cell];
            if (here->count == 0)
                continue;
            if (before && bins->shift[top] != OCS_RANK_LISTED)
                width = fmax(width, (double)here->high - (double)before->high);
            before = here;
        }
    }
    return width;
}

/* Inside a split cell ranks are taken as even, so that a voxel may go anywhere in what its own cell
 * maps to, and anywhere in the template's cell that it falls into. */
struct looseness {
    uint32_t split_bins;
    double grey;
};

static struct looseness match(const float *source, const float *template_values, size_t n,
                              uint32_t allowance, float *to)
{
    struct learned from = learn(source, n, allowance), like = learn(template_values, n, allowance);
    struct ocs_rank_step *const steps = malloc(from.bins->cells * sizeof *steps);
    ocs_rank_steps(from.cells, from.bins->cells, like.cells, like.bins->cells, steps);
    memcpy(to, source, n * sizeof *to);
    ocs_rank_map_row(from.bins, steps, to, n);
    struct looseness loose = {from.split, 0};
    for (uint32_t cell = 0; cell < from.bins->cells; ++cell)
        loose.grey = fmax(loose.grey, (double)steps[cell].to_high - (double)steps[cell].to_low);
    loose.grey += widest_split_cell(&like);
    free(steps);
    forget(&from);
    forget(&like);
    return loose;
}

/* Largest difference from the definition, in units of the template's range. */
static double range_of(const float *values, size_t n)
{
    float low = values[0], high = values[0];
    for (size_t i = 0; i < n; ++i) {
        low = fminf(low, values[i]);
        high = fmaxf(high, values[i]);
    }
    return (double)high - (double)low;
}

static double worst_difference(const float *source, const float *template_values, size_t n,
                               const float *got)
{
    double *const expected = malloc(n * sizeof *expected);
    match_by_definition(source, template_values, n, expected);
    double worst = 0;
    for (size_t i = 0; i < n; ++i)
        worst = fmax(worst, fabs((double)got[i] - expected[i]));
    free(expected);
    const double range = range_of(template_values, n);
    return range > 0 ? worst / range : worst;
}

static void assert_matches(const float *source, const float *template_values, size_t n)
{
    float *const got = malloc(n * sizeof *got);
    assert_int_equal(match(source, template_values, n, ALLOWANCE, got).split_bins, 0);
    const double worst = worst_difference(source, template_values, n, got);
    if (!(worst <= 1e-6))
        fail_msg("differs from the definition by %g of the range", worst);
    free(got);
}

/* ---- values ---- */

static uint64_t random_state = 1;

static double uniform(void)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(random_state >> 11) * 0x1p-53;
}

/* Close enough to normal: bounded, and with far fewer voxels in the tails. */
static float bell(void)
{
    double sum = 0;
    for (int i = 0; i < 12; ++i)
        sum += uniform();
    return (float)(sum - 6);
}

/* ---- by hand: the reference itself must be right ---- */

static void the_definition_on_four_voxels(void **state)
{
    (void)state;
    /* Source ranks: 1 -> 1, 5 -> 3 (two of them), 9 -> 4. Template ranks: 10 -> 2, 20 -> 3, 40
     * -> 4. */
    const float source[] = {5, 1, 9, 5}, like[] = {20, 10, 40, 10};
    const double expected[] = {20, 10, 40, 20};
    double by_definition[4];
    float got[4];
    match_by_definition(source, like, 4, by_definition);
    match(source, like, 4, ALLOWANCE, got);
    for (int i = 0; i < 4; ++i) {
        assert_true(by_definition[i] == expected[i]);
        assert_true((double)got[i] == expected[i]);
    }
}

static void between_two_template_values(void **state)
{
    (void)state;
    /* Template ranks 1 -> 0 and 4 -> 3: source ranks 1, 2, 4 lie 0, 1/3 and all of the way between.
     */
    const float source[] = {-7, -6, -5, -5}, like[] = {0, 3, 3, 3};
    const float expected[] = {0, 1, 3, 3};
    float got[4];
    match(source, like, 4, ALLOWANCE, got);
    for (int i = 0; i < 4; ++i)
        assert_float_equal(got[i], expected[i], 1e-6);
}

/* ---- against the definition ---- */

enum { N = 5000 };

static void different_shapes(void **state)
{
    (void)state;
    static float source[N], like[N];
    for (int i = 0; i < N; ++i) {
        source[i] = bell();
        like[i] = (float)exp((double)bell()) * 1e-3F;
    }
    assert_matches(source, like, N);
    assert_matches(like, source, N);
}

static void negative_and_far_from_zero(void **state)
{
    (void)state;
    static float source[N], like[N];
    for (int i = 0; i < N; ++i) {
        source[i] = -1e4F + 1e3F * bell();
        like[i] = -3e-20F * (float)(1 + uniform());
    }
    assert_matches(source, like, N);
    assert_matches(like, source, N);
}

static void itself(void **state)
{
    (void)state;
    static float source[N], got[N];
    for (int i = 0; i < N; ++i)
        source[i] = bell();
    match(source, source, N, ALLOWANCE, got);
    assert_memory_equal(got, source, sizeof got);
}

static void ties(void **state)
{
    (void)state;
    static float source[N], like[N];
    for (int i = 0; i < N; ++i) {
        source[i] = floorf(3 * bell());
        like[i] = floorf(20 * bell()) / 7;
    }
    assert_matches(source, like, N);
    assert_matches(like, source, N);
}

/* What a masked map is like. */
static void half_of_it_constant(void **state)
{
    (void)state;
    static float source[N], like[N];
    for (int i = 0; i < N; ++i) {
        source[i] = i % 2 ? 0 : bell();
        like[i] = i % 3 ? -2 : bell();
    }
    assert_matches(source, like, N);
    assert_matches(like, source, N);
}

static void two_values(void **state)
{
    (void)state;
    static float source[N], like[N];
    for (int i = 0; i < N; ++i) {
        source[i] = i % 5 ? 1 : -1;
        like[i] = i % 7 ? 8 : 4;
    }
    assert_matches(source, like, N);
    assert_matches(like, source, N);
}

static void one_value(void **state)
{
    (void)state;
    static float source[N], like[N];
    for (int i = 0; i < N; ++i) {
        source[i] = 3;
        like[i] = bell();
    }
    assert_matches(source, like, N);
    assert_matches(like, source, N);
}

/* Both zeros are one value, for the definition as for the kernel, wherever it stands. */
static void zeros_of_both_signs(void **state)
{
    (void)state;
    static float source[N], like[N];
    for (int i = 0; i < N; ++i) {
        source[i] = i % 4 == 0 ? -0.0F : i % 4 == 1 ? 0.0F : bell();
        like[i] = i % 3 == 0 ? -0.0F : (float)uniform();
    }
    assert_matches(source, like, N);
    assert_matches(like, source, N);
    float pair[2] = {-0.0F, 0.0F}, got[2];
    const float other[2] = {1, 2};
    match(pair, other, 2, ALLOWANCE, got);
    assert_float_equal(got[0], 2, 0);
    assert_float_equal(got[1], 2, 0);
}

static void one_voxel(void **state)
{
    (void)state;
    const float source = 1, like = -3;
    assert_matches(&source, &like, 1);
}

/* Denormal and largest floats sort and map like any other. */
static void extreme_magnitudes(void **state)
{
    (void)state;
    const float source[] = {-3e38F, -1e-45F, 0, 1e-45F, 1e-38F, 3e38F};
    const float like[] = {1, 2, 3, 4, 5, 6};
    assert_matches(source, like, 6);
}

/* ---- more voxels than can be listed ---- */

/* Many more than half the allowance, so that crowded bins are split. */
static double crowded_difference(const float *source, const float *like, size_t n)
{
    float *const got = malloc(n * sizeof *got);
    const struct looseness loose = match(source, like, n, ALLOWANCE, got);
    assert_true(loose.split_bins > 0);
    const double worst = worst_difference(source, like, n, got), range = range_of(like, n);
    free(got);
    assert_true(loose.grey <= 2e-4 * range); /* or the next would mean little */
    assert_true(worst * range <= loose.grey);
    return worst;
}

enum { MANY = 1 << 18 };

static void crowded(void **state)
{
    (void)state;
    float *const source = malloc(MANY * sizeof *source), *const like = malloc(MANY * sizeof *like);
    for (int i = 0; i < MANY; ++i) {
        const float outlier = i % 50 == 0 ? 10 * fabsf(bell()) : 0;
        source[i] = bell() + outlier;
        like[i] = 0.3F * bell() - 0.1F + 2 * outlier;
    }
    assert_true(crowded_difference(source, like, MANY) <= 2e-5);
    assert_true(crowded_difference(like, source, MANY) <= 2e-5);
    free(source);
    free(like);
}

/* Large numbers of equal voxels stay together, exactly, also in a split cell of their own. */
static void crowded_with_ties(void **state)
{
    (void)state;
    float *const source = malloc(MANY * sizeof *source), *const like = malloc(MANY * sizeof *like);
    for (int i = 0; i < MANY; ++i) {
        source[i] = i % 2 ? 0 : bell();
        like[i] = i % 3 ? -0.25F : bell();
    }
    crowded_difference(source, like, MANY);
    crowded_difference(like, source, MANY);
    float *const got = malloc(MANY * sizeof *got);
    match(source, like, MANY, ALLOWANCE, got);
    for (int i = 3; i < MANY; i += 2)
        assert_float_equal(got[i], got[1], 0);
    free(got);
    free(source);
    free(like);
}

/* The tails are listed whatever the rest is like: the extremes are exact. */
static void crowded_extremes_are_exact(void **state)
{
    (void)state;
    float *const source = malloc(MANY * sizeof *source), *const like = malloc(MANY * sizeof *like);
    for (int i = 0; i < MANY; ++i) {
        source[i] = bell();
        like[i] = bell();
    }
    source[5] = 50;
    source[6] = 40;
    source[7] = -60;
    like[MANY - 1] = 700;
    like[MANY - 2] = 600;
    like[MANY - 3] = -500;
    float *const got = malloc(MANY * sizeof *got);
    match(source, like, MANY, ALLOWANCE, got);
    assert_float_equal(got[5], 700, 0);
    assert_float_equal(got[6], 600, 0);
    assert_float_equal(got[7], -500, 0);
    free(got);
    free(source);
    free(like);
}

/* Neighbours stay apart, too: a cell is not one step. */
static void order_is_kept(void **state)
{
    (void)state;
    float *const source = malloc(MANY * sizeof *source), *const like = malloc(MANY * sizeof *like);
    for (int i = 0; i < MANY; ++i) {
        source[i] = bell();
        like[i] = bell();
    }
    qsort(source, MANY, sizeof *source, ascending);
    float *const got = malloc(MANY * sizeof *got);
    match(source, like, MANY, ALLOWANCE, got);
    int apart = 0, still_apart = 0;
    for (int i = 1; i < MANY; ++i) {
        assert_true(got[i] >= got[i - 1]);
        apart += source[i] > source[i - 1];
        still_apart += got[i] > got[i - 1];
    }
    assert_true(still_apart > apart / 10 * 9);
    free(got);
    free(source);
    free(like);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_definition_on_four_voxels),
        cmocka_unit_test(between_two_template_values),
        cmocka_unit_test(different_shapes),
        cmocka_unit_test(negative_and_far_from_zero),
        cmocka_unit_test(itself),
        cmocka_unit_test(ties),
        cmocka_unit_test(half_of_it_constant),
        cmocka_unit_test(two_values),
        cmocka_unit_test(one_value),
        cmocka_unit_test(zeros_of_both_signs),
        cmocka_unit_test(one_voxel),
        cmocka_unit_test(extreme_magnitudes),
        cmocka_unit_test(crowded),
        cmocka_unit_test(crowded_with_ties),
        cmocka_unit_test(crowded_extremes_are_exact),
        cmocka_unit_test(order_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
