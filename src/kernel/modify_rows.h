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

/* x > 0, not subnormal; exact at 1, otherwise within 1e-11 of it. About -1023 at 0, 1024 at
 * infinity. x = m * 2^e with m in [sqrt(1/2), sqrt(2)), log m = 2 atanh((m - 1)/(m + 1)). */
static inline double log2_of(double x)
{
    const uint64_t root_half = 0x3FE6A09E667F3BCDU, mantissa = 0x000FFFFFFFFFFFFFU;
    const uint64_t offset = bits_of_double(x) - root_half + ((uint64_t)1024 << 52);
    /* The exponent as the low bits of 2^52: there is no vector conversion of 64-bit integers. */
    const double e = double_of((offset >> 52) | 0x4330000000000000U) - (0x1p52 + 1024);
    const double m = double_of((offset & mantissa) + root_half);
    const double s = (m - 1) / (m + 1), z = s * s;
    const double low =
        0.96179667344841502 +
        z * (0.57708356653060655 + z * (0.41167373799497303 + z * 0.34071251681119791));
    return e + s * (2.88539008178999 + z * low);
}

/* |y| < 1000; exact at 0, otherwise within 1e-8 of it. */
static inline double exp2_of(double y)
{
    const double to_integer = 0x1.8p52, shifted = y + to_integer;
    const double f = y - (shifted - to_integer);
    const double high =
        0.0096180825572516806 + f * (0.001339086336592743 + f * 0.00015453162954770505);
    const double low = 0.24022650760568268 + f * (0.055503571142162457 + f * high);
    const double mantissa = 1 + f * (0.69314718802622932 + f * low);
    return double_of(bits_of_double(mantissa) + (bits_of_double(shifted) << 52));
}

/* The logarithm is bounded so that the power of two stays in range, and a root's below the largest
 * float. The bound is a variable because compilers unroll a constant one into more comparisons. */
static void power(const float *s, float *to, uint64_t n, float limit, float exponent)
{
    ROWS_INDEPENDENT
    for (uint64_t i = 0; i < n; ++i)
        to[i] = s[i] > limit ? s[i] : 1.0F;

    const double factor = (double)exponent, lowest = (factor < 0 ? 127.5 : -999) / factor;
    for (uint64_t i = 0; i < n; ++i)
        to[i] = (float)exp2_of(factor * larger_double(log2_of((double)to[i]), lowest));
}

static void sigmoid(const float *s, float *to, uint64_t n, double ratio, float exponent)
{
    const float smallest = 0x1p-149F;
    const double factor = (double)exponent, most = 999 / factor;
    ROWS_INDEPENDENT
    for (uint64_t i = 0; i < n; ++i) {
        const double x = (double)larger(s[i], smallest);
        const double log_odds = log2_of(ratio * (1 - x) / x);
        const double q = exp2_of(factor * smaller_double(larger_double(log_odds, -most), most));
        to[i] = s[i] > 0 ? (float)(1 / (x * (1 + q))) : 0.0F;
    }
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
