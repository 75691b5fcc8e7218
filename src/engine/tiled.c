/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiled.h"

#include "transfer.h"
#include "zarr_map.h"
#include "zst_map.h"

enum { DEFAULT_CHUNK = 64, DEFAULT_VERSION = 2 };

struct ocs_tiled ocs_tiled_make(const struct ocs_options *options,
                                const struct ocs_voxel_format *voxels)
{
    const uint64_t *const chunk = options->chunk_vox;
    struct ocs_tiled tiled = {
        .format = options->format,
        .zarr_version = options->zarr_version ? options->zarr_version : DEFAULT_VERSION,
        .chunk = {DEFAULT_CHUNK, DEFAULT_CHUNK, DEFAULT_CHUNK},
        .voxels = *voxels,
    };
    if (chunk[0] > 0)
        tiled.chunk = (struct ocs_box){chunk[0], chunk[1], chunk[2]};
    tiled.codec = ocs_zarr_map_codec(
        options->codec == OCS_ZARR_CODEC_BLOSC ? OCS_CHUNK_BLOSC : OCS_CHUNK_ZSTD, &tiled.voxels);
    return tiled;
}

const char *ocs_tiled_suffix(enum ocs_format format)
{
    static const char *const suffix[] = {".mrc", ".mrc.zst", ".zarr"};
    return suffix[format];
}

enum ocs_status ocs_tiled_check(const struct ocs_tiled *tiled, struct ocs_box box, const char *path,
                                struct ocs_error *error)
{
    switch (tiled->format) {
    case OCS_FORMAT_ZARR:
        return ocs_zarr_map_check(path, box, tiled->chunk, &tiled->voxels, error);
    case OCS_FORMAT_MRC_ZST:
        return ocs_zst_map_check(path, box, &tiled->voxels, error);
    default:
        return OCS_OK;
    }
}

/* Of the map itself. */
static struct ocs_tiling tiling_of(const struct ocs_tiled *tiled, struct ocs_box box)
{
    return tiled->format == OCS_FORMAT_ZARR
               ? ocs_tiling_of_level(box, tiled->chunk, &tiled->voxels, 0)
               : ocs_tiling_of_frames(box, &tiled->voxels);
}

uint64_t ocs_tiled_band(const struct ocs_tiled *tiled, struct ocs_box box, uint64_t rows)
{
    if (tiled->format == OCS_FORMAT_MRC)
        return rows;
    const struct ocs_tiling tiling = tiling_of(tiled, box);
    return ocs_tiling_band(&tiling, rows);
}

uint64_t ocs_tiled_slab(const struct ocs_tiled *tiled, struct ocs_box box, uint64_t planes)
{
    if (tiled->format == OCS_FORMAT_MRC)
        return planes;
    const struct ocs_tiling tiling = tiling_of(tiled, box);
    const uint64_t block = ocs_tiling_block(&tiling).z;
    return ocs_div_up_u64(planes, block) * block;
}

uint64_t ocs_tiled_pen_need(const struct ocs_tiled *tiled, struct ocs_box box, uint64_t band_rows)
{
    if (tiled->format == OCS_FORMAT_MRC)
        return 0;
    const struct ocs_tiling tiling = tiling_of(tiled, box);
    return tiled->format == OCS_FORMAT_ZARR ? ocs_zarr_pen_need(&tiling, &tiled->codec, band_rows)
                                            : ocs_zst_pen_need(&tiling);
}

uint64_t ocs_tiled_map_need(const struct ocs_tiled *tiled, struct ocs_box box)
{
    return tiled->format == OCS_FORMAT_MRC_ZST ? ocs_zst_map_need(box, &tiled->voxels) : 0;
}

/* The first of the coarser levels needs the most. */
uint64_t ocs_tiled_pyramid_need(const struct ocs_tiled *tiled, struct ocs_box box,
                                const struct ocs_reading *reading)
{
    if (ocs_tiled_scratch_bytes(tiled, box) == 0)
        return 0;
    const struct ocs_tiling tiling = ocs_tiling_of_level(box, tiled->chunk, &tiled->voxels, 1);
    const struct ocs_volume means = {.box = tiling.box};
    return ocs_transfer_need(reading, &means, NULL, means.box.x) +
           ocs_zarr_pen_need(&tiling, &tiled->codec, ocs_tiling_block(&tiling).y);
}

uint64_t ocs_tiled_scratch_bytes(const struct ocs_tiled *tiled, struct ocs_box box)
{
    return tiled->format == OCS_FORMAT_ZARR ? ocs_zarr_map_scratch_bytes(box, tiled->chunk) : 0;
}

uint64_t ocs_tiled_first_scratch_bytes(const struct ocs_tiled *tiled, struct ocs_box box)
{
    const struct ocs_box half = ocs_box_halved(box);
    return ocs_tiled_scratch_bytes(tiled, box) > 0 ? half.z * half.y * half.x * sizeof(float) : 0;
}

uint64_t ocs_tiled_pyramid_bytes(const struct ocs_tiled *tiled, struct ocs_box box)
{
    return ocs_tiled_scratch_bytes(tiled, box) / sizeof(float) *
           ocs_voxels_row_bytes(tiled->voxels.mode, 1);
}
