/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain C versions here are the specification of what voxels mean; other instruction sets give
 * the same bits. */
#include "voxels.h"

#include "modes.h"
#include "voxel_rows.h"
#include "voxels_avx2.h"

#include <assert.h>
#include <math.h>

uint64_t ocs_voxels_row_bytes(int32_t mode, uint64_t nx)
{
    const uint64_t bits = ocs_mrc_mode_bits(mode);
    return bits >= 8 ? nx * (bits / 8) : bits > 0 ? nx / 2 + nx % 2 : 0;
}

static void half_row(const unsigned char *from, float *to, uint64_t n, bool swapped)
{
    if (swapped)
        ocs_row_float16(from, to, n, true);
    else
        ocs_row_float16(from, to, n, false);
}

#if defined(__x86_64__)
static bool has_avx2(enum ocs_simd simd)
{
    return simd == OCS_SIMD_AVX2 || simd == OCS_SIMD_AVX512;
}
#endif

void ocs_voxels_decode_row(const struct ocs_voxel_format *format, enum ocs_simd simd,
                           const unsigned char *from, float *to, uint64_t nx)
{
    assert(ocs_mrc_mode_bits(format->mode) > 0);
#if defined(__x86_64__)
    if (has_avx2(simd)) {
        ocs_voxels_decode_row_avx2(format, from, to, nx);
        return;
    }
#else
    (void)simd;
#endif
    ocs_decode_row(format, from, to, nx, half_row);
}

static void encode_float32(const float *from, unsigned char *to, uint64_t n)
{
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
        memcpy(to, from, n * sizeof *from);
        return;
    }
    for (uint64_t i = 0; i < n; ++i) {
        const uint32_t word = __builtin_bswap32(ocs_bits_of_float(from[i]));
        memcpy(to + 4 * i, &word, sizeof word);
    }
}

/* NaN fails both comparisons. */
static int32_t nearest_integer(float value, float low, float high)
{
    if (value >= low && value <= high)
        return (int32_t)rintf(value);
    return (int32_t)(value < low ? low : value > high ? high : 0.0F);
}

static void encode_bytes(const float *from, unsigned char *to, uint64_t n, bool is_unsigned)
{
    const float low = is_unsigned ? 0 : INT8_MIN, high = is_unsigned ? UINT8_MAX : INT8_MAX;
    for (uint64_t i = 0; i < n; ++i)
        to[i] = (unsigned char)nearest_integer(from[i], low, high);
}

static void encode_words(const float *from, unsigned char *to, uint64_t n, bool is_unsigned)
{
    const float low = is_unsigned ? 0 : INT16_MIN, high = is_unsigned ? UINT16_MAX : INT16_MAX;
    for (uint64_t i = 0; i < n; ++i) {
        const uint32_t word = (uint32_t)nearest_integer(from[i], low, high);
        to[2 * i] = (unsigned char)word;
        to[2 * i + 1] = (unsigned char)(word >> 8);
    }
}

static void encode_float16(enum ocs_simd simd, const float *from, unsigned char *to, uint64_t n)
{
#if defined(__x86_64__)
    if (has_avx2(simd)) {
        ocs_voxels_encode_half_avx2(from, to, n);
        return;
    }
#else
    (void)simd;
#endif
    ocs_encode_float16(from, to, n);
}

void ocs_voxels_encode(const struct ocs_voxel_format *format, enum ocs_simd simd, const float *from,
                       unsigned char *to, uint64_t n)
{
    assert(!format->swapped);
    switch (format->mode) {
    case OCS_MODE_INT8:
        encode_bytes(from, to, n, format->unsigned_bytes);
        break;
    case OCS_MODE_INT16:
    case OCS_MODE_UINT16:
        encode_words(from, to, n, format->mode == OCS_MODE_UINT16);
        break;
    case OCS_MODE_FLOAT16:
        encode_float16(simd, from, to, n);
        break;
    default:
        assert(format->mode == OCS_MODE_FLOAT32);
        encode_float32(from, to, n);
    }
}
