/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decode_row.h"

#include "map_internal.h"
#include "voxels.h"

#include <math.h>

static void clear_nonfinite(float *row, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i)
        row[i] = isfinite(row[i]) ? row[i] : 0.0f;
}

void ocs_decode_row(const struct ocs_volume *volume, enum ocs_simd simd, const unsigned char *from,
                    float *to)
{
    const struct ocs_mrc *const mrc = &volume->map->mrc;
    const struct ocs_voxel_format format = {mrc->header.mode, mrc->swapped, mrc->unsigned_bytes};
    ocs_voxels_decode_row(&format, simd, from, to, volume->box.x);
    if (volume->zero_nonfinite)
        clear_nonfinite(to, volume->box.x);
}
