/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_map.h"

#include "fail.h"
#include "map_place.h"
#include "zarr_group.h"
#include "zarr_press.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Measured: higher levels take much longer for next to nothing; see docs/performance.md. */
enum { ZSTD_LEVEL = 1, BLOSC_LEVEL = 3 };

struct ocs_zarr_map {
    struct ocs_output_tree *tree;
    unsigned version, levels;
    uint64_t means_offset[OCS_PYRAMID_MAX];
    struct ocs_zarr_level_out level[OCS_PYRAMID_MAX];
};

struct ocs_chunk_codec ocs_zarr_map_codec(enum ocs_chunk_method method,
                                          const struct ocs_voxel_format *format)
{
    return (struct ocs_chunk_codec){
        .method = method,
        .level = method == OCS_CHUNK_BLOSC ? BLOSC_LEVEL : ZSTD_LEVEL,
        .element_bytes = (unsigned)ocs_voxels_row_bytes(format->mode, 1),
        .blosc_inner = OCS_BLOSC_ZSTD,
        .blosc_shuffle = OCS_BLOSC_BYTE_SHUFFLE,
    };
}

static uint64_t mean_bytes(struct ocs_box box)
{
    return box.z * box.y * box.x * sizeof(float);
}

uint64_t ocs_zarr_map_scratch_bytes(struct ocs_box box, struct ocs_box chunk)
{
    struct ocs_box boxes[OCS_PYRAMID_MAX];
    const unsigned levels = ocs_pyramid_boxes(box, chunk, boxes);
    uint64_t bytes = 0;
    for (unsigned level = 1; level < levels; ++level)
        bytes += mean_bytes(boxes[level]);
    return bytes;
}

uint64_t ocs_zarr_pen_need(const struct ocs_tiling *tiling, const struct ocs_chunk_codec *codec,
                           uint64_t band_rows)
{
    return ocs_tile_pen_need(tiling, band_rows) +
           ocs_zarr_press_need(codec, ocs_tiling_tile_bytes(tiling));
}

enum ocs_status ocs_zarr_map_check(const char *path, struct ocs_box box, struct ocs_box chunk,
                                   const struct ocs_voxel_format *format, struct ocs_error *error)
{
    const struct ocs_tiling tiling = ocs_tiling_of_level(box, chunk, format, 0);
    const struct ocs_box grid = ocs_tiling_grid(&tiling);
    uint64_t chunks, bytes;
    const bool countable =
        ocs_mul_u64(grid.z, grid.y, &chunks) && ocs_mul_u64(chunks, grid.x, &chunks) &&
        ocs_mul_u64(chunk.z, chunk.y, &bytes) && ocs_mul_u64(bytes, chunk.x, &bytes) &&
        ocs_mul_u64(bytes, ocs_tiling_voxel_bytes(&tiling), &bytes);
    const bool large = countable && bytes > OCS_CHUNK_LARGEST;
    const bool fits = countable && !large && chunks <= OCS_ZARR_KEYS_MAX;
    const struct ocs_zarr_array like = {.shape = {box.z, box.y, box.x},
                                        .chunk = {chunk.z, chunk.y, chunk.x},
                                        .type = OCS_ZARR_FLOAT32};
    if (fits && ocs_zarr_is_dense(&like))
        return OCS_OK;
    if (fits) {
        ocs_fail(error, OCS_LIMIT, "planning", path,
                 "its chunks would be much larger than the map");
        ocs_advise(error, "give a smaller --chunk");
        return OCS_LIMIT;
    }
    ocs_fail(error, OCS_LIMIT, "planning", path,
             large ? "its chunks would be larger than 256 MiB" : "it would have too many chunks");
    ocs_advise(error, large ? "give a smaller --chunk" : "give a larger --chunk");
    return OCS_LIMIT;
}

/* ---- making ---- */

static enum ocs_zarr_type type_of(const struct ocs_voxel_format *format)
{
    switch (format->mode) {
    case OCS_MODE_INT8:
        return format->unsigned_bytes ? OCS_ZARR_UINT8 : OCS_ZARR_INT8;
    case OCS_MODE_INT16:
        return OCS_ZARR_INT16;
    case OCS_MODE_UINT16:
        return OCS_ZARR_UINT16;
    case OCS_MODE_FLOAT16:
        return OCS_ZARR_FLOAT16;
    default:
        return OCS_ZARR_FLOAT32;
    }
}

