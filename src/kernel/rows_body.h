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

enum { COUNT_BLOCK = 1 << 30 }; /* values that 32-bit counts are good for */

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

#include "rows_histogram.h"
#include "rows_stats.h"

static void max2(const float *a, const float *b, float *to, uint64_t n)
{
    ROWS_INDEPENDENT
    for (uint64_t i = 0; i < n; ++i)
        to[i] = larger(b[i], a[i]);
}

/* Four rows at a time: a loop over a list of pointers does not become vectors, and more than that
 * many rows at once get in each other's way in the cache. */
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
static void max_rows(const float *const *rows, unsigned count, bool more, float *to, uint64_t n)
{
    for (unsigned first = 0; first < count; first += 4) {
        const float *four[4];
        for (unsigned r = 0; r < 4; ++r)
            four[r] = rows[first + r < count ? first + r : count - 1];
        (first == 0 && !more ? max4 : max4_more)(four, to, n);
    }
}

static void scale(const float *from, float *to, uint64_t n, float full, float limit)
{
    if (limit != 0) {
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
