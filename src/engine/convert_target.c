/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a conversion's output will be, before there is any. */
#include "convert_output.h"
#include "fail.h"
#include "location.h"
#include "map_header.h"
#include "out_flow.h"
#include "output_file.h"
#include "output_tree.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { SLABS_PER_THREAD = 8 };

static bool ends_with(const char *name, const char *suffix)
{
    const size_t length = strlen(name), suffix_length = strlen(suffix);
    return length > suffix_length && strcasecmp(name + length - suffix_length, suffix) == 0;
}

static enum ocs_status choose_format(const char *out, enum ocs_convert_format *format_ret,
                                     struct ocs_error *error)
{
    static const struct {
        const char *suffix;
        enum ocs_convert_format format;
    } names[] = {
        {".zarr", OCS_CONVERT_ZARR},   {".mrc.zst", OCS_CONVERT_ZST}, {".map.zst", OCS_CONVERT_ZST},
        {".ccp4.zst", OCS_CONVERT_ZST}, {".mrc", OCS_CONVERT_MRC},    {".map", OCS_CONVERT_MRC},
        {".ccp4", OCS_CONVERT_MRC},
    };
    if (strcmp(out, "-") == 0) {
        *format_ret = OCS_CONVERT_PIPE;
        return OCS_OK;
    }
    if (ocs_location_kind(out) != OCS_LOCATION_PATH)
        return ocs_fail(error, OCS_USAGE, "planning", out, "results are only written to files");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        if (ends_with(out, names[i].suffix)) {
            *format_ret = names[i].format;
            return OCS_OK;
        }
    }
    ocs_fail(error, OCS_USAGE, "planning", out, "its name does not say what it is to become");
    ocs_advise(error, "end it with .mrc, .mrc.zst or .zarr");
    return OCS_USAGE;
}

static enum ocs_status check_place(const struct ocs_convert_target *target, struct ocs_error *error)
{
    enum ocs_status status;
    switch (target->format) {
    case OCS_CONVERT_PIPE:
        return ocs_out_flow_check(error);
    case OCS_CONVERT_ZARR:
        status = ocs_output_tree_check(target->path, target->force, error);
        return status == OCS_OK ? ocs_zarr_map_check(target->path, target->like->box, target->chunk,
                                                     &target->voxels, error)
                                : status;
    case OCS_CONVERT_ZST:
        status = ocs_output_file_check(target->path, target->force, error);
        return status == OCS_OK ? ocs_zst_map_check(target->path, target->like->box,
                                                    &target->voxels, error)
                                : status;
    default:
        return ocs_output_file_check(target->path, target->force, error);
    }
}

/* Statistics that say of themselves that they were determined, of one volume. */
static bool are_determined(const struct ocs_mrc *like)
{
    const struct ocs_mrc_header *const header = &like->header;
    return like->volumes == 1 && header->dmax >= header->dmin && header->dmean >= header->dmin &&
           header->dmean <= header->dmax && header->rms >= 0;
}

static void take_statistics(struct ocs_convert_target *target)
{
    const struct ocs_mrc_header *const header = &target->like->header;
    const bool narrows =
        target->voxels.mode == OCS_MODE_FLOAT16 && header->mode != OCS_MODE_FLOAT16;
    target->has_statistics = !narrows && are_determined(target->like);
    target->statistics = (struct ocs_statistics){(double)header->dmin, (double)header->dmax,
                                                 (double)header->dmean, (double)header->rms};
}

enum ocs_status ocs_convert_target_make(const struct ocs_options *options, const char *out,
                                        enum ocs_dtype dtype, const struct ocs_mrc *like,
                                        struct ocs_convert_target *target_ret,
                                        struct ocs_error *error)
{
    *target_ret = (struct ocs_convert_target){
        .force = options->force,
        .dtype = dtype,
        .like = like,
        .voxels = ocs_map_format(like, dtype),
        .zarr_version = options->zarr_version,
        .chunk = {options->chunk[0], options->chunk[1], options->chunk[2]},
    };
    const size_t length = strlen(out);
    if (length >= sizeof target_ret->path)
        return ocs_fail(error, OCS_USAGE, "planning", out, "the path is too long");
    memcpy(target_ret->path, out, length + 1);
    for (size_t end = length; end > 1 && target_ret->path[end - 1] == '/'; --end)
        target_ret->path[end - 1] = '\0';
    target_ret->codec = ocs_zarr_map_codec(
        options->codec == OCS_CODEC_NAME_BLOSC ? OCS_CHUNK_BLOSC : OCS_CHUNK_ZSTD,
        &target_ret->voxels);
    take_statistics(target_ret);
    const enum ocs_status status = choose_format(target_ret->path, &target_ret->format, error);
    return status == OCS_OK ? check_place(target_ret, error) : status;
}

bool ocs_convert_is_tiled(const struct ocs_convert_target *target)
{
    return target->format == OCS_CONVERT_ZST || target->format == OCS_CONVERT_ZARR;
}

struct ocs_tiling ocs_convert_tiling(const struct ocs_convert_target *target)
{
    return target->format == OCS_CONVERT_ZARR
               ? ocs_tiling_of_level(target->like->box, target->chunk, &target->voxels, 0)
               : ocs_tiling_of_frames(target->like->box, &target->voxels);
}

struct ocs_slabs ocs_convert_slabs(const struct ocs_convert_target *target,
                                   const struct ocs_cut *cut)
{
    const struct ocs_box box = target->like->box;
    const uint64_t units = (uint64_t)cut->threads * SLABS_PER_THREAD;
    struct ocs_slabs slabs = {box, ocs_div_up_u64(box.z, units), 0};
    if (ocs_convert_is_tiled(target)) {
        const struct ocs_tiling tiling = ocs_convert_tiling(target);
        const uint64_t deep = ocs_tiling_block(&tiling).z;
        slabs.planes = ocs_div_up_u64(slabs.planes, deep) * deep;
        slabs.rows = cut->band_rows;
    }
    return slabs;
}

/* ---- what it takes ---- */

uint64_t ocs_convert_pen_need(const struct ocs_convert_target *target, const struct ocs_cut *cut)
{
    if (!ocs_convert_is_tiled(target))
        return 0;
    const struct ocs_tiling tiling = ocs_convert_tiling(target);
    return target->format == OCS_CONVERT_ZARR
               ? ocs_zarr_pen_need(&tiling, &target->codec, cut->band_rows)
               : ocs_zst_pen_need(&tiling);
}

uint64_t ocs_convert_shared_need(const struct ocs_convert_target *target, const struct ocs_cut *cut)
{
    const struct ocs_box box = target->like->box;
    switch (target->format) {
    case OCS_CONVERT_PIPE: /* and its thread */
        return ocs_map_pipe_need(box.z, cut->threads) + ocs_process_bytes(2) - ocs_process_bytes(1);
    case OCS_CONVERT_ZST:
        return ocs_zst_map_need(box, &target->voxels);
    default:
        return 0;
    }
}

uint64_t ocs_convert_scratch_bytes(const struct ocs_convert_target *target)
{
    return target->format == OCS_CONVERT_ZARR
               ? ocs_zarr_map_scratch_bytes(target->like->box, target->chunk)
               : 0;
}

uint64_t ocs_convert_written_bytes(const struct ocs_convert_target *target)
{
    return ocs_map_file_bytes(target->like, target->dtype);
}
