/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_VOXEL_ROWS_H
#define OCS_VOXEL_ROWS_H

/* The loops over a row, written once and compiled for each instruction set that includes them: they
 * are inlined into functions that carry the target. Loads go through memcpy, so nothing has to be
 * aligned. */

#include "half.h"
#include "voxels.h"

#include <string.h>

#define OCS_ROW static inline __attribute__((always_inline)) void

OCS_ROW ocs_row_int8(const unsigned char *from, float *to, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i)
        to[i] = (float)(int8_t)from[i];
}

OCS_ROW ocs_row_uint8(const unsigned char *from, float *to, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i)
        to[i] = (float)from[i];
}

static inline __attribute__((always_inline)) uint16_t ocs_load_u16(const unsigned char *from,
                                                                   uint64_t i, bool swapped)
{
    uint16_t word;
    memcpy(&word, from + 2 * i, sizeof word);
    if (swapped)
        word = (uint16_t)(word << 8 | word >> 8);
    return word;
}

OCS_ROW ocs_row_int16(const unsigned char *from, float *to, uint64_t n, bool swapped)
{
    for (uint64_t i = 0; i < n; ++i)
        to[i] = (float)(int16_t)ocs_load_u16(from, i, swapped);
}

OCS_ROW ocs_row_uint16(const unsigned char *from, float *to, uint64_t n, bool swapped)
{
    for (uint64_t i = 0; i < n; ++i)
        to[i] = (float)ocs_load_u16(from, i, swapped);
}

OCS_ROW ocs_row_float16(const unsigned char *from, float *to, uint64_t n, bool swapped)
{
    for (uint64_t i = 0; i < n; ++i)
        to[i] = ocs_float_of_bits(ocs_half_to_float_bits(ocs_load_u16(from, i, swapped)));
}

OCS_ROW ocs_row_float32_swapped(const unsigned char *from, float *to, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i) {
        uint32_t word;
        memcpy(&word, from + 4 * i, sizeof word);
        word = __builtin_bswap32(word);
        memcpy(to + i, &word, sizeof word);
    }
}

/* The first voxel of a byte is in its low half. */
OCS_ROW ocs_row_uint4(const unsigned char *from, float *to, uint64_t n)
{
    for (uint64_t i = 0; i < n / 2; ++i) {
        to[2 * i] = (float)(from[i] & 15);
        to[2 * i + 1] = (float)(from[i] >> 4);
    }
    if (n % 2 != 0)
        to[n - 1] = (float)(from[n / 2] & 15);
}

OCS_ROW ocs_encode_float16(const float *from, unsigned char *to, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i) {
        const uint32_t half = ocs_float_bits_to_half(ocs_bits_of_float(from[i]));
        to[2 * i] = (unsigned char)half;
        to[2 * i + 1] = (unsigned char)(half >> 8);
    }
}

/* Any row; `half_row` is the set's way to read float16. */
OCS_ROW ocs_decode_row(const struct ocs_voxel_format *format, const unsigned char *from, float *to,
                       uint64_t n,
                       void (*half_row)(const unsigned char *from, float *to, uint64_t n,
                                        bool swapped))
{
    switch (format->mode) {
    case OCS_MODE_INT8:
        if (format->unsigned_bytes)
            ocs_row_uint8(from, to, n);
        else
            ocs_row_int8(from, to, n);
        break;
    case OCS_MODE_INT16:
        if (format->swapped)
            ocs_row_int16(from, to, n, true);
        else
            ocs_row_int16(from, to, n, false);
        break;
    case OCS_MODE_UINT16:
        if (format->swapped)
            ocs_row_uint16(from, to, n, true);
        else
            ocs_row_uint16(from, to, n, false);
        break;
    case OCS_MODE_FLOAT32:
        if (format->swapped)
            ocs_row_float32_swapped(from, to, n);
        else
            memcpy(to, from, n * sizeof *to);
        break;
    case OCS_MODE_FLOAT16:
        half_row(from, to, n, format->swapped);
        break;
    case OCS_MODE_UINT4:
        ocs_row_uint4(from, to, n);
        break;
    default:
        break;
    }
}

#endif
