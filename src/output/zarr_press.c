/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_press.h"

#include "shard_index.h"
#include "zarr_key.h"
#include "zarr_map.h"

#include <stdio.h>
#include <string.h>

/* A pen's own: packer, room for a packed chunk, and the shard it is filling. */
struct press {
    const struct ocs_zarr_level_out *level;
    struct ocs_chunk_packer *packer;
    unsigned char *packed;
    char key[sizeof((struct ocs_zarr_level_out *)0)->path + OCS_ZARR_KEY_BYTES];
    struct ocs_tree_file shard;
    bool shard_open;
    struct ocs_shard_place places[OCS_ZARR_SHARD_CHUNKS];
};

uint64_t ocs_zarr_press_need(const struct ocs_chunk_codec *codec, uint64_t chunk_bytes)
{
    return ocs_budget_cost(sizeof(struct press)) +
           ocs_budget_cost(ocs_chunk_bound(codec, chunk_bytes)) +
           ocs_chunk_packer_need(codec, chunk_bytes);
}

static void close_press(void *self)
{
    struct press *const press = self;
    struct ocs_budget *const budget = press->level->budget;
    struct ocs_error dropped;
    if (press->shard_open && ocs_tree_file_close(&press->shard, &dropped) != OCS_OK)
        press->shard_open = false; /* the store is given up anyway */
    ocs_chunk_packer_close(press->packer);
    ocs_budget_free(budget, press->packed);
    ocs_budget_free(budget, press);
}

static enum ocs_status open_press(void *self, void **press_ret, struct ocs_error *error)
{
    const struct ocs_zarr_level_out *const level = self;
    const struct ocs_chunk_codec *const codec = &level->array.codec;
    const uint64_t chunk_bytes = ocs_zarr_chunk_bytes(&level->array);
    struct press *const press = ocs_budget_alloc(level->budget, sizeof *press, error);
    if (!press)
        return error->status;
    press->level = level;
    press->packed = ocs_budget_alloc(level->budget, ocs_chunk_bound(codec, chunk_bytes), error);
    if (!press->packed ||
        ocs_chunk_packer_open(level->budget, codec, chunk_bytes, &press->packer, error) != OCS_OK) {
        close_press(press);
        return error->status;
    }
    *press_ret = press;
    return OCS_OK;
}

static bool is_fill(const unsigned char *bytes, uint64_t count)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, count - 1) == 0;
}

static void name_key(struct press *press, uint64_t z, uint64_t y, uint64_t x)
{
    const uint64_t index[3] = {z, y, x};
    char key[OCS_ZARR_KEY_BYTES];
    ocs_zarr_key(&press->level->array, index, key);
    snprintf(press->key, sizeof press->key, "%s/%s", press->level->path, key);
}

/* ---- version 2: a file for each chunk ---- */

static enum ocs_status put_chunk(struct press *press, const struct ocs_box *at,
                                 const unsigned char *bytes, uint64_t count,
                                 struct ocs_error *error)
{
    if (is_fill(bytes, count))
        return OCS_OK;
    uint64_t packed_bytes;
    const enum ocs_status status =
        ocs_chunk_pack(press->packer, bytes, count, press->packed, &packed_bytes, error);
    if (status != OCS_OK)
        return status;
    name_key(press, at->z, at->y, at->x);
    return ocs_output_tree_write(press->level->tree, press->key, press->packed, packed_bytes,
                                 error);
}

/* ---- version 3: shards of chunks along x ---- */

static enum ocs_status open_shard(struct press *press, const struct ocs_box *at, uint64_t chunks,
                                  struct ocs_error *error)
{
    if (press->shard_open)
        return OCS_OK;
    name_key(press, at->z, at->y, at->x / chunks);
    const enum ocs_status status =
        ocs_tree_file_open(press->level->tree, press->key, &press->shard, error);
    press->shard_open = status == OCS_OK;
    return status;
}

static enum ocs_status append_chunk(struct press *press, const struct ocs_box *at, uint64_t chunks,
                                    const unsigned char *bytes, uint64_t count,
                                    struct ocs_error *error)
{
    uint64_t packed_bytes;
    enum ocs_status status = open_shard(press, at, chunks, error);
    if (status == OCS_OK)
        status = ocs_chunk_pack(press->packer, bytes, count, press->packed, &packed_bytes, error);
    if (status != OCS_OK)
        return status;
    press->places[at->x % chunks] =
        (struct ocs_shard_place){.offset = press->shard.bytes, .bytes = packed_bytes};
    return ocs_tree_file_append(&press->shard, press->packed, packed_bytes, error);
}

/* The index goes last. A shard without chunks is left out. */
static enum ocs_status end_shard(struct press *press, struct ocs_error *error)
{
    if (!press->shard_open)
        return OCS_OK;
    unsigned char index[OCS_ZARR_SHARD_CHUNKS * sizeof(struct ocs_shard_place) + sizeof(uint32_t)];
    ocs_shard_index_write(&press->level->array, press->places, index);
    const enum ocs_status status = ocs_tree_file_append(
        &press->shard, index, ocs_shard_index_bytes(&press->level->array), error);
    if (status != OCS_OK)
        return status;
    press->shard_open = false;
    return ocs_tree_file_close(&press->shard, error);
}

static enum ocs_status put_in_shard(struct press *press, const struct ocs_box *at,
                                    const unsigned char *bytes, uint64_t count,
                                    struct ocs_error *error)
{
    const struct ocs_zarr_array *const array = &press->level->array;
    const uint64_t chunks = ocs_zarr_shard_chunks(array);
    const uint64_t last = ocs_div_up_u64(array->shape[2], array->chunk[2]) - 1;
    if (at->x % chunks == 0)
        for (uint64_t i = 0; i < chunks; ++i)
            press->places[i] = OCS_SHARD_ABSENT;
    if (!is_fill(bytes, count)) {
        const enum ocs_status status = append_chunk(press, at, chunks, bytes, count, error);
        if (status != OCS_OK)
            return status;
    }
    return at->x % chunks == chunks - 1 || at->x == last ? end_shard(press, error) : OCS_OK;
}

static enum ocs_status put_tile(void *self, const struct ocs_box *at, unsigned char *bytes,
                                uint64_t count, struct ocs_error *error)
{
    struct press *const press = self;
    return press->level->array.sharded ? put_in_shard(press, at, bytes, count, error)
                                       : put_chunk(press, at, bytes, count, error);
}

struct ocs_tile_store ocs_zarr_press_store(struct ocs_zarr_level_out *level)
{
    return (struct ocs_tile_store){
        .self = level, .open = open_press, .tile = put_tile, .close = close_press};
}
