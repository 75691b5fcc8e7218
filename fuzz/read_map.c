/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "read_map.h"

#include "input.h"
#include "map.h"
#include "store_voxels.h"
#include "temporary.h"
#include "voxels.h"

#include <zstd.h>

enum { MOST_PLAIN = 8 << 20 };

static bool ends_with(const char *path, const char *suffix)
{
    const size_t length = strlen(path), suffix_length = strlen(suffix);
    return length > suffix_length && strcmp(path + length - suffix_length, suffix) == 0;
}

static float *decoded(const struct ocs_mrc *mrc, const unsigned char *voxels)
{
    const struct ocs_voxel_format format = {mrc->header.mode, mrc->swapped, false};
    const uint64_t n = mrc->box.x, rows = mrc->box.y * mrc->box.z;
    float *const all = fuzz_room(rows * n * sizeof *all);
    for (uint64_t r = 0; r < rows; ++r)
        ocs_voxels_decode_row(&format, OCS_SIMD_SCALAR, voxels + r * mrc->row_bytes, all + r * n,
                              n);
    return all;
}

/* ---- files ---- */

/* In place of the frames, what is in them. */
static char *unpacked(char *file, size_t *bytes)
{
    char *const plain = fuzz_room(MOST_PLAIN);
    *bytes = ZSTD_decompress(plain, MOST_PLAIN, file, *bytes);
    FUZZ_CHECK(!ZSTD_isError(*bytes));
    free(file);
    return plain;
}

static struct fuzz_volume read_file(const char *path)
{
    size_t bytes;
    struct ocs_error error;
    struct fuzz_volume volume;
    char *file = fuzz_read_file(path, &bytes);
    if (ends_with(path, ".zst"))
        file = unpacked(file, &bytes);
    const unsigned char *const front = (const unsigned char *)file;
    FUZZ_CHECK(bytes >= OCS_MRC_HEADER_BYTES);
    FUZZ_CHECK(ocs_mrc_parse(front, OCS_MRC_HEADER_BYTES, bytes, path, &volume.mrc, &error) ==
               OCS_OK);
    FUZZ_CHECK(volume.mrc.expected_bytes == bytes && volume.mrc.volumes == 1);
    volume.voxels = decoded(&volume.mrc, front + volume.mrc.data_offset);
    free(file);
    return volume;
}

/* ---- stores ---- */

static unsigned char *read_chunks(const struct ocs_zarr_input *input)
{
    struct ocs_error error;
    struct ocs_budget *budget;
    const struct ocs_zarr_strips strips = ocs_zarr_strips_make(input, 1);
    unsigned char *const bytes = fuzz_room(fuzz_volume_bytes(&input->array));
    FUZZ_CHECK(ocs_budget_create(ocs_zarr_desk_need(&strips), &budget, &error) == OCS_OK);
    FUZZ_CHECK(fuzz_read_strips(&strips, budget, bytes, &error) == OCS_OK);
    ocs_budget_destroy(budget);
    return bytes;
}

static struct fuzz_volume read_store(const char *path)
{
    const struct ocs_map_spec spec = {
        .path = path, .max_voxels = MOST_PLAIN, .level = OCS_LEVEL_AUTO};
    struct ocs_error error;
    struct ocs_map *map;
    FUZZ_CHECK(ocs_map_open(&spec, &map, &error) == OCS_OK);
    struct fuzz_volume volume = {.mrc = *ocs_map_mrc(map)};
    unsigned char *const bytes = read_chunks(ocs_map_zarr(map));
    volume.voxels = decoded(&volume.mrc, bytes);
    free(bytes);
    ocs_map_close(map);
    return volume;
}

struct fuzz_volume fuzz_read_map(const char *path)
{
    return ends_with(path, ".zarr") ? read_store(path) : read_file(path);
}
