/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "half_sums.h"

#include "checked.h"
#include "half_block.h"

#include <math.h>

/* sign (1) exponent (5) fraction (10); false for infinities and NaN. */
static bool in_units(unsigned bits, int64_t *units_ret)
{
    const unsigned exponent = bits >> 10 & 31;
    const int64_t fraction = bits & 1023;
    if (exponent == 31)
        return false;
    const int64_t size = exponent == 0 ? fraction : (1024 + fraction) << (exponent - 1);
    *units_ret = bits & 0x8000 ? -size : size;
    return true;
}

static void widen(struct ocs_half_sums *sums, int64_t min, int64_t max)
{
    if (sums->count == 0 || min < sums->min)
        sums->min = min;
    if (sums->count == 0 || max > sums->max)
        sums->max = max;
}

static void add_each(struct ocs_half_sums *sums, const unsigned char *halves, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i) {
        int64_t value;
        if (!in_units(halves[2 * i] | (unsigned)halves[2 * i + 1] << 8, &value)) {
            ++sums->infinite;
            continue;
        }
        widen(sums, value, value);
        sums->sum += value;
        sums->squares += (ocs_uint128)((ocs_int128)value * value);
        ++sums->count;
    }
}

void ocs_half_sums_add(struct ocs_half_sums *sums, enum ocs_simd simd, const unsigned char *halves,
                       uint64_t n)
{
    while (n > 0) {
        const uint64_t count = ocs_min_u64(n, OCS_HALF_BLOCK);
        if (simd == OCS_SIMD_SCALAR || !ocs_half_block_add(sums, halves, count))
            add_each(sums, halves, count);
        halves += 2 * count;
        n -= count;
    }
}

void ocs_half_sums_merge(struct ocs_half_sums *into, const struct ocs_half_sums *from)
{
    if (from->count > 0)
        widen(into, from->min, from->max);
    into->sum += from->sum;
    into->squares += from->squares;
    into->count += from->count;
    into->infinite += from->infinite;
}

/* Of values all alike, rounding must not make a tiny spread. */
static double rms_in_units(const struct ocs_half_sums *sums, long double mean)
{
    if (sums->min == sums->max)
        return 0.0;
    const long double square = (long double)sums->squares / (long double)sums->count;
    return (double)sqrtl(fmaxl(square - mean * mean, 0.0L));
}

struct ocs_statistics ocs_half_sums_statistics(const struct ocs_half_sums *sums)
{
    struct ocs_statistics statistics = {.min = 0.0};
    if (sums->count == 0)
        return statistics;
    const double unit = 0x1p-24;
    const long double mean = (long double)sums->sum / (long double)sums->count;
    statistics.min = (double)sums->min * unit;
    statistics.max = (double)sums->max * unit;
    statistics.mean = (double)mean * unit;
    statistics.rms = rms_in_units(sums, mean) * unit;
    return statistics;
}
