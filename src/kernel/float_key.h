/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FLOAT_KEY_H
#define OCS_FLOAT_KEY_H

/* Integers that sort as floats do, for selection by digits. Both zeros have one key; no NaN. */

#include <stdint.h>
#include <string.h>

enum { OCS_FLOAT_KEY_BITS = 32 };

static inline uint32_t ocs_float_key(float value)
{
    const float no_negative_zero = value + 0.0F;
    uint32_t bits;
    memcpy(&bits, &no_negative_zero, sizeof bits);
    return bits & 0x80000000U ? ~bits : bits | 0x80000000U;
}

static inline float ocs_float_of_key(uint32_t key)
{
    const uint32_t bits = key & 0x80000000U ? key & 0x7FFFFFFFU : ~key;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
