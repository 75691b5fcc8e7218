/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "result_map.h"

#include "fail.h"
#include "map_header.h"
#include "map_sink.h"
#include "tile_sink.h"

#include <stdio.h>
#include <string.h>

static enum ocs_status create_file(struct ocs_result_map *map,
                                   const struct ocs_result_map_spec *spec,
                                   struct ocs_sink *sink_ret, struct ocs_error *error)
{
    const struct ocs_map_file_spec file = {
        .path = spec->path,
        .force = spec->force,
        .dtype = spec->dtype,
        .like = spec->like,
        .label = spec->label,
        .simd = spec->simd,
        .keeping = spec->keeping,
    };
    const enum ocs_status status = ocs_map_file_create(&file, spec->writer, &map->file, error);
    if (status == OCS_OK)
        *sink_ret = ocs_map_sink(map->file);
    return status;
}

static enum ocs_status create_zst(struct ocs_result_map *map,
                                  const struct ocs_result_map_spec *spec, struct ocs_sink *sink_ret,
                                  struct ocs_error *error)
{
    const struct ocs_zst_map_spec zst = {
        .path = spec->path,
        .force = spec->force,
        .box = spec->like->box,
        .format = spec->tiled->voxels,
        .simd = spec->simd,
        .budget = spec->budget,
    };
    const enum ocs_status status = ocs_zst_map_create(&zst, &map->zst, error);
    if (status == OCS_OK)
        *sink_ret = ocs_tile_sink(ocs_zst_map_target(map->zst));
    return status;
}

static enum ocs_status create_zarr(struct ocs_result_map *map,
                                   const struct ocs_result_map_spec *spec,
                                   struct ocs_sink *sink_ret, struct ocs_error *error)
{
    const struct ocs_zarr_map_spec zarr = {
        .path = spec->path,
        .force = spec->force,
        .replaces_left = spec->keeping != OCS_OUTPUT_NOT_KEPT,
        .version = spec->tiled->zarr_version,
        .box = spec->like->box,
        .chunk = spec->tiled->chunk,
        .format = spec->tiled->voxels,
        .codec = spec->tiled->codec,
        .simd = spec->simd,
        .budget = spec->budget,
        .scratch = spec->scratch,
        .scratch_offset = spec->scratch_offset,
        .band_rows = spec->band_rows,
    };
    const enum ocs_status status = ocs_zarr_map_create(&zarr, &map->zarr, error);
    if (status == OCS_OK)
        *sink_ret = ocs_tile_sink(ocs_zarr_map_level(map->zarr, 0));
    return status;
}

enum ocs_status ocs_result_map_create(struct ocs_result_map *map,
                                      const struct ocs_result_map_spec *spec,
                                      struct ocs_sink *sink_ret, struct ocs_error *error)
{
    *map = (struct ocs_result_map){.path = spec->path, .like = *spec->like, .dtype = spec->dtype};
    snprintf(map->label, sizeof map->label, "%s", spec->label);
    switch (spec->tiled->format) {
    case OCS_FORMAT_MRC_ZST:
        return create_zst(map, spec, sink_ret, error);
    case OCS_FORMAT_ZARR:
        return create_zarr(map, spec, sink_ret, error);
    default:
        return create_file(map, spec, sink_ret, error);
    }
}

/* The path's last part without its suffix. */
static void name_of(const char *path, char *name, size_t name_bytes)
{
    const char *const slash = strrchr(path, '/');
    snprintf(name, name_bytes, "%s", slash ? slash + 1 : path);
    char *const dot = strrchr(name, '.');
    if (dot)
        *dot = 0;
}

static enum ocs_status finish_tiled(struct ocs_result_map *map,
                                    const struct ocs_tile_target *target,
                                    struct ocs_statistics *statistics, const char *report,
                                    struct ocs_error *error)
{
    /* Values that are float16 already are no narrower for it. */
    const enum ocs_status status =
        map->dtype == OCS_DTYPE_KEEP
            ? OCS_OK
            : ocs_tile_target_statistics(target, map->path, statistics, error);
    if (status != OCS_OK)
        return status;
    const struct ocs_mrc_header header =
        ocs_map_header(&map->like, map->dtype, map->label, statistics);
    if (map->zst)
        return ocs_zst_map_finish(map->zst, &header, error);
    char name[256];
    name_of(map->path, name, sizeof name);
    const struct ocs_zarr_map_about about = {
        .like = &map->like, .header = &header, .name = name, .report = report};
    return ocs_zarr_map_finish(map->zarr, &about, error);
}

enum ocs_status ocs_result_map_finish(struct ocs_result_map *map, struct ocs_statistics *statistics,
                                      const char *report, struct ocs_error *error)
{
    if (map->zst)
        return finish_tiled(map, ocs_zst_map_target(map->zst), statistics, report, error);
    if (map->zarr)
        return finish_tiled(map, ocs_zarr_map_level(map->zarr, 0), statistics, report, error);
    return map->file ? ocs_map_file_finish(map->file, statistics, error) : OCS_OK;
}

enum ocs_status ocs_result_map_appear(struct ocs_result_map *map, struct ocs_error *error)
{
    if (map->zst)
        return ocs_zst_map_appear(map->zst, error);
    if (map->zarr)
        return ocs_zarr_map_appear(map->zarr, error);
    return map->file ? ocs_map_file_appear(map->file, error) : OCS_OK;
}

void ocs_result_map_leave(struct ocs_result_map *map)
{
    ocs_map_file_leave(map->file);
    ocs_zst_map_leave(map->zst);
    ocs_zarr_map_leave(map->zarr);
    *map = (struct ocs_result_map){.path = NULL};
}

void ocs_result_map_abandon(struct ocs_result_map *map, bool leave)
{
    if (leave)
        ocs_map_file_put_by(map->file);
    else
        ocs_map_file_abandon(map->file);
    ocs_zst_map_abandon(map->zst);
    ocs_zarr_map_abandon(map->zarr);
    *map = (struct ocs_result_map){.path = NULL};
}
