/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every row kernel returns the scalar one's bits at every SIMD level, for any values its contract
 * allows, and results lie where the contract says. Input: a byte for the kernel, one for the
 * alignment, parameters, then the rows' values. */
#include "histogram.h"
#include "input.h"
#include "kernels.h"

#include <float.h>
#include <math.h>

enum { MOST_VALUES = 4096, BINS = 24, MOST_ROWS = 9, SAMPLES = 100 };

/* Rows of n floats each, every one a block of its own. */
struct rows {
    uint64_t n;
    unsigned count;
    size_t off; /* bytes from the block's beginning                                        */
    unsigned char *block[MOST_ROWS];
    const float *row[MOST_ROWS];
};

/* What a kernel is called with. */
struct call {
    struct rows rows;
    float a, b;
    uint64_t c;
    float *out; /* as long as a row                                                          */
};

static float finite_of(float v)
{
    return isfinite(v) ? v : 0.0F;
}

static float at_most_one(float v)
{
    return v > 1 ? 1 / v : v;
}

static float fraction(float v)
{
    return fabsf(v) <= 1 ? fabsf(v) : isfinite(v) ? 1 / fabsf(v) : 0;
}

static float not_negative(float v)
{
    return fabsf(finite_of(v));
}

static void make_rows(struct fuzz_input *input, unsigned count, size_t off, struct rows *rows)
{
    rows->n = input->size / sizeof(float) / count;
    rows->n = rows->n < MOST_VALUES ? rows->n : MOST_VALUES;
    rows->count = count;
    rows->off = off * sizeof(float);
    for (unsigned r = 0; r < count; ++r) {
        rows->block[r] = fuzz_room(rows->off + rows->n * sizeof(float));
        fuzz_take(input, rows->block[r] + rows->off, rows->n * sizeof(float));
        rows->row[r] = (const float *)(const void *)(rows->block[r] + rows->off);
    }
}

/* Brings the values of a row into the kernel's domain. */
static void bring(struct rows *rows, unsigned row, float (*into)(float))
{
    float *const values = (float *)(void *)(rows->block[row] + rows->off);
    for (uint64_t i = 0; i < rows->n; ++i)
        values[i] = into(values[i]);
}

static void free_rows(struct rows *rows)
{
    for (unsigned r = 0; r < rows->count; ++r)
        free(rows->block[r]);
}

/* Calls the kernel at every level, and compares `bytes` of what `run` leaves in `result`. */
static void compare_levels(struct call *call, size_t bytes,
                           void (*run)(const struct ocs_kernels *, struct call *, void *))
{
    void *const right = fuzz_room(bytes), *const result = fuzz_room(bytes);
    memset(right, 0, bytes);
    run(ocs_kernels_for(OCS_SIMD_SCALAR), call, right);
    for (int level = 1; level < OCS_SIMD_LEVELS; ++level) {
        if (!ocs_simd_available((enum ocs_simd)level))
            continue;
        memset(result, 0, bytes);
        run(ocs_kernels_for((enum ocs_simd)level), call, result);
        FUZZ_CHECK(memcmp(result, right, bytes) == 0);
    }
    /* The last result is as good as any: keep it for checks of its own. */
    memcpy(call->out, right,
           bytes < call->rows.n * sizeof(float) ? bytes : call->rows.n * sizeof(float));
    free(result);
    free(right);
}

static size_t row_bytes(const struct call *call)
{
    return call->rows.n * sizeof(float);
}

static void check_between(const struct call *call, float low, float high)
{
    for (uint64_t i = 0; i < call->rows.n; ++i)
        FUZZ_CHECK(call->out[i] >= low && call->out[i] <= high);
}

/* ---- statistics ---- */

static void run_stats(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    struct ocs_row_stats *const stats = result;
    kernels->stats(call->rows.row[0], call->rows.n, stats);
    FUZZ_CHECK(stats->nonfinite <= call->rows.n);
    FUZZ_CHECK(stats->nonfinite == call->rows.n ? stats->min == INFINITY && stats->max == -INFINITY
                                                : stats->min <= stats->max);
    FUZZ_CHECK(isfinite(stats->sum) && isfinite(stats->sum_squares) && stats->sum_squares >= 0);
}

