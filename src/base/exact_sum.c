/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact_sum.h"

#include <assert.h>
#include <math.h>

enum { DIGIT_BITS = 32, LOWEST_BIT = -1074 };

/* Leaves every digit in [0, 2^32) but the last, which keeps the sign. */
static void carry(struct ocs_exact_sum *sum)
{
    int64_t over = 0;
    for (int i = 0; i < OCS_EXACT_SUM_WORDS - 1; ++i) {
        const int64_t digit = sum->word[i] + over;
        over = digit >> DIGIT_BITS;
        sum->word[i] = digit - over * (INT64_C(1) << DIGIT_BITS);
    }
    sum->word[OCS_EXACT_SUM_WORDS - 1] += over;
    sum->pending = 0;
}

void ocs_exact_sum_add(struct ocs_exact_sum *sum, double value)
{
    assert(isfinite(value));
    if (value == 0)
        return;
    int exponent;
    const double fraction = frexp(value, &exponent);
    /* value = mantissa * 2^(exponent - 53), exactly; subnormals only have zeros at the low end. */
    int64_t mantissa = (int64_t)ldexp(fraction, 53);
    int shift = exponent - 53 - LOWEST_BIT;
    if (shift < 0) {
        mantissa /= INT64_C(1) << -shift;
        shift = 0;
    }
    const int first = shift / DIGIT_BITS, within = shift % DIGIT_BITS;
    const int64_t sign = mantissa < 0 ? -1 : 1;
    const uint64_t size = (uint64_t)(mantissa * sign);
    /* 53 bits moved up by at most 31 touch three digits. */
    const uint64_t low = size << within;
    const uint64_t high = within ? size >> (64 - within) : 0;
    sum->word[first] += sign * (int64_t)(low & UINT32_MAX);
    sum->word[first + 1] += sign * (int64_t)(low >> DIGIT_BITS);
    sum->word[first + 2] += sign * (int64_t)high;
    if (++sum->pending >= UINT32_C(1) << 30)
        carry(sum);
}

void ocs_exact_sum_merge(struct ocs_exact_sum *into, const struct ocs_exact_sum *from)
{
    struct ocs_exact_sum copy = *from;
    carry(&copy);
    carry(into);
    for (int i = 0; i < OCS_EXACT_SUM_WORDS; ++i)
        into->word[i] += copy.word[i];
    carry(into);
}

double ocs_exact_sum_value(const struct ocs_exact_sum *sum)
{
    struct ocs_exact_sum copy = *sum;
    carry(&copy);
    const int sign = copy.word[OCS_EXACT_SUM_WORDS - 1] < 0 ? -1 : 1;
    if (sign < 0) {
        for (int i = 0; i < OCS_EXACT_SUM_WORDS; ++i)
            copy.word[i] = -copy.word[i];
        carry(&copy);
    }
    /* From the top: what lies below the first three digits is under half a unit in the last place.
     */
    double value = 0;
    for (int i = OCS_EXACT_SUM_WORDS - 1; i >= 0; --i)
        value += ldexp((double)copy.word[i], i * DIGIT_BITS + LOWEST_BIT);
    return sign * value;
}
