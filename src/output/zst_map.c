/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zst_map.h"

#include "chunk_codec.h"
#include "fail.h"
#include "frame_order.h"
#include "header_frame.h"

#include <assert.h>
#include <stdlib.h>

enum { ZSTD_LEVEL = 1 }; /* higher ones take much longer for next to nothing; docs/performance.md */

static const struct ocs_chunk_codec codec = {
    .method = OCS_CHUNK_ZSTD, .level = ZSTD_LEVEL, .element_bytes = 1};

struct ocs_zst_map {
    struct ocs_budget *budget;
    struct ocs_output_file *output;
    struct ocs_frame_order *order;
    struct ocs_tile_target target;
    struct ocs_tile_store store;
};

/* One for the header, one for each tile. */
static uint64_t frames_of(const struct ocs_tiling *tiling)
{
    const struct ocs_box grid = ocs_tiling_grid(tiling);
    return 1 + grid.z * grid.y;
}

uint64_t ocs_zst_map_need(struct ocs_box box, const struct ocs_voxel_format *format)
{
    const struct ocs_tiling tiling = ocs_tiling_of_frames(box, format);
    const uint32_t frames = (uint32_t)frames_of(&tiling);
    return ocs_frame_order_need(frames) + ocs_budget_cost(ocs_seek_table_bytes(frames)) +
           ocs_header_frame_need();
}

enum ocs_status ocs_zst_map_check(const char *path, struct ocs_box box,
                                  const struct ocs_voxel_format *format, struct ocs_error *error)
{
    const struct ocs_tiling tiling = ocs_tiling_of_frames(box, format);
    if (frames_of(&tiling) <= OCS_SEEK_FRAMES_MAX &&
        ocs_tiling_tile_bytes(&tiling) <= OCS_CHUNK_LARGEST)
        return OCS_OK;
    return ocs_fail(error, OCS_LIMIT, "planning", path,
                    "the map is too large for this kind of file");
}

/* ---- tiles ---- */

/* A pen's own. */
struct press {
    struct ocs_zst_map *map;
    struct ocs_chunk_packer *packer;
    unsigned char *packed;
};

uint64_t ocs_zst_pen_need(const struct ocs_tiling *tiling)
{
    const uint64_t tile_bytes = ocs_tiling_tile_bytes(tiling);
    return ocs_tile_pen_need(tiling, ocs_tiling_block(tiling).y) +
           ocs_budget_cost(sizeof(struct press)) +
           ocs_budget_cost(ocs_chunk_bound(&codec, tile_bytes)) +
           ocs_chunk_packer_need(&codec, tile_bytes);
}

static void close_press(void *self)
{
    struct press *const press = self;
    struct ocs_budget *const budget = press->map->budget;
    ocs_chunk_packer_close(press->packer);
    ocs_budget_free(budget, press->packed);
    ocs_budget_free(budget, press);
}

static enum ocs_status open_press(void *self, void **press_ret, struct ocs_error *error)
{
    struct ocs_zst_map *const map = self;
    const uint64_t tile_bytes = ocs_tiling_tile_bytes(&map->target.tiling);
    struct press *const press = ocs_budget_alloc(map->budget, sizeof *press, error);
    if (!press)
        return error->status;
    press->map = map;
    press->packed = ocs_budget_alloc(map->budget, ocs_chunk_bound(&codec, tile_bytes), error);
    if (!press->packed ||
        ocs_chunk_packer_open(map->budget, &codec, tile_bytes, &press->packer, error) != OCS_OK) {
        close_press(press);
        return error->status;
    }
    *press_ret = press;
    return OCS_OK;
}

static enum ocs_status put_tile(void *self, const struct ocs_box *at, unsigned char *bytes,
                                uint64_t count, struct ocs_error *error)
{
    const struct press *const press = self;
    const struct ocs_box grid = ocs_tiling_grid(&press->map->target.tiling);
    uint64_t packed_bytes;
    const enum ocs_status status =
        ocs_chunk_pack(press->packer, bytes, count, press->packed, &packed_bytes, error);
    if (status != OCS_OK)
        return status;
    const struct ocs_seek_entry entry = {(uint32_t)packed_bytes, (uint32_t)count};
    return ocs_frame_order_put(press->map->order, (uint32_t)(1 + at->z * grid.y + at->y),
                               press->packed, &entry, error);
}

