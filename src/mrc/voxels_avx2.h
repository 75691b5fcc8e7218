/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_VOXELS_AVX2_H
#define OCS_VOXELS_AVX2_H

/* The same rows for processors with AVX2 and F16C; only there on x86-64. */

#include "voxels.h"

#if defined(__x86_64__)
void ocs_voxels_decode_row_avx2(const struct ocs_voxel_format *format, const unsigned char *from,
                                float *to, uint64_t nx);
void ocs_voxels_encode_half_avx2(const float *from, unsigned char *to, uint64_t n);
#endif

#endif