/* As many chunks as there are, but never more than a shard has. */
static uint64_t shard_chunks(const struct ocs_tiling *tiling)
{
    return ocs_min_u64(ocs_tiling_grid(tiling).x, OCS_ZARR_SHARD_CHUNKS);
}

static struct ocs_zarr_array array_of(unsigned version, const struct ocs_chunk_codec *codec,
                                      const struct ocs_tiling *tiling)
{
    const struct ocs_box box = tiling->box, chunk = tiling->tile;
    const bool sharded = version == 3;
    const uint64_t along_x = sharded ? shard_chunks(tiling) * chunk.x : chunk.x;
    return (struct ocs_zarr_array){
        .version = version,
        .shape = {box.z, box.y, box.x},
        .chunk = {chunk.z, chunk.y, chunk.x},
        .sharded = sharded,
        .shard = {chunk.z, chunk.y, along_x},
        .index_crc32c = sharded,
        .type = type_of(&tiling->format),
        .codec = *codec,
        .separator = '/',
        .prefixed = version == 3,
    };
}

struct ocs_zarr_array ocs_zarr_map_array(unsigned version, struct ocs_box box, struct ocs_box chunk,
                                         const struct ocs_voxel_format *format,
                                         const struct ocs_chunk_codec *codec)
{
    const struct ocs_tiling tiling = ocs_tiling_of_level(box, chunk, format, 0);
    return array_of(version, codec, &tiling);
}

static void start_level(struct ocs_zarr_map *map, const struct ocs_zarr_map_spec *spec,
                        unsigned index, uint64_t *scratch_offset)
{
    struct ocs_zarr_level_out *const level = &map->level[index];
    const struct ocs_tiling tiling =
        ocs_tiling_of_level(spec->box, spec->chunk, &spec->format, index);
    level->budget = spec->budget;
    level->tree = map->tree;
    snprintf(level->path, sizeof level->path, "%u", index);
    level->array = array_of(spec->version, &spec->codec, &tiling);
    level->store = ocs_zarr_press_store(level);
    level->target = (struct ocs_tile_target){
        .budget = spec->budget,
        .simd = spec->simd,
        .tiling = tiling,
        .band_rows = index == 0 ? spec->band_rows : ocs_tiling_block(&tiling).y,
        .store = &level->store,
        .halved = spec->scratch,
        .halved_offset = *scratch_offset,
    };
    ocs_tile_target_start(&level->target);
    if (!tiling.halved)
        return;
    map->means_offset[index + 1] = *scratch_offset;
    *scratch_offset += mean_bytes(ocs_box_halved(tiling.box));
}

enum ocs_status ocs_zarr_map_create(const struct ocs_zarr_map_spec *spec,
                                    struct ocs_zarr_map **map_ret, struct ocs_error *error)
{
    struct ocs_zarr_map *const map = calloc(1, sizeof *map);
    if (!map)
        return ocs_fail(error, OCS_LIMIT, "creating", spec->path, "no memory");
    const enum ocs_status status =
        ocs_output_tree_create(spec->path, spec->force, spec->replaces_left, &map->tree, error);
    if (status != OCS_OK) {
        ocs_zarr_map_abandon(map);
        return status;
    }
    struct ocs_box boxes[OCS_PYRAMID_MAX];
    map->version = spec->version;
    map->levels = ocs_pyramid_boxes(spec->box, spec->chunk, boxes);
    uint64_t scratch_offset = spec->scratch_offset;
    for (unsigned level = 0; level < map->levels; ++level)
        start_level(map, spec, level, &scratch_offset);
    *map_ret = map;
    return OCS_OK;
}

unsigned ocs_zarr_map_levels(const struct ocs_zarr_map *map)
{
    return map->levels;
}

struct ocs_tile_target *ocs_zarr_map_level(struct ocs_zarr_map *map, unsigned level)
{
    return &map->level[level].target;
}

