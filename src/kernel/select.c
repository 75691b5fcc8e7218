/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles.h"

#include <assert.h>
#include <string.h>

/* Selection by digits of a key that sorts as the values do, highest digit first: three counting
 * passes whatever the values are. Values that share the digits found so far are kept together at
 * the front. */
enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, KEY_BITS = 32 };

static uint32_t key_of(float value)
{
    const float no_negative_zero = value + 0.0F;
    uint32_t bits;
    memcpy(&bits, &no_negative_zero, sizeof bits);
    return bits & 0x80000000U ? ~bits : bits | 0x80000000U;
}

static float value_of(uint32_t key)
{
    const uint32_t bits = key & 0x80000000U ? key & 0x7FFFFFFFU : ~key;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The digit that holds element *rank; *rank becomes its rank among the values with that digit. */
static uint32_t find_digit(const float *values, uint64_t n, int shift, uint64_t *rank)
{
    uint64_t counts[DIGITS] = {0};
    for (uint64_t i = 0; i < n; ++i)
        ++counts[(key_of(values[i]) >> shift) & (DIGITS - 1)];
    uint32_t digit = 0;
    for (; *rank >= counts[digit]; ++digit)
        *rank -= counts[digit];
    return digit;
}

static uint64_t bring_forward(float *values, uint64_t n, int shift, uint32_t digit)
{
    uint64_t kept = 0;
    for (uint64_t i = 0; i < n; ++i) {
        const float value = values[i];
        if (((key_of(value) >> shift) & (DIGITS - 1)) == digit) {
            values[i] = values[kept];
            values[kept++] = value;
        }
    }
    return kept;
}

float ocs_select(float *values, uint64_t n, uint64_t rank)
{
    assert(rank < n);
    for (int shift = KEY_BITS - DIGIT_BITS; n > 1;
         shift = shift > DIGIT_BITS ? shift - DIGIT_BITS : 0) {
        const uint32_t digit = find_digit(values, n, shift, &rank);
        n = bring_forward(values, n, shift, digit);
        if (shift == 0)
            break;
    }
    return value_of(key_of(values[0]));
}