/* ---- the whole ---- */

static enum ocs_status open_map(struct ocs_zst_map *map, const struct ocs_zst_map_spec *spec,
                                struct ocs_error *error)
{
    const struct ocs_tiling *const tiling = &map->target.tiling;
    const enum ocs_status status =
        ocs_output_file_create(spec->path, spec->force, 0, &map->output, error);
    if (status != OCS_OK)
        return status;
    const struct ocs_seek_entry header = {OCS_HEADER_FRAME_BYTES, OCS_MRC_HEADER_BYTES};
    return ocs_frame_order_open(spec->budget, map->output, (uint32_t)frames_of(tiling), &header,
                                ocs_chunk_bound(&codec, ocs_tiling_tile_bytes(tiling)), &map->order,
                                error);
}

enum ocs_status ocs_zst_map_create(const struct ocs_zst_map_spec *spec,
                                   struct ocs_zst_map **map_ret, struct ocs_error *error)
{
    struct ocs_zst_map *const map = calloc(1, sizeof *map);
    if (!map)
        return ocs_fail(error, OCS_LIMIT, "creating", spec->path, "no memory");
    const struct ocs_tiling tiling = ocs_tiling_of_frames(spec->box, &spec->format);
    map->budget = spec->budget;
    map->store = (struct ocs_tile_store){
        .self = map, .open = open_press, .tile = put_tile, .close = close_press};
    map->target = (struct ocs_tile_target){.budget = spec->budget,
                                           .simd = spec->simd,
                                           .tiling = tiling,
                                           .band_rows = ocs_tiling_block(&tiling).y,
                                           .store = &map->store};
    ocs_tile_target_start(&map->target);
    const enum ocs_status status = open_map(map, spec, error);
    if (status != OCS_OK) {
        ocs_zst_map_abandon(map);
        return status;
    }
    *map_ret = map;
    return OCS_OK;
}

struct ocs_tile_target *ocs_zst_map_target(struct ocs_zst_map *map)
{
    return &map->target;
}

static enum ocs_status put_table(struct ocs_zst_map *map, struct ocs_error *error)
{
    const uint32_t frames = (uint32_t)frames_of(&map->target.tiling);
    uint64_t end;
    const struct ocs_seek_entry *const entries = ocs_frame_order_entries(map->order, &end);
    const uint64_t bytes = ocs_seek_table_bytes(frames);
    unsigned char *const table = ocs_budget_alloc(map->budget, bytes, error);
    if (!table)
        return error->status;
    ocs_seek_table_write(entries, frames, table);
    enum ocs_status status = ocs_output_file_write(map->output, end, table, bytes, error);
    ocs_budget_free(map->budget, table);
    return status == OCS_OK ? ocs_output_file_cut(map->output, end + bytes, error) : status;
}

enum ocs_status ocs_zst_map_finish(struct ocs_zst_map *map, const struct ocs_mrc_header *header,
                                   struct ocs_error *error)
{
    unsigned char frame[OCS_HEADER_FRAME_BYTES];
    enum ocs_status status = ocs_header_frame_make(map->budget, header, frame, error);
    if (status == OCS_OK)
        status = ocs_output_file_write(map->output, 0, frame, sizeof frame, error);
    if (status == OCS_OK)
        status = put_table(map, error);
    return status == OCS_OK ? ocs_output_file_sync(map->output, error) : status;
}

static void destroy(struct ocs_zst_map *map)
{
    ocs_frame_order_close(map->order);
    ocs_tile_target_end(&map->target);
    free(map);
}

enum ocs_status ocs_zst_map_appear(struct ocs_zst_map *map, struct ocs_error *error)
{
    return ocs_output_file_appear(map->output, error);
}

void ocs_zst_map_leave(struct ocs_zst_map *map)
{
    if (!map)
        return;
    ocs_output_file_leave(map->output);
    destroy(map);
}

void ocs_zst_map_abandon(struct ocs_zst_map *map)
{
    if (!map)
        return;
    ocs_output_file_abandon(map->output);
    destroy(map);
}