static void run_range(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    float *const extremes = result;
    extremes[0] = finite_of(call->a);
    extremes[1] = finite_of(call->b);
    kernels->range(call->rows.row[0], call->rows.n, extremes, extremes + 1);
    FUZZ_CHECK(extremes[0] <= finite_of(call->a) && extremes[1] >= finite_of(call->b));
}

static void run_zero(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    float *const row = result;
    memcpy(row, call->rows.row[0], row_bytes(call));
    kernels->zero_nonfinite(row, call->rows.n);
    for (uint64_t i = 0; i < call->rows.n; ++i)
        FUZZ_CHECK(isfinite(row[i]) && (row[i] == call->rows.row[0][i] ||
                                        (row[i] == 0 && !isfinite(call->rows.row[0][i]))));
}

static void run_count(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < call->rows.n; ++i)
        count += call->rows.row[0][i] > call->a;
    *(uint64_t *)result = kernels->count_above(call->rows.row[0], call->rows.n, call->a);
    FUZZ_CHECK(*(uint64_t *)result == count);
}

static int compare_floats(const void *a, const void *b)
{
    const float left = *(const float *)a, right = *(const float *)b;
    return (left > right) - (left < right);
}

/* Edges are the parameters' first values, sorted. */
static void run_histogram(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    float edge[BINS + 1];
    for (uint64_t i = 0; i <= BINS; ++i)
        edge[i] = i < call->rows.n ? finite_of(call->rows.row[1][i]) : 0;
    qsort(edge, BINS + 1, sizeof *edge, compare_floats);
    const struct ocs_binning binning = ocs_binning_make(edge, BINS, not_negative(call->a));
    kernels->histogram(&binning, call->rows.row[0], call->rows.n, result);
    uint64_t sum = 0;
    for (int i = 0; i < OCS_COUNT_TABLES * BINS; ++i)
        sum += ((const uint64_t *)result)[i];
    FUZZ_CHECK(sum == call->rows.n);
}

/* ---- maxima ---- */

static void run_max2(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    kernels->max2(call->rows.row[0], call->rows.row[1], result, call->rows.n);
}

static void run_max_rows(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    kernels->max_rows(call->rows.row, call->rows.count, false, result, call->rows.n);
    kernels->max_rows(call->rows.row, call->rows.count, true, result, call->rows.n);
}

/* ---- scale and confidence ---- */

static void run_scale(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    const float full = not_negative(call->a) > 0 ? not_negative(call->a) : 1;
    const float limit = fraction(call->b) < 1 ? fraction(call->b) : 0;
    kernels->scale(call->rows.row[0], result, call->rows.n, full, limit);
}

static void run_lookup(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    float table[BINS];
    for (uint64_t i = 0; i < BINS; ++i)
        table[i] = i < call->rows.n ? call->rows.row[1][i] : 0;
    const float range = not_negative(call->a) > 0 ? not_negative(call->a) : 1;
    const struct ocs_lookup lookup = {table, BINS, range, finite_of(call->b), (int)(call->c & 1)};
    kernels->lookup(&lookup, call->rows.row[0], result, call->rows.n);
}

/* ---- modification ---- */

static void run_power(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    const float exponent = finite_of(call->a) != 0 ? finite_of(call->a) : 1;
    kernels->power(call->rows.row[0], result, call->rows.n, fraction(call->b), exponent);
}

static void run_sigmoid(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    const double ratio = not_negative(call->b) > 0 ? (double)not_negative(call->b) : 1;
    kernels->sigmoid(call->rows.row[0], result, call->rows.n, ratio, 1 + not_negative(call->a));
}

static void run_sampled(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    float sample[SAMPLES];
    for (uint64_t i = 0; i < SAMPLES; ++i)
        sample[i] = i < call->rows.n ? fraction(call->rows.row[1][i]) : 0;
    kernels->sampled(call->rows.row[0], result, call->rows.n, sample, SAMPLES);
}

