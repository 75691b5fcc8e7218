/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map.h"

#include "checked.h"
#include "fail.h"
#include "map_internal.h"
#include "store.h"

#include "occustream/limits.h"

#include <stdlib.h>
#include <string.h>

static enum ocs_status choose_volume(struct ocs_map *map, uint64_t volume, struct ocs_error *error)
{
    const char *const path = map->path;
    const uint64_t volumes = map->mrc.volumes;
    if (volume == 0 && volumes > 1) {
        ocs_fail(error, OCS_USAGE, "opening", path, "this is a stack of %llu volumes",
                 (unsigned long long)volumes);
        ocs_advise(error, "say which one with --volume");
        return OCS_USAGE;
    }
    if (volume > volumes) {
        ocs_fail(error, OCS_USAGE, "opening", path, "there is no volume %llu among its %llu",
                 (unsigned long long)volume, (unsigned long long)volumes);
        ocs_advise(error, "give --volume from 1 to %llu", (unsigned long long)volumes);
        return OCS_USAGE;
    }
    map->volume = volume ? volume : 1;
    map->data_offset = map->mrc.data_offset + (map->volume - 1) * map->mrc.volume_bytes;
    return OCS_OK;
}

static enum ocs_status check_size(const struct ocs_map *map, uint64_t max_voxels,
                                  struct ocs_error *error)
{
    const struct ocs_box box = map->mrc.box;
    const uint64_t cap = ocs_min_u64(max_voxels, OCS_VOXELS_MAX);
    uint64_t plane, voxels;
    if (ocs_mul_u64(box.y, box.x, &plane) && ocs_mul_u64(plane, box.z, &voxels) && voxels <= cap)
        return OCS_OK;
    ocs_fail(error, OCS_LIMIT, "opening", map->path,
             "%llu x %llu x %llu voxels are more than the cap of %llu", (unsigned long long)box.x,
             (unsigned long long)box.y, (unsigned long long)box.z, (unsigned long long)cap);
    if (cap < OCS_VOXELS_MAX)
        ocs_advise(error, "raise --max-voxels if the map is meant to be that large");
    return OCS_LIMIT;
}

static enum ocs_status read_header(struct ocs_map *map, const struct ocs_bytes *bytes,
                                   struct ocs_error *error)
{
    unsigned char front[OCS_MRC_HEADER_BYTES];
    uint64_t count;
    const enum ocs_status status = ocs_bytes_front(bytes, front, sizeof front, &count, error);
    if (status != OCS_OK)
        return status;
    return ocs_mrc_parse(front, count, ocs_bytes_count(bytes), map->path, &map->mrc, error);
}

static enum ocs_status open_bytes(const struct ocs_map_spec *spec, struct ocs_map *map,
                                  struct ocs_error *error)
{
    struct ocs_bytes bytes;
    const enum ocs_status status = ocs_bytes_open(spec->path, spec->io, spec->connections,
                                                  spec->loop, spec->budget, &bytes, error);
    if (status != OCS_OK)
        return status;
    map->source = bytes.source;
    map->frames = bytes.frames;
    map->unpack = bytes.unpack;
    map->outside_bytes = bytes.outside_bytes;
    memcpy(map->state, bytes.state, sizeof map->state);
    if (map->unpack && spec->max_expansion > 0)
        ocs_unpack_set_expansion(map->unpack, spec->max_expansion);
    map->path = strdup(ocs_bytes_path(&bytes));
    if (!map->path)
        return ocs_fail(error, OCS_LIMIT, "opening", spec->path, "no memory");
    return read_header(map, &bytes, error);
}

static enum ocs_status open_zarr(const struct ocs_map_spec *spec, struct ocs_map *map,
                                 struct ocs_error *error)
{
    const enum ocs_status status = ocs_zarr_input_open(spec->path, spec->level, spec->connections,
                                                       &map->zarr, &map->mrc, error);
    if (status != OCS_OK)
        return status;
    if (spec->max_expansion > 0)
        ocs_zarr_input_set_expansion(map->zarr, spec->max_expansion);
    map->outside_bytes = ocs_store_outside_bytes(map->zarr->store);
    map->path = strdup(ocs_store_path(map->zarr->store));
    return map->path ? OCS_OK : ocs_fail(error, OCS_LIMIT, "opening", spec->path, "no memory");
}

