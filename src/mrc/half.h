/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HALF_H
#define OCS_HALF_H

/* binary16 <-> binary32 in plain C, without branches, equal bit for bit to what F16C instructions
 * give: rounding to nearest even, subnormals kept, NaN payloads kept from the top and made quiet.
 */

#include <stdint.h>
#include <string.h>

static inline float ocs_float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t ocs_bits_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* All ones when true: choices by mask instead of branches are what compilers can make vectors of.
 */
static inline uint32_t ocs_mask_if(int condition)
{
    return 0U - (uint32_t)condition;
}

static inline uint32_t ocs_choose(uint32_t mask, uint32_t if_set, uint32_t if_clear)
{
    return (if_set & mask) | (if_clear & ~mask);
}

static inline uint32_t ocs_half_to_float_bits(uint32_t half)
{
    const uint32_t magnitude = half & 0x7fff;
    /* Moved up as it is, a half's exponent counts from -127 instead of -15; the product puts that
     * right for subnormals too, and is exact. */
    const float scaled = ocs_float_of_bits(magnitude << 13) * 0x1p112F;
    const uint32_t quiet = ocs_mask_if(magnitude > 0x7c00) & 0x400000;
    const uint32_t special = magnitude << 13 | 0x7f800000 | quiet;
    const uint32_t bits =
        ocs_choose(ocs_mask_if(magnitude >= 0x7c00), special, ocs_bits_of_float(scaled));
    return bits | (half & 0x8000) << 16;
}

static inline uint32_t ocs_float_bits_to_half(uint32_t bits)
{
    enum { INFINITE = 0x7c00, QUIET = 0x200 };
    const uint32_t magnitude = bits & 0x7fffffff;
    /* Half the distance to the next half, one less on even ones, then cut: nearest even. A carry
     * into the exponent is right, even into infinity. */
    const uint32_t normal = (magnitude - (112U << 23) + 0xfff + (magnitude >> 13 & 1)) >> 13;
    /* The steps of floats from 0.5 on are those of subnormal halves: the addition rounds. */
    const uint32_t subnormal =
        ocs_bits_of_float(ocs_float_of_bits(magnitude) + 0.5F) - ocs_bits_of_float(0.5F);
    const uint32_t not_number = INFINITE | QUIET | (magnitude >> 13 & 0x3ff);
    uint32_t half = ocs_choose(ocs_mask_if(magnitude < 113U << 23), subnormal, normal);
    half = ocs_choose(ocs_mask_if(magnitude >= 143U << 23), INFINITE, half);
    half = ocs_choose(ocs_mask_if(magnitude > 255U << 23), not_number, half);
    return half | (bits >> 16 & 0x8000);
}

#endif