static void run_blend(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    kernels->blend(call->rows.row[0], call->rows.row[1], call->rows.row[2], (int)(call->c & 1),
                   result, call->rows.n);
}

static void run_normal(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    uint64_t seed;
    memcpy(&seed, &call->a, sizeof call->a);
    seed = seed << 32 ^ call->rows.n;
    kernels->normal(seed, call->c, result, call->rows.n);
}

static void run_add_noise(const struct ocs_kernels *kernels, struct call *call, void *result)
{
    memcpy(result, call->rows.row[2], row_bytes(call));
    kernels->add_noise(call->rows.row[0], call->rows.row[1], call->a, call->b, result,
                       call->rows.n);
}

/* ---- one at a time ---- */

enum values { ANY, FINITE, UP_TO_ONE, FRACTION, NOT_NEGATIVE };

static const struct {
    void (*run)(const struct ocs_kernels *, struct call *, void *);
    unsigned rows;
    size_t result_bytes; /* 0: a row                                                       */
    enum values values[3];
    float low, high; /* of the results, unless both 0                                     */
} kernels_known[] = {
    {run_stats, 1, sizeof(struct ocs_row_stats), {ANY}, 0, 0},
    {run_range, 1, 2 * sizeof(float), {ANY}, 0, 0},
    {run_zero, 1, 0, {ANY}, 0, 0},
    {run_count, 1, sizeof(uint64_t), {ANY}, 0, 0},
    {run_histogram, 2, OCS_COUNT_TABLES *BINS * sizeof(uint64_t), {ANY, ANY}, 0, 0},
    {run_max2, 2, 0, {ANY, ANY}, 0, 0},
    {run_max_rows, 0, 0, {ANY, ANY, ANY}, 0, 0},
    {run_scale, 1, 0, {ANY}, 0, 1},
    {run_lookup, 2, 0, {ANY, ANY}, 0, 1},
    {run_power, 1, 0, {UP_TO_ONE}, 0, FLT_MAX},
    {run_sigmoid, 1, 0, {UP_TO_ONE}, 0, 0},
    {run_sampled, 2, 0, {UP_TO_ONE, FRACTION}, 0, 0},
    {run_blend, 3, 0, {FINITE, NOT_NEGATIVE, FRACTION}, -INFINITY, INFINITY},
    {run_normal, 1, 0, {ANY}, -7, 7},
    {run_add_noise, 3, 0, {NOT_NEGATIVE, FINITE, FINITE}, 0, 0},
};
enum { KERNELS = sizeof kernels_known / sizeof kernels_known[0] };

static void bring_into_domain(struct rows *rows, const enum values values[3])
{
    static float (*const into[])(float) = {NULL, finite_of, at_most_one, fraction, not_negative};
    for (unsigned r = 0; r < rows->count && r < 3; ++r)
        if (values[r] != ANY)
            bring(rows, r, into[values[r]]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    const unsigned which = fuzz_take_u8(&input) % KERNELS;
    const uint8_t shape = fuzz_take_u8(&input);
    struct call call = {.a = fuzz_take_float(&input), .b = fuzz_take_float(&input)};
    call.c = fuzz_take_u64(&input);
    const unsigned rows =
        kernels_known[which].rows ? kernels_known[which].rows : 1U + shape / 16U % MOST_ROWS;
    make_rows(&input, rows, shape % 16, &call.rows);
    bring_into_domain(&call.rows, kernels_known[which].values);
    call.out = fuzz_room(row_bytes(&call));
    const size_t bytes = kernels_known[which].result_bytes;
    compare_levels(&call, bytes ? bytes : row_bytes(&call), kernels_known[which].run);
    if (kernels_known[which].low < kernels_known[which].high)
        check_between(&call, kernels_known[which].low, kernels_known[which].high);
    free(call.out);
    free_rows(&call.rows);
    return 0;
}
