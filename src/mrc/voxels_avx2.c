/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "voxels_avx2.h"

#if defined(__x86_64__)

#include "voxel_rows.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,f16c")))

enum { LANES = 8 };

TARGET static void half_row(const unsigned char *from, float *to, uint64_t n, bool swapped)
{
    const __m128i exchange = _mm_setr_epi8(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    uint64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __m128i halves = _mm_loadu_si128((const __m128i_u *)(const void *)(from + 2 * i));
        if (swapped)
            halves = _mm_shuffle_epi8(halves, exchange);
        _mm256_storeu_ps(to + i, _mm256_cvtph_ps(halves));
    }
    ocs_row_float16(from + 2 * i, to + i, n - i, swapped);
}

TARGET void ocs_voxels_decode_row_avx2(const struct ocs_voxel_format *format,
                                       const unsigned char *from, float *to, uint64_t nx)
{
    ocs_decode_row(format, from, to, nx, half_row);
}

TARGET void ocs_voxels_encode_half_avx2(const float *from, unsigned char *to, uint64_t n)
{
    uint64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        const __m128i halves =
            _mm256_cvtps_ph(_mm256_loadu_ps(from + i), _MM_FROUND_TO_NEAREST_INT);
        _mm_storeu_si128((__m128i_u *)(void *)(to + 2 * i), halves);
    }
    ocs_encode_float16(from + i, to + 2 * i, n - i);
}

#else

typedef int ocs_nothing_here; /* an empty file is not C */

#endif
