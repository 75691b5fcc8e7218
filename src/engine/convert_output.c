/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert_output.h"

#include "map_header.h"
#include "map_pipe_sink.h"
#include "map_sink.h"
#include "tile_sink.h"

#include <string.h>

static const char *const no_label = "";

static enum ocs_status create_file(struct ocs_convert_output *output,
                                   const struct ocs_convert_means *means, struct ocs_error *error)
{
    const struct ocs_convert_target *const target = output->target;
    const struct ocs_map_file_spec spec = {
        .path = target->path,
        .force = target->force,
        .dtype = target->dtype,
        .like = target->like,
        .label = no_label,
        .simd = means->simd,
    };
    const enum ocs_status status = ocs_map_file_create(&spec, means->writer, &output->file, error);
    if (status == OCS_OK)
        output->sink = ocs_map_sink(output->file);
    return status;
}

static enum ocs_status create_pipe(struct ocs_convert_output *output,
                                   const struct ocs_convert_means *means, struct ocs_error *error)
{
    const struct ocs_convert_target *const target = output->target;
    const struct ocs_map_pipe_spec spec = {
        .like = target->like,
        .label = no_label,
        .statistics = target->has_statistics ? &target->statistics : NULL,
        .dtype = target->dtype,
        .simd = means->simd,
        .scratch = means->scratch,
        .scratch_offset = means->cut->layout.pipe,
    };
    const enum ocs_status status = ocs_map_pipe_open(means->budget, &spec, &output->pipe, error);
    if (status == OCS_OK)
        output->sink = ocs_map_pipe_sink(output->pipe);
    return status;
}

static enum ocs_status create_zst(struct ocs_convert_output *output,
                                  const struct ocs_convert_means *means, struct ocs_error *error)
{
    const struct ocs_convert_target *const target = output->target;
    const struct ocs_zst_map_spec spec = {
        .path = target->path,
        .force = target->force,
        .box = target->like->box,
        .format = target->voxels,
        .simd = means->simd,
        .budget = means->budget,
    };
    const enum ocs_status status = ocs_zst_map_create(&spec, &output->zst, error);
    if (status == OCS_OK)
        output->sink = ocs_tile_sink(ocs_zst_map_target(output->zst));
    return status;
}

static enum ocs_status create_zarr(struct ocs_convert_output *output,
                                   const struct ocs_convert_means *means, struct ocs_error *error)
{
    const struct ocs_convert_target *const target = output->target;
    const struct ocs_zarr_map_spec spec = {
        .path = target->path,
        .force = target->force,
        .version = target->zarr_version,
        .box = target->like->box,
        .chunk = target->chunk,
        .format = target->voxels,
        .codec = target->codec,
        .simd = means->simd,
        .budget = means->budget,
        .scratch = means->scratch,
        .scratch_offset = means->cut->layout.pipe,
        .band_rows = means->cut->band_rows,
    };
    const enum ocs_status status = ocs_zarr_map_create(&spec, &output->zarr, error);
    if (status == OCS_OK)
        output->sink = ocs_tile_sink(ocs_zarr_map_level(output->zarr, 0));
    return status;
}

enum ocs_status ocs_convert_output_create(const struct ocs_convert_target *target,
                                          const struct ocs_convert_means *means,
                                          struct ocs_convert_output *output_ret,
                                          struct ocs_error *error)
{
    *output_ret = (struct ocs_convert_output){.target = target};
    switch (target->format) {
    case OCS_CONVERT_PIPE:
        return create_pipe(output_ret, means, error);
    case OCS_CONVERT_ZST:
        return create_zst(output_ret, means, error);
    case OCS_CONVERT_ZARR:
        return create_zarr(output_ret, means, error);
    default:
        return create_file(output_ret, means, error);
    }
}

static enum ocs_status finish_tiles(struct ocs_convert_output *output,
                                    struct ocs_statistics *statistics, struct ocs_error *error)
{
    const struct ocs_convert_target *const target = output->target;
    struct ocs_tile_target *const tiles =
        output->zarr ? ocs_zarr_map_level(output->zarr, 0) : ocs_zst_map_target(output->zst);
    if (target->dtype == OCS_DTYPE_F16) {
        const enum ocs_status status =
            ocs_tile_target_statistics(tiles, target->path, statistics, error);
        if (status != OCS_OK)
            return status;
    }
    const struct ocs_mrc_header header =
        ocs_map_header(target->like, target->dtype, no_label, statistics);
    if (output->zst)
        return ocs_zst_map_finish(output->zst, &header, error);
    const char *const slash = strrchr(target->path, '/');
    const struct ocs_zarr_map_about about = {
        .like = target->like,
        .header = &header,
        .name = slash ? slash + 1 : target->path,
    };
    return ocs_zarr_map_finish(output->zarr, &about, error);
}

enum ocs_status ocs_convert_output_finish(struct ocs_convert_output *output,
                                          struct ocs_statistics *statistics,
                                          struct ocs_error *error)
{
    if (output->target->has_statistics)
        *statistics = output->target->statistics;
    if (output->file)
        return ocs_map_file_finish(output->file, statistics, error);
    return output->pipe ? OCS_OK : finish_tiles(output, statistics, error);
}

enum ocs_status ocs_convert_output_publish(struct ocs_convert_output *output,
                                           struct ocs_error *error)
{
    const struct ocs_convert_output its = *output;
    output->file = NULL;
    output->zst = NULL;
    output->zarr = NULL;
    if (its.file)
        return ocs_map_file_publish(its.file, error);
    if (its.zst)
        return ocs_zst_map_publish(its.zst, error);
    return its.zarr ? ocs_zarr_map_publish(its.zarr, error) : OCS_OK;
}

void ocs_convert_output_abandon(struct ocs_convert_output *output)
{
    ocs_map_file_abandon(output->file);
    ocs_map_pipe_close(output->pipe);
    ocs_zst_map_abandon(output->zst);
    ocs_zarr_map_abandon(output->zarr);
    *output = (struct ocs_convert_output){0};
}
