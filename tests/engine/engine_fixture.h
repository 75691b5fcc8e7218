/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TEST_ENGINE_FIXTURE_H
#define OCS_TEST_ENGINE_FIXTURE_H

/* Small maps and options for whole runs and plans, in a folder of their own with an empty one for
 * the outputs. */

#include "io/io_fixture.h"
#include "mrc/header_bytes.h"

#include "occustream/estimate.h"

#include "box.h"

#include <math.h>

/* A flawless header of any size; mode 2 or 0. */
static inline void header_of_box(unsigned char header[OCS_MRC_HEADER_BYTES], struct ocs_box box,
                                 float voxel_ang, int32_t mode)
{
    good_header(header, false);
    const uint64_t along[3] = {box.x, box.y, box.z};
    for (unsigned i = 0; i < 3; ++i) {
        put_int(header, 1 + i, (int32_t)along[i], false);
        put_int(header, 8 + i, (int32_t)along[i], false);
        put_float(header, 11 + i, voxel_ang * (float)along[i], false);
    }
    put_int(header, 4, mode, false);
}

static inline void write_map(const char *path, struct ocs_box box, float voxel_ang,
                             const float *voxels)
{
    unsigned char header[OCS_MRC_HEADER_BYTES];
    header_of_box(header, box, voxel_ang, OCS_MODE_FLOAT32);
    FILE *const file = fopen(path, "wb");
    assert_non_null(file);
    const size_t n = box.z * box.y * box.x;
    assert_int_equal(fwrite(header, 1, sizeof header, file), sizeof header);
    assert_int_equal(fwrite(voxels, sizeof *voxels, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* A header, and a hole for the voxels: takes no space. False where the file system has no such
 * sizes. */
static inline bool write_sparse_map(const char *path, struct ocs_box box, float voxel_ang,
                                    int32_t mode)
{
    unsigned char header[OCS_MRC_HEADER_BYTES];
    header_of_box(header, box, voxel_ang, mode);
    FILE *const file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(header, 1, sizeof header, file), sizeof header);
    const uint64_t bytes = box.z * box.y * box.x * (mode == OCS_MODE_FLOAT32 ? 4 : 1);
    const int result = fflush(file) == 0 ? ftruncate(fileno(file), (off_t)(1024 + bytes)) : -1;
    assert_int_equal(fclose(file), 0);
    return result == 0;
}

/* Between 0 and 1, by index. */
static inline float random_at(uint64_t seed, uint64_t index)
{
    uint64_t x = (seed << 40) + index + 1;
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return (float)((x ^ x >> 31) >> 40) * 0x1p-24F;
}

/* A ball of density in bell-shaped noise. */
static inline float blob_voxel(struct ocs_box box, uint64_t z, uint64_t y, uint64_t x)
{
    const double dz = ((double)z + 0.5) / (double)box.z - 0.5;
    const double dy = ((double)y + 0.5) / (double)box.y - 0.5;
    const double dx = ((double)x + 0.5) / (double)box.x - 0.5;
    const double inside = exp(-30 * (dz * dz + dy * dy + dx * dx));
    double noise = 0;
    for (uint64_t i = 0; i < 6; ++i)
        noise += (double)random_at(i, (z * box.y + y) * box.x + x) - 0.5;
    return (float)(3 * inside + 0.3 * noise);
}

static inline float *blob(struct ocs_box box)
{
    float *const voxels = malloc(box.z * box.y * box.x * sizeof *voxels);
    for (uint64_t z = 0; z < box.z; ++z)
        for (uint64_t y = 0; y < box.y; ++y)
            for (uint64_t x = 0; x < box.x; ++x)
                voxels[(z * box.y + y) * box.x + x] = blob_voxel(box, z, y, x);
    return voxels;
}

#endif