static enum ocs_status refuse_level(const struct ocs_map_spec *spec, struct ocs_error *error)
{
    ocs_fail(error, OCS_USAGE, "opening", spec->path, "only Zarr stores have levels");
    ocs_advise(error, "leave out --level");
    return OCS_USAGE;
}

static enum ocs_status open_any(const struct ocs_map_spec *spec, struct ocs_map *map,
                                struct ocs_error *error)
{
    if (ocs_store_is_location(spec->path))
        return open_zarr(spec, map, error);
    if (spec->level != OCS_LEVEL_AUTO)
        return refuse_level(spec, error);
    return open_bytes(spec, map, error);
}

enum ocs_status ocs_map_open(const struct ocs_map_spec *spec, struct ocs_map **map_ret,
                             struct ocs_error *error)
{
    struct ocs_map *const map = calloc(1, sizeof *map);
    if (!map)
        return ocs_fail(error, OCS_LIMIT, "opening", spec->path, "no memory");
    enum ocs_status status = open_any(spec, map, error);
    if (status == OCS_OK)
        status = choose_volume(map, spec->volume, error);
    if (status == OCS_OK)
        status = check_size(map, spec->max_voxels, error);
    if (status != OCS_OK) {
        ocs_map_close(map);
        return status;
    }
    *map_ret = map;
    return OCS_OK;
}

void ocs_map_close(struct ocs_map *map)
{
    if (!map)
        return;
    ocs_frames_close(map->frames);
    ocs_source_close(map->source);
    ocs_unpack_close(map->unpack);
    ocs_zarr_input_close(map->zarr);
    free(map->path);
    free(map);
}

const struct ocs_mrc *ocs_map_mrc(const struct ocs_map *map)
{
    return &map->mrc;
}

const char *ocs_map_path(const struct ocs_map *map)
{
    return map->path;
}

uint64_t ocs_map_volume(const struct ocs_map *map)
{
    return map->volume;
}

uint64_t ocs_map_outside_bytes(const struct ocs_map *map)
{
    return map->outside_bytes;
}

bool ocs_map_can_stock(const struct ocs_map *map)
{
    return map->source && ocs_source_is_far(map->source);
}

uint64_t ocs_map_stock_bytes(const struct ocs_map *map)
{
    return map->frames ? ocs_source_bytes(map->source) : map->mrc.volume_bytes;
}

uint64_t ocs_map_stock_need(const struct ocs_map *map)
{
    return ocs_source_stock_need(map->source, ocs_map_stock_bytes(map));
}

enum ocs_status ocs_map_stock(const struct ocs_map *map, struct ocs_budget *budget,
                              struct ocs_error *error)
{
    const uint64_t offset = map->frames ? 0 : map->data_offset;
    return ocs_source_stock(map->source, budget, offset, ocs_map_stock_bytes(map), error);
}

void ocs_map_unstock(const struct ocs_map *map)
{
    if (map->source)
        ocs_source_unstock(map->source);
}

void ocs_map_interrupt(const struct ocs_map *map)
{
    if (map->source)
        ocs_source_interrupt(map->source);
    if (map->zarr)
        ocs_store_interrupt(map->zarr->store);
}

bool ocs_map_comes_once(const struct ocs_map *map)
{
    return !map->source;
}

struct ocs_spool_shape ocs_map_spool_shape(const struct ocs_map *map)
{
    struct ocs_spool_shape shape = ocs_spool_shape_of(&map->mrc);
    shape.plain = map->zarr != NULL;
    return shape;
}

const struct ocs_zarr_input *ocs_map_zarr(const struct ocs_map *map)
{
    return map->zarr;
}

uint64_t ocs_map_flow_bytes(const struct ocs_map *map)
{
    return map->zarr ? UINT64_MAX : ocs_flow_bytes(ocs_unpack_flow(map->unpack));
}

void ocs_map_let_go(struct ocs_map *map)
{
    ocs_unpack_close(map->unpack);
    map->unpack = NULL;
}

uint64_t ocs_map_need(const struct ocs_map *map)
{
    if (map->frames)
        return ocs_frames_need(map->frames);
    return map->unpack ? ocs_unpack_need(map->unpack) : 0;
}
