/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checked.h"
#include "checksum.h"
#include "voxels.h"
#include "zarr_desk.h"
#include "zarr_input.h"

#include <string.h>

struct ocs_strip_checker {
    struct ocs_budget *budget;
    const struct ocs_zarr_array *array;
    struct ocs_voxel_format format;
    struct ocs_box box;
    enum ocs_simd simd;
    struct ocs_zarr_desk *desk;
    float *row; /* as wide as a strip */
};

static uint64_t widest(const struct ocs_zarr_strips *strips)
{
    const struct ocs_zarr_array *const array = &strips->input->array;
    return ocs_min_u64(strips->wide * array->chunk[2], array->shape[2]);
}

uint64_t ocs_strip_checker_need(const struct ocs_zarr_strips *strips)
{
    return ocs_budget_cost(sizeof(struct ocs_strip_checker)) + ocs_zarr_desk_need(strips) +
           ocs_budget_cost(widest(strips) * sizeof(float));
}

enum ocs_status ocs_strip_checker_open(struct ocs_budget *budget,
                                       const struct ocs_zarr_strips *strips,
                                       const struct ocs_mrc *mrc, enum ocs_simd simd,
                                       struct ocs_strip_checker **checker_ret,
                                       struct ocs_error *error)
{
    struct ocs_strip_checker *const checker = ocs_budget_alloc(budget, sizeof *checker, error);
    if (!checker)
        return error->status;
    checker->budget = budget;
    checker->array = &strips->input->array;
    checker->format =
        (struct ocs_voxel_format){mrc->header.mode, mrc->swapped, mrc->unsigned_bytes};
    checker->box = mrc->box;
    checker->simd = simd;
    checker->row = ocs_budget_array(budget, widest(strips), sizeof(float), error);
    const enum ocs_status status =
        checker->row ? ocs_zarr_desk_open(budget, strips, &checker->desk, error) : error->status;
    if (status != OCS_OK) {
        ocs_strip_checker_close(checker);
        return status;
    }
    *checker_ret = checker;
    return OCS_OK;
}

static void fill_row(struct ocs_strip_checker *checker, uint64_t n)
{
    unsigned char voxel[4];
    ocs_zarr_fill_voxel(checker->array, voxel);
    for (uint64_t i = 0; i < n; ++i)
        ocs_voxels_decode_row(&checker->format, checker->simd, voxel, &checker->row[i], 1);
}

static uint64_t sum_row(struct ocs_strip_checker *checker, const struct ocs_zarr_block *block,
                        uint64_t z, uint64_t y)
{
    if (block->voxels)
        ocs_voxels_decode_row(&checker->format, checker->simd,
                              block->voxels + z * block->plane_bytes + y * block->row_bytes,
                              checker->row, block->columns);
    return ocs_checksum_row(checker->box, block->z + z, block->y + y, block->x, checker->row,
                            block->columns);
}

enum ocs_status ocs_strip_checker_run(struct ocs_strip_checker *checker, uint64_t strip,
                                      uint64_t *sum, uint64_t *voxels_ret, struct ocs_error *error)
{
    struct ocs_zarr_block block;
    const enum ocs_status status = ocs_zarr_desk_read(checker->desk, strip, &block, error);
    *voxels_ret = block.planes * block.rows * block.columns;
    if (status != OCS_OK)
        return status;
    if (!block.voxels)
        fill_row(checker, block.columns);
    for (uint64_t z = 0; z < block.planes; ++z)
        for (uint64_t y = 0; y < block.rows; ++y)
            *sum += sum_row(checker, &block, z, y);
    return OCS_OK;
}

void ocs_strip_checker_close(struct ocs_strip_checker *checker)
{
    if (!checker)
        return;
    ocs_zarr_desk_close(checker->desk);
    ocs_budget_free(checker->budget, checker->row);
    ocs_budget_free(checker->budget, checker);
}