uint64_t ocs_zarr_map_means_offset(const struct ocs_zarr_map *map, unsigned level)
{
    assert(level >= 1 && level < map->levels);
    return map->means_offset[level];
}

/* ---- metadata ---- */

/* Takes `text`. */
static enum ocs_status put_text(struct ocs_zarr_map *map, const char *key, char *text,
                                struct ocs_error *error)
{
    const enum ocs_status status = ocs_output_tree_write(map->tree, key, text, strlen(text), error);
    free(text);
    return status;
}

static enum ocs_status put_array(struct ocs_zarr_map *map, unsigned level, struct ocs_error *error)
{
    const struct ocs_zarr_level_out *const out = &map->level[level];
    char *text, key[sizeof out->path + 16];
    const enum ocs_status status = ocs_zarr_array_write(&out->array, &text, error);
    if (status != OCS_OK)
        return status;
    snprintf(key, sizeof key, "%s/%s", out->path, map->version == 3 ? "zarr.json" : ".zarray");
    return put_text(map, key, text, error);
}

/* The first voxel of a level is the mean of 2^level of level 0 along each axis, so it lies in their
 * middle. */
static void set_geometry(struct ocs_zarr_group *group, const struct ocs_mrc *like)
{
    const double voxel[3] = {like->voxel.z, like->voxel.y, like->voxel.x};
    double first_ang[3];
    (void)ocs_map_place(like, first_ang);
    for (unsigned level = 0; level < group->level_count; ++level) {
        const double step = (double)(UINT64_C(1) << level);
        for (int i = 0; i < 3; ++i) {
            group->level[level].scale[i] = step * voxel[i];
            group->level[level].translation[i] =
                first_ang[like->axis_of[i]] + 0.5 * (step - 1) * voxel[i];
        }
    }
}

static enum ocs_status put_group(struct ocs_zarr_map *map, const struct ocs_zarr_map_about *about,
                                 struct ocs_error *error)
{
    struct ocs_zarr_group group = {
        .version = map->version, .has_unit = true, .level_count = map->levels, .has_header = true};
    snprintf(group.name, sizeof group.name, "%s", about->name);
    for (unsigned level = 0; level < map->levels; ++level)
        snprintf(group.level[level].path, sizeof group.level[level].path, "%s",
                 map->level[level].path);
    set_geometry(&group, about->like);
    _Static_assert(sizeof group.header == OCS_MRC_HEADER_BYTES, "it holds a whole one");
    ocs_mrc_pack(about->header, group.header);
    char *text;
    const enum ocs_status status = ocs_zarr_group_write(&group, about->report, &text, error);
    return status == OCS_OK
               ? put_text(map, map->version == 3 ? "zarr.json" : ".zattrs", text, error)
               : status;
}

enum ocs_status ocs_zarr_map_finish(struct ocs_zarr_map *map,
                                    const struct ocs_zarr_map_about *about, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned level = 0; level < map->levels && status == OCS_OK; ++level)
        status = put_array(map, level, error);
    if (status == OCS_OK)
        status = put_group(map, about, error);
    if (status == OCS_OK && map->version == 2)
        status = ocs_output_tree_write(map->tree, ".zgroup", ocs_zarr_zgroup(),
                                       strlen(ocs_zarr_zgroup()), error);
    return status == OCS_OK ? ocs_output_tree_sync(map->tree, error) : status;
}

/* ---- the end ---- */

static void destroy(struct ocs_zarr_map *map)
{
    for (unsigned level = 0; level < map->levels; ++level)
        ocs_tile_target_end(&map->level[level].target);
    free(map);
}

enum ocs_status ocs_zarr_map_appear(struct ocs_zarr_map *map, struct ocs_error *error)
{
    return ocs_output_tree_appear(map->tree, error);
}

void ocs_zarr_map_leave(struct ocs_zarr_map *map)
{
    if (!map)
        return;
    ocs_output_tree_leave(map->tree);
    destroy(map);
}

void ocs_zarr_map_abandon(struct ocs_zarr_map *map)
{
    if (!map)
        return;
    ocs_output_tree_abandon(map->tree);
    destroy(map);
}
