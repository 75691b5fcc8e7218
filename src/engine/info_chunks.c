/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "info_chunks.h"

#include "checked.h"
#include "moments.h"
#include "voxels.h"
#include "zarr_desk.h"
#include "zarr_input.h"

#include <stdio.h>
#include <string.h>

static const char *codec_name(const struct ocs_zarr_array *array)
{
    switch (array->codec.method) {
    case OCS_CHUNK_ZSTD:
        return "zstd";
    case OCS_CHUNK_BLOSC:
        return "blosc";
    case OCS_CHUNK_GZIP:
        return "gzip";
    case OCS_CHUNK_ZLIB:
        return "zlib";
    default:
        return "none";
    }
}

void ocs_info_copy_store(const struct ocs_zarr_input *input, struct ocs_info *info)
{
    const struct ocs_zarr_array *const array = &input->array;
    info->file_bytes = UINT64_MAX;
    info->zarr_version = array->version;
    info->level = input->level;
    info->level_count = input->level_count;
    info->sharded = array->sharded;
    for (int i = 0; i < 3; ++i) {
        info->chunk[i] = array->chunk[i];
        info->shard[i] = array->shard[i];
    }
    snprintf(info->compression, sizeof info->compression, "%s", codec_name(array));
}

enum { STRIP_BYTES = 1 << 20, PIECE = 16 << 10 };

struct sweep {
    const struct ocs_zarr_input *input;
    struct ocs_voxel_format format;
    enum ocs_simd simd;
    struct ocs_zarr_desk *desk;
    float *voxels; /* a piece of a row */
    struct ocs_moments moments;
};

static void add_row(struct sweep *sweep, const unsigned char *from, uint64_t columns)
{
    for (uint64_t x = 0; x < columns; x += PIECE) {
        const uint64_t n = ocs_min_u64(PIECE, columns - x);
        ocs_voxels_decode_row(&sweep->format, sweep->simd,
                              from + ocs_voxels_row_bytes(sweep->format.mode, x), sweep->voxels, n);
        ocs_moments_add(&sweep->moments, sweep->voxels, n);
    }
}

static void add_fill(struct sweep *sweep, const struct ocs_zarr_block *block)
{
    unsigned char voxel[4];
    ocs_zarr_fill_voxel(&sweep->input->array, voxel);
    float value;
    ocs_voxels_decode_row(&sweep->format, sweep->simd, voxel, &value, 1);
    ocs_moments_add_same(&sweep->moments, value, block->planes * block->rows * block->columns);
}

static void add_block(struct sweep *sweep, const struct ocs_zarr_block *block)
{
    if (!block->voxels) {
        add_fill(sweep, block);
        return;
    }
    for (uint64_t z = 0; z < block->planes; ++z)
        for (uint64_t y = 0; y < block->rows; ++y)
            add_row(sweep, block->voxels + z * block->plane_bytes + y * block->row_bytes,
                    block->columns);
}

static enum ocs_status sweep_strips(struct sweep *sweep, struct ocs_budget *budget,
                                    const struct ocs_zarr_strips *strips, struct ocs_error *error)
{
    sweep->voxels = ocs_budget_array(budget, PIECE, sizeof(float), error);
    if (!sweep->voxels)
        return error->status;
    enum ocs_status status = ocs_zarr_desk_open(budget, strips, &sweep->desk, error);
    const uint64_t count = ocs_zarr_strips_count(strips);
    for (uint64_t strip = 0; strip < count && status == OCS_OK; ++strip) {
        struct ocs_zarr_block block;
        status = ocs_zarr_desk_read(sweep->desk, strip, &block, error);
        if (status == OCS_OK)
            add_block(sweep, &block);
    }
    ocs_zarr_desk_close(sweep->desk);
    ocs_budget_free(budget, sweep->voxels);
    return status == OCS_OK ? ocs_zarr_tally_check(sweep->input, error) : status;
}

enum ocs_status ocs_info_chunk_statistics(const struct ocs_zarr_input *input, struct ocs_mrc *mrc,
                                          struct ocs_statistics *statistics_ret,
                                          uint64_t *nonfinite_ret, struct ocs_error *error)
{
    const struct ocs_zarr_strips strips = ocs_zarr_strips_make(input, STRIP_BYTES);
    const uint64_t need =
        ocs_zarr_desk_need(&strips) + ocs_budget_cost(PIECE * (uint64_t)sizeof(float));
    struct ocs_budget *budget;
    enum ocs_status status = ocs_budget_create(need, &budget, error);
    if (status != OCS_OK)
        return status;
    struct sweep sweep = {
        .input = input,
        .format = {mrc->header.mode, mrc->swapped, mrc->unsigned_bytes},
        .simd = ocs_simd_best(),
    };
    status = sweep_strips(&sweep, budget, &strips, error);
    ocs_budget_destroy(budget);
    if (status == OCS_OK)
        ocs_moments_finish(&sweep.moments, mrc, statistics_ret, nonfinite_ret);
    return status;
}
