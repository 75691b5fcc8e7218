/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_KERNELS_H
#define OCS_KERNELS_H

/* The row kernels: the inner loops, on contiguous rows, one immutable table per SIMD level. The
 * scalar table is the specification; every other one returns the same bits. Rows need no alignment.
 * Pure functions. */

#include "cpu.h"

#include <stdbool.h>
#include <stdint.h>

/* What a row contributes to the statistics. Values that are NaN or infinite are counted and left
 * out. */
struct ocs_row_stats {
    float min, max;          /* +inf, -inf when there is no finite value */
    double sum, sum_squares; /* over 16 interleaved lanes, then pairwise: fixed order */
    uint64_t nonfinite;
};

/* How a voxel of L finds its place in a table of bins (confidence lookup, step 8), in float32:
 *     default rule      floor(bins * u),       u = (L - min) / range
 *     reference rule    int(bins * u - 1),     u = L / range - min
 * and to the nearest bin there is when the result is none. */
struct ocs_lookup {
    const float *table; /* `bins` entries */
    int32_t bins;
    float range;   /* max - min as float32 */
    float min;     /* reference rule: min / range as float32; default rule: min */
    int reference; /* which rule finds the bin */
};

enum { OCS_COUNT_TABLES = 4 };

/* Bins that meet at edge[0 .. bins], made by ocs_binning_make. */
struct ocs_binning {
    const float *edge; /* `bins` + 1 entries */
    int32_t bins;
    float factor; /* bins / (edge[bins] - edge[0]) */
    float doubt;  /* how far from a whole number (v - edge[0]) * factor names v's bin for sure;
                     0.5 or more, or NaN: nowhere */
};

struct ocs_kernels {
    enum ocs_simd level;

    void (*stats)(const float *row, uint64_t n, struct ocs_row_stats *stats_ret);

    /* min and max only, of finite values; starts from *min, *max. */
    void (*range)(const float *row, uint64_t n, float *min, float *max);

    /* NaN and infinities become 0. */
    void (*zero_nonfinite)(float *row, uint64_t n);

    /* How many are > threshold. */
    uint64_t (*count_above)(const float *row, uint64_t n, float threshold);

    /* to[i] = max(a[i], b[i]); `to` may be `a`. */
    void (*max2)(const float *a, const float *b, float *to, uint64_t n);

    /* to[i] = max over r < count of rows[r][i], count >= 1, and with `more` of to[i] itself; `to`
     * overlaps none of the rows. */
    void (*max_rows)(const float *const *rows, unsigned count, bool more, float *to, uint64_t n);

    /* s = clip(from[i] / full, 0, 1); to[i] = s, or clip((s - limit) / (1 - limit), 0, 1) when
     * limit is not 0. `to` may be `from`, here and in lookup. */
    void (*scale)(const float *from, float *to, uint64_t n, float full, float limit);

    /* to[i] = table[bin of l[i]], clipped to [0,1]. */
    void (*lookup)(const struct ocs_lookup *lookup, const float *l, float *to, uint64_t n);

    /* Adds each value's bin to counts as NumPy does: (int)((v - edge[0]) * factor) clamped to [0,
     * bins - 1], then one down if v < edge[b], then one up if v >= edge[b + 1] and b is not the
     * last. That is the bin with edge[b] <= v < edge[b + 1], the last one closed, unless edges are
     * so close that they round to the same float. Values outside go to the first or the last
     * bin, NaN to the first. Neighbours are often equal, so counting goes round OCS_COUNT_TABLES
     * tables of `bins`, one after another in counts; the count of a bin is the sum of its places.
     */
    void (*histogram)(const struct ocs_binning *binning, const float *row, uint64_t n,
                      uint64_t *counts);

    /* to[i] = s[i]^exponent where s[i] > limit, 1 elsewhere; 0 <= limit, s <= 1. Within 1e-7 of it,
     * relative, where that is a normal float; never infinite: 2^127.5 is the most. `to` may be `s`.
     */
    void (*power)(const float *s, float *to, uint64_t n, float limit, float exponent);

    /* to[i] = f(s)/s, f(x) = 1/(1 + (ratio (1 - x)/x)^exponent), 0 where s[i] <= 0; ratio > 0,
     * exponent > 1, s <= 1. As exact as power. `to` may be `s`. */
    void (*sigmoid)(const float *s, float *to, uint64_t n, double ratio, float exponent);

    /* The same with f(s) = sample[(int)(samples * s - 1) clamped to the samples]. */
    void (*sampled)(const float *s, float *to, uint64_t n, const float *sample, int32_t samples);

    /* out[i] = v * mod * confidence, and + v * (1 - confidence) unless solvent is excluded. Finite
     * numbers never make a NaN. `out` overlaps no other row. */
    void (*blend)(const float *v, const float *mod, const float *confidence, int exclude_solvent,
                  float *out, uint64_t n);

    /* to[i] = the standard normal deviate number first + i of the stream `seed`. */
    void (*normal)(uint64_t seed, uint64_t first, float *to, uint64_t n);

    /* out[i] += clip(1 - mod[i], 0, 1) * (mean + sigma * noise[i]). */
    void (*add_noise)(const float *mod, const float *noise, float mean, float sigma, float *out,
                      uint64_t n);
};

/* The table for a level this machine has. */
const struct ocs_kernels *ocs_kernels_for(enum ocs_simd level);

#endif
