/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_voxels.h"

#include "input.h"

uint64_t fuzz_volume_bytes(const struct ocs_zarr_array *array)
{
    return array->shape[0] * array->shape[1] * array->shape[2] * ocs_zarr_type_bytes(array->type);
}

/* Puts a block where it belongs, and counts how often every voxel came. */
static void put_block(const struct ocs_zarr_array *array, const struct ocs_zarr_block *block,
                      unsigned char *volume, unsigned char *times)
{
    const uint64_t *const shape = array->shape;
    const unsigned each = ocs_zarr_type_bytes(array->type);
    unsigned char fill[4];
    ocs_zarr_fill_voxel(array, fill);
    FUZZ_CHECK(block->z <= shape[0] && block->planes <= shape[0] - block->z);
    FUZZ_CHECK(block->y <= shape[1] && block->rows <= shape[1] - block->y);
    FUZZ_CHECK(block->x <= shape[2] && block->columns <= shape[2] - block->x);
    for (uint64_t z = 0; z < block->planes; ++z)
        for (uint64_t y = 0; y < block->rows; ++y)
            for (uint64_t x = 0; x < block->columns; ++x) {
                const uint64_t at =
                    ((block->z + z) * shape[1] + block->y + y) * shape[2] + block->x + x;
                const unsigned char *const from =
                    block->voxels
                        ? block->voxels + z * block->plane_bytes + y * block->row_bytes + x * each
                        : fill;
                memcpy(volume + at * each, from, each);
                ++times[at];
            }
}

enum ocs_status fuzz_read_strips(const struct ocs_zarr_strips *strips, struct ocs_budget *budget,
                                 unsigned char *volume, struct ocs_error *error)
{
    const struct ocs_zarr_array *const array = &strips->input->array;
    const uint64_t voxels = array->shape[0] * array->shape[1] * array->shape[2];
    struct ocs_zarr_desk *desk;
    unsigned char *const times = fuzz_room(voxels);
    memset(times, 0, voxels);
    FUZZ_CHECK(ocs_zarr_desk_open(budget, strips, &desk, error) == OCS_OK);
    enum ocs_status status = OCS_OK;
    const uint64_t count = ocs_zarr_strips_count(strips);
    for (uint64_t strip = 0; strip < count && status == OCS_OK; ++strip) {
        struct ocs_zarr_block block;
        status = ocs_zarr_desk_read(desk, strip, &block, error);
        if (status == OCS_OK)
            put_block(array, &block, volume, times);
    }
    for (uint64_t i = 0; i < voxels && status == OCS_OK; ++i)
        FUZZ_CHECK(times[i] == 1);
    ocs_zarr_desk_close(desk);
    free(times);
    return status;
}
