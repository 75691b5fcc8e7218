/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every SIMD level decodes any row to the same bits as plain C, reads nothing but the row, and
 * float16 comes back as it was. Input: a byte for the mode, one for byte order and sign, one for
 * the voxels to leave away, then the row. */
#include "fuzz_check.h"
#include "voxels.h"

#include <string.h>

static const int32_t modes[] = {OCS_MODE_INT8,   OCS_MODE_INT16,   OCS_MODE_FLOAT32,
                                OCS_MODE_UINT16, OCS_MODE_FLOAT16, OCS_MODE_UINT4};

enum { PREFIX = 3, MODES = sizeof modes / sizeof modes[0] };

static void *copied(const void *from, size_t bytes)
{
    void *const copy = malloc(bytes + (bytes == 0));
    FUZZ_CHECK(copy);
    memcpy(copy, from, bytes);
    return copy;
}

/* Only NaNs change: they become quiet. */
static void check_halves_come_back(const unsigned char *row, const float *voxels, uint64_t n,
                                   bool big, enum ocs_simd simd)
{
    unsigned char *const back = malloc(2 * n + (n == 0));
    FUZZ_CHECK(back);
    const struct ocs_voxel_format half = {.mode = OCS_MODE_FLOAT16};
    ocs_voxels_encode(&half, simd, voxels, back, n);
    for (uint64_t i = 0; i < n; ++i) {
        const unsigned was = row[2 * i + big] | (unsigned)row[2 * i + !big] << 8;
        const unsigned is = back[2 * i] | (unsigned)back[2 * i + 1] << 8;
        FUZZ_CHECK(is == was || ((was & 0x7fff) > 0x7c00 && is == (was | 0x200)));
    }
    free(back);
}

static void check_level(const struct ocs_voxel_format *format, enum ocs_simd simd,
                        const unsigned char *row, const float *right, uint64_t n)
{
    float *const voxels = malloc(n * sizeof *voxels + (n == 0));
    FUZZ_CHECK(voxels);
    ocs_voxels_decode_row(format, simd, row, voxels, n);
    FUZZ_CHECK(memcmp(voxels, right, n * sizeof *voxels) == 0);
    const bool host_is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    if (format->mode == OCS_MODE_FLOAT16)
        check_halves_come_back(row, voxels, n, format->swapped != host_is_big, simd);
    free(voxels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < PREFIX)
        return 0;
    const struct ocs_voxel_format format = {modes[data[0] % MODES], data[1] & 1, data[1] >> 1 & 1};
    uint64_t n = 0;
    while (ocs_voxels_row_bytes(format.mode, n + 1) <= size - PREFIX)
        ++n;
    n -= data[2] < n ? data[2] : n;
    const size_t row_bytes = (size_t)ocs_voxels_row_bytes(format.mode, n);
    unsigned char *const row = copied(data + PREFIX, row_bytes);
    float *const right = malloc(n * sizeof *right + (n == 0));
    FUZZ_CHECK(right);
    ocs_voxels_decode_row(&format, OCS_SIMD_SCALAR, row, right, n);
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level)
        if (ocs_simd_available((enum ocs_simd)level))
            check_level(&format, (enum ocs_simd)level, row, right, n);
    free(right);
    free(row);
    return 0;
}
