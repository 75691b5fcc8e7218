/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_spooler.h"

#include "checked.h"
#include "zarr_input.h"

#include <string.h>

struct ocs_zarr_spooler {
    struct ocs_budget *budget;
    const struct ocs_zarr_array *array;
    struct ocs_spool *spool;
    struct ocs_zarr_desk *desk;
    unsigned char *fill; /* as many voxels of it as a strip is wide; NULL: its bytes are all 0  */
};

/* Where fill is 0 nothing needs to be written. */
static bool is_zero_fill(const struct ocs_zarr_array *array)
{
    unsigned char voxel[4] = {0};
    ocs_zarr_fill_voxel(array, voxel);
    return !voxel[0] && !voxel[1] && !voxel[2] && !voxel[3];
}

static uint64_t fill_voxels(const struct ocs_zarr_strips *strips)
{
    const struct ocs_zarr_array *const array = &strips->input->array;
    return ocs_min_u64(strips->wide * array->chunk[2], array->shape[2]);
}

uint64_t ocs_zarr_spooler_need(const struct ocs_zarr_strips *strips)
{
    const struct ocs_zarr_array *const array = &strips->input->array;
    return ocs_budget_cost(sizeof(struct ocs_zarr_spooler)) + ocs_zarr_desk_need(strips) +
           (is_zero_fill(array)
                ? 0
                : ocs_budget_cost(fill_voxels(strips) * ocs_zarr_type_bytes(array->type)));
}

static enum ocs_status make_fill(struct ocs_zarr_spooler *spooler,
                                 const struct ocs_zarr_strips *strips, struct ocs_error *error)
{
    if (is_zero_fill(spooler->array))
        return OCS_OK;
    const uint64_t count = fill_voxels(strips);
    const unsigned each = ocs_zarr_type_bytes(spooler->array->type);
    spooler->fill = ocs_budget_array(spooler->budget, count, each, error);
    if (!spooler->fill)
        return error->status;
    unsigned char voxel[4];
    ocs_zarr_fill_voxel(spooler->array, voxel);
    for (uint64_t i = 0; i < count; ++i)
        memcpy(spooler->fill + i * each, voxel, each);
    return OCS_OK;
}

enum ocs_status ocs_zarr_spooler_open(struct ocs_budget *budget,
                                      const struct ocs_zarr_strips *strips, struct ocs_spool *spool,
                                      struct ocs_zarr_spooler **spooler_ret,
                                      struct ocs_error *error)
{
    struct ocs_zarr_spooler *const spooler = ocs_budget_alloc(budget, sizeof *spooler, error);
    if (!spooler)
        return error->status;
    spooler->budget = budget;
    spooler->array = &strips->input->array;
    spooler->spool = spool;
    enum ocs_status status = make_fill(spooler, strips, error);
    if (status == OCS_OK)
        status = ocs_zarr_desk_open(budget, strips, &spooler->desk, error);
    if (status != OCS_OK) {
        ocs_zarr_spooler_close(spooler);
        return status;
    }
    *spooler_ret = spooler;
    return OCS_OK;
}

/* Whole rows that follow one another in block and spool are written as one. */
static enum ocs_status put_plane(struct ocs_zarr_spooler *spooler,
                                 const struct ocs_zarr_block *block, uint64_t z,
                                 struct ocs_error *error)
{
    const uint64_t each = ocs_zarr_type_bytes(spooler->array->type);
    const uint64_t bytes = block->columns * each;
    const unsigned char *const from =
        block->voxels ? block->voxels + z * block->plane_bytes : spooler->fill;
    const bool joined =
        block->voxels && block->columns == spooler->array->shape[2] && block->row_bytes == bytes;
    if (joined)
        return ocs_spool_put_plain(spooler->spool, block->z + z, block->y, 0, from,
                                   block->rows * bytes, error);
    enum ocs_status status = OCS_OK;
    for (uint64_t y = 0; y < block->rows && status == OCS_OK; ++y)
        status = ocs_spool_put_plain(spooler->spool, block->z + z, block->y + y, block->x * each,
                                     from + y * block->row_bytes, bytes, error);
    return status;
}

enum ocs_status ocs_zarr_spooler_run(struct ocs_zarr_spooler *spooler, uint64_t strip,
                                     uint64_t *voxels_ret, struct ocs_error *error)
{
    struct ocs_zarr_block block;
    enum ocs_status status = ocs_zarr_desk_read(spooler->desk, strip, &block, error);
    *voxels_ret = block.planes * block.rows * block.columns;
    if (status != OCS_OK || (!block.voxels && !spooler->fill))
        return status;
    for (uint64_t z = 0; z < block.planes && status == OCS_OK; ++z)
        status = put_plane(spooler, &block, z, error);
    return status;
}

void ocs_zarr_spooler_close(struct ocs_zarr_spooler *spooler)
{
    if (!spooler)
        return;
    ocs_zarr_desk_close(spooler->desk);
    ocs_budget_free(spooler->budget, spooler->fill);
    ocs_budget_free(spooler->budget, spooler);
}
