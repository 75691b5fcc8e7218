/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles.h"

#include "float_key.h"

#include <assert.h>

/* Selection by digits of a key that sorts as the values do, highest digit first: three counting
 * passes whatever the values are. Values that share the digits found so far are kept together at
 * the front. */
enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* The digit that holds element *rank; *rank becomes its rank among the values with that digit. */
static uint32_t find_digit(const float *values, uint64_t n, int shift, uint64_t *rank)
{
    uint64_t counts[DIGITS] = {0};
    for (uint64_t i = 0; i < n; ++i)
        ++counts[(ocs_float_key(values[i]) >> shift) & (DIGITS - 1)];
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
        if (((ocs_float_key(value) >> shift) & (DIGITS - 1)) == digit) {
            values[i] = values[kept];
            values[kept++] = value;
        }
    }
    return kept;
}

float ocs_select(float *values, uint64_t n, uint64_t rank)
{
    assert(rank < n);
    for (int shift = OCS_FLOAT_KEY_BITS - DIGIT_BITS; n > 1;
         shift = shift > DIGIT_BITS ? shift - DIGIT_BITS : 0) {
        const uint32_t digit = find_digit(values, n, shift, &rank);
        n = bring_forward(values, n, shift, digit);
        if (shift == 0)
            break;
    }
    return ocs_float_of_key(ocs_float_key(values[0]));
}
