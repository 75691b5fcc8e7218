/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain C versions here are the specification of what voxels mean; other instruction sets give
 * the same bits. */
#include "voxels.h"

#include "modes.h"
#include "voxel_rows.h"
#include "voxels_avx2.h"

#include <assert.h>

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

void ocs_voxels_encode(int32_t mode, enum ocs_simd simd, const float *from, unsigned char *to,
                       uint64_t n)
{
    assert(mode == OCS_MODE_FLOAT32 || mode == OCS_MODE_FLOAT16);
    if (mode == OCS_MODE_FLOAT32) {
        encode_float32(from, to, n);
        return;
    }
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
