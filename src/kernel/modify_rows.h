/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The row kernels of the modification, part of rows_body.h. Powers go through double: a large
 * exponent multiplies whatever error the logarithm has, which float cannot carry. Coefficients:
 * tests/kernel/fit_polynomials.py. */

#include <string.h>

static inline uint64_t bits_of_double(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline double double_of(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline double larger_double(double a, double b)
{
    return a > b ? a : b;
}

static inline double smaller_double(double a, double b)
{
    return a < b ? a : b;
}

/* log2(a/b) for a >= 0 and b > 0, neither subnormal: exact where they are equal, otherwise within
 * 2e-11 of it; below -873 for a = 0 and b < 2. The difference of their bits is 2^52 times the
 * logarithm, but for 0.0861 at most, so a * 2^-e / b is within 2^0.5861 of 1 for the nearest
 * integer e, and its logarithm is 2 atanh((a * 2^-e - b)/(a * 2^-e + b)). */
static inline double log2_of_quotient(double a, double b)
{
    const uint64_t bias = 2048, half = 1ULL << 51, whole = ~0ULL << 52;
    const uint64_t quotient = bits_of_double(a) - bits_of_double(b) + (bias << 52) + half;
    /* The exponent as the low bits of 2^52: there is no vector conversion of 64-bit integers. */
    const double e = double_of((quotient >> 52) | 0x4330000000000000U) - (0x1p52 + 2048);
    const double scaled = double_of(bits_of_double(a) - (quotient & whole) + (bias << 52));
    const double s = (scaled - b) / (scaled + b), z = s * s;
    const double low = (0.96179662140649236 + z * 0.57709241369886344) +
                       z * z * (0.41120249845685736 + z * 0.34845399244256708);
    return e + s * (2.8853900818362037 + z * low);
}

/* |y| < 1000; exact at 0, otherwise within 1e-8 of it. */
static inline double exp2_of(double y)
{
    const double to_integer = 0x1.8p52, shifted = y + to_integer;
    const double f = y - (shifted - to_integer);
    const double f2 = f * f;
    const double high = (0.055503571142162457 + f * 0.0096180825572516806) +
                        f2 * (0.001339086336592743 + f * 0.00015453162954770505);
    const double low = 0.69314718802622932 + f * 0.24022650760568268;
    const double mantissa = 1 + f * (low + f2 * high);
    return double_of(bits_of_double(mantissa) + (bits_of_double(shifted) << 52));
}

enum { POWER_BLOCK = 256 }; /* exponents at a time, in the first-level cache */

/* The logarithm is bounded so that the power of two stays in range, and a root's below the largest
 * float. The bound is a variable because compilers unroll a constant one into more comparisons.
 * Logarithm and power are loops of their own: together they are so long a chain that a processor
 * does not see the next one's beginning. */
static void power_block(const float *s, float *to, uint64_t n, float limit, double factor)
{
    const double lowest = (factor < 0 ? 127.5 : -999) / factor;
    double y[POWER_BLOCK];
    ROWS_INDEPENDENT
    for (uint64_t i = 0; i < n; ++i)
        to[i] = s[i] > limit ? s[i] : 1.0F;
    for (uint64_t i = 0; i < n; ++i)
        y[i] = factor * larger_double(log2_of_quotient((double)to[i], 1), lowest);
    for (uint64_t i = 0; i < n; ++i)
        to[i] = (float)exp2_of(y[i]);
}

static void power(const float *s, float *to, uint64_t n, float limit, float exponent)
{
    for (uint64_t i = 0; i < n; i += POWER_BLOCK)
        power_block(s + i, to + i, n - i < POWER_BLOCK ? n - i : POWER_BLOCK, limit,
                    (double)exponent);
}

/* The smallest of all floats for what is not larger than 0: as integers, whose order is the same,
 * since compilers take a maximum of floats that become doubles apart into slow selections. */
static inline float at_least_smallest(float v)
{
    int32_t bits;
    memcpy(&bits, &v, sizeof bits);
    bits = bits > 1 ? bits : 1;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static void sigmoid_block(const float *s, float *to, uint64_t n, double ratio, double factor)
{
    const double most = 999 / factor;
    double y[POWER_BLOCK];
    for (uint64_t i = 0; i < n; ++i) {
        const double x = (double)at_least_smallest(s[i]);
        const double log_odds = log2_of_quotient(ratio * (1 - x), x);
        y[i] = factor * smaller_double(larger_double(log_odds, -most), most);
    }
    ROWS_INDEPENDENT
    for (uint64_t i = 0; i < n; ++i) {
        const double x = (double)at_least_smallest(s[i]);
        to[i] = s[i] > 0 ? (float)(1 / (x * (1 + exp2_of(y[i])))) : 0.0F;
    }
}

static void sigmoid(const float *s, float *to, uint64_t n, double ratio, float exponent)
{
    for (uint64_t i = 0; i < n; i += POWER_BLOCK)
        sigmoid_block(s + i, to + i, n - i < POWER_BLOCK ? n - i : POWER_BLOCK, ratio,
                      (double)exponent);
}

static void sampled(const float *s, float *to, uint64_t n, const float *sample, int32_t samples)
{
    const float count = (float)samples, last = count - 1;
    ROWS_INDEPENDENT
    for (uint64_t i = 0; i < n; ++i) {
        const float value = sample[(int32_t)clip(s[i] * count - 1, 0, last)];
        to[i] = s[i] > 0 ? value / s[i] : 0.0F;
    }
}

/* The product is kept finite, so that no confidence makes a NaN of it. */
static void blend(const float *restrict v, const float *restrict mod,
                  const float *restrict confidence, int exclude_solvent, float *restrict out,
                  uint64_t n)
{
    if (exclude_solvent) {
        for (uint64_t i = 0; i < n; ++i)
            out[i] = clip(v[i] * mod[i], -FLT_MAX, FLT_MAX) * confidence[i];
    } else {
        for (uint64_t i = 0; i < n; ++i)
            out[i] =
                clip(v[i] * mod[i], -FLT_MAX, FLT_MAX) * confidence[i] + v[i] * (1 - confidence[i]);
    }
}

static void add_noise(const float *restrict mod, const float *restrict noise, float mean,
                      float sigma, float *restrict out, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i)
        out[i] += clip(1 - mod[i], 0, 1) * (mean + sigma * noise[i]);
}
