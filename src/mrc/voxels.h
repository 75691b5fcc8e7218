/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_VOXELS_H
#define OCS_VOXELS_H

/* Voxels of a file <-> float32. Reading is exact for every mode; writing is for values that the
 * mode holds, and rounds others to nearest even. */

#include "cpu.h"
#include "header.h"

/* How one file stores voxels. */
struct ocs_voxel_format {
    int32_t mode;
    bool swapped;
    bool unsigned_bytes;
};

/* Bytes of a row of `nx` voxels; mode 101 packs two a byte, rows start on a byte. 0 for unreadable
 * modes. */
uint64_t ocs_voxels_row_bytes(int32_t mode, uint64_t nx);

/* Decodes one row of `nx` voxels. `from` needs no alignment; `to` is 64-byte aligned or not, both
 * work. `from` and `to` do not overlap. The mode must be a readable one. */
void ocs_voxels_decode_row(const struct ocs_voxel_format *format, enum ocs_simd simd,
                           const unsigned char *from, float *to, uint64_t nx);

/* Encodes `n` floats little-endian: `format` has mode 0, 1, 2, 6 or 12 and is not swapped. Values
 * beyond float16's range become infinite; those beyond an integer's become its nearest, NaN 0. */
void ocs_voxels_encode(const struct ocs_voxel_format *format, enum ocs_simd simd, const float *from,
                       unsigned char *to, uint64_t n);

#endif
