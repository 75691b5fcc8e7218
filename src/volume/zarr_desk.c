/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_desk.h"

#include "checked.h"
#include "fail.h"
#include "shard_index.h"
#include "store.h"
#include "zarr_input.h"

#include <string.h>

enum { Z, Y, X };

struct ocs_zarr_desk {
    struct ocs_budget *budget;
    const struct ocs_zarr_strips *strips;
    struct ocs_chunk_unpacker *unpacker;
    uint64_t chunk_bytes, packed_room;
    unsigned char *packed; /* the chunks of a strip as stored, packed_room for each          */
    unsigned char *chunk;  /* one, plain                                                   */
    unsigned char *strip;  /* NULL: strips are single chunks                                */

    /* the index of one shard, with shards */
    unsigned char *index_bytes;
    struct ocs_shard_place *index;
    bool has_index;      /* of the shard `index_of`                                        */
    bool shard_is_there; /* otherwise all of it is fill                                    */
    uint64_t index_of[3];
};

uint64_t ocs_zarr_desk_need(const struct ocs_zarr_strips *strips)
{
    const struct ocs_zarr_array *const array = &strips->input->array;
    const uint64_t chunk_bytes = ocs_zarr_chunk_bytes(array);
    uint64_t need = ocs_budget_cost(sizeof(struct ocs_zarr_desk)) + ocs_budget_cost(chunk_bytes) +
                    ocs_budget_cost(strips->wide * ocs_chunk_packed_limit(chunk_bytes)) +
                    ocs_chunk_unpacker_need(&array->codec, chunk_bytes);
    if (strips->wide > 1)
        need += ocs_budget_cost(strips->wide * chunk_bytes);
    if (array->sharded)
        need += ocs_budget_cost(ocs_shard_index_bytes(array)) +
                ocs_budget_cost(ocs_zarr_shard_chunks(array) * sizeof(struct ocs_shard_place));
    return need;
}

static bool open_buffers(struct ocs_zarr_desk *desk, struct ocs_error *error)
{
    struct ocs_budget *const budget = desk->budget;
    const struct ocs_zarr_array *const array = &desk->strips->input->array;
    const uint64_t wide = desk->strips->wide;
    return (desk->packed = ocs_budget_array(budget, wide, desk->packed_room, error)) &&
           (desk->chunk = ocs_budget_alloc(budget, desk->chunk_bytes, error)) &&
           (wide == 1 ||
            (desk->strip = ocs_budget_array(budget, wide, desk->chunk_bytes, error))) &&
           (!array->sharded ||
            ((desk->index_bytes = ocs_budget_alloc(budget, ocs_shard_index_bytes(array), error)) &&
             (desk->index = ocs_budget_array(budget, ocs_zarr_shard_chunks(array),
                                             sizeof *desk->index, error)))) &&
           ocs_chunk_unpacker_open(budget, &array->codec, desk->chunk_bytes, &desk->unpacker,
                                   error) == OCS_OK;
}

enum ocs_status ocs_zarr_desk_open(struct ocs_budget *budget, const struct ocs_zarr_strips *strips,
                                   struct ocs_zarr_desk **desk_ret, struct ocs_error *error)
{
    struct ocs_zarr_desk *const desk = ocs_budget_alloc(budget, sizeof *desk, error);
    if (!desk)
        return error->status;
    desk->budget = budget;
    desk->strips = strips;
    desk->chunk_bytes = ocs_zarr_chunk_bytes(&strips->input->array);
    desk->packed_room = ocs_chunk_packed_limit(desk->chunk_bytes);
    if (!open_buffers(desk, error)) {
        ocs_zarr_desk_close(desk);
        return error->status;
    }
    *desk_ret = desk;
    return OCS_OK;
}

void ocs_zarr_desk_close(struct ocs_zarr_desk *desk)
{
    if (!desk)
        return;
    ocs_chunk_unpacker_close(desk->unpacker);
    ocs_budget_free(desk->budget, desk->packed);
    ocs_budget_free(desk->budget, desk->chunk);
    ocs_budget_free(desk->budget, desk->strip);
    ocs_budget_free(desk->budget, desk->index_bytes);
    ocs_budget_free(desk->budget, desk->index);
    ocs_budget_free(desk->budget, desk);
}

static enum ocs_status fail_at(const struct ocs_zarr_desk *desk, const char *key, const char *what,
                               struct ocs_error *error)
{
    char path[512];
    ocs_store_name(desk->strips->input->store, key, path, sizeof path);
    return ocs_fail(error, OCS_BAD_INPUT, "reading", path, "%s", what);
}

/* ---- chunks as stored ---- */

/* Of one chunk of the strip. */
struct stored {
    char key[OCS_ZARR_INPUT_KEY_BYTES];
    bool found;
    uint64_t bytes;
};

static enum ocs_status get_whole(struct ocs_zarr_desk *desk, const struct ocs_zarr_place *place,
                                 struct stored *stored, struct ocs_error *error)
{
    const struct ocs_zarr_input *const input = desk->strips->input;
    struct ocs_store_get gets[OCS_ZARR_STRIP_CHUNKS];
    for (uint64_t i = 0; i < place->count; ++i) {
        const uint64_t index[3] = {place->chunk[Z], place->chunk[Y], place->chunk[X] + i};
        ocs_zarr_input_key(input, index, stored[i].key);
        gets[i] = (struct ocs_store_get){.key = stored[i].key,
                                         .room = desk->packed_room,
                                         .to = desk->packed + i * desk->packed_room};
    }
    const enum ocs_status status = ocs_store_get(input->store, gets, (unsigned)place->count, error);
    if (status != OCS_OK)
        return status;
    for (uint64_t i = 0; i < place->count; ++i) {
        if (gets[i].total > desk->packed_room)
            return fail_at(desk, stored[i].key, "it is larger than any chunk of this array can be",
                           error);
        stored[i].found = gets[i].found;
        stored[i].bytes = gets[i].got;
    }
    return OCS_OK;
}

static enum ocs_status read_index(struct ocs_zarr_desk *desk, const uint64_t parcel[3],
                                  const char *key, struct ocs_error *error)
{
    const struct ocs_zarr_input *const input = desk->strips->input;
    const uint64_t bytes = ocs_shard_index_bytes(&input->array);
    struct ocs_store_get get = {
        .key = key, .from_end = !input->array.index_first, .room = bytes, .to = desk->index_bytes};
    desk->has_index = false;
    enum ocs_status status = ocs_store_get(input->store, &get, 1, error);
    if (status != OCS_OK)
        return status;
    if (get.found && get.got < bytes)
        return fail_at(desk, key, "it is smaller than the index of a shard", error);
    if (get.found) {
        char path[512];
        ocs_store_name(input->store, key, path, sizeof path);
        status = ocs_shard_index_read(&input->array, desk->index_bytes, get.total, path,
                                      desk->index, error);
    }
    desk->shard_is_there = get.found;
    desk->has_index = status == OCS_OK;
    memcpy(desk->index_of, parcel, sizeof desk->index_of);
    return status;
}

static const struct ocs_shard_place *in_shard(const struct ocs_zarr_desk *desk,
                                              const struct ocs_zarr_place *place, uint64_t i)
{
    const struct ocs_zarr_array *const array = &desk->strips->input->array;
    const uint64_t across = array->shard[X] / array->chunk[X];
    const uint64_t down = array->shard[Y] / array->chunk[Y];
    return &desk->index[(place->inner[Z] * down + place->inner[Y]) * across + place->inner[X] + i];
}

static enum ocs_status get_from_shard(struct ocs_zarr_desk *desk,
                                      const struct ocs_zarr_place *place, struct stored *stored,
                                      struct ocs_error *error)
{
    const struct ocs_zarr_input *const input = desk->strips->input;
    char *const key = stored[0].key;
    ocs_zarr_input_key(input, place->parcel, key);
    enum ocs_status status = OCS_OK;
    if (!desk->has_index || memcmp(desk->index_of, place->parcel, sizeof desk->index_of) != 0)
        status = read_index(desk, place->parcel, key, error);
    if (status != OCS_OK || !desk->shard_is_there)
        return status;
    struct ocs_store_get gets[OCS_ZARR_STRIP_CHUNKS];
    uint64_t which[OCS_ZARR_STRIP_CHUNKS];
    unsigned count = 0;
    for (uint64_t i = 0; i < place->count; ++i) {
        const struct ocs_shard_place *const at = in_shard(desk, place, i);
        if (ocs_shard_place_absent(at))
            continue;
        if (at->bytes == 0 || at->bytes > desk->packed_room)
            return fail_at(desk, key, "a chunk in it cannot have the size that its index says",
                           error);
        which[count] = i;
        gets[count++] = (struct ocs_store_get){.key = key,
                                               .offset = at->offset,
                                               .room = at->bytes,
                                               .to = desk->packed + i * desk->packed_room};
    }
    status = count > 0 ? ocs_store_get(input->store, gets, count, error) : OCS_OK;
    for (unsigned i = 0; i < count && status == OCS_OK; ++i) {
        struct stored *const chunk = &stored[which[i]];
        if (chunk != stored)
            memcpy(chunk->key, key, OCS_ZARR_INPUT_KEY_BYTES);
        chunk->found = true;
        chunk->bytes = gets[i].got;
        if (gets[i].got < gets[i].room)
            status = fail_at(desk, key, "it was cut while it was read", error);
    }
    return status;
}

/* ---- chunks plain ---- */

static void fill_bytes(const struct ocs_zarr_array *array, unsigned char *to, uint64_t bytes)
{
    unsigned char voxel[4];
    const unsigned each = ocs_zarr_type_bytes(array->type);
    ocs_zarr_fill_voxel(array, voxel);
    for (uint64_t i = 0; i < bytes; i += each)
        memcpy(to + i, voxel, each);
}

static enum ocs_status unpack(struct ocs_zarr_desk *desk, uint64_t i, const struct stored *stored,
                              struct ocs_error *error)
{
    if (!stored->found) {
        fill_bytes(&desk->strips->input->array, desk->chunk, desk->chunk_bytes);
        return OCS_OK;
    }
    char path[512];
    ocs_store_name(desk->strips->input->store, stored->key, path, sizeof path);
    const enum ocs_status status =
        ocs_zarr_tally_add(desk->strips->input, stored->bytes, path, error);
    if (status != OCS_OK)
        return status;
    return ocs_chunk_unpack(desk->unpacker, path, desk->packed + i * desk->packed_room,
                            stored->bytes, desk->chunk, error);
}

/* Puts the chunk that lies `i` chunks into the strip there. */
static void place_chunk(struct ocs_zarr_desk *desk, uint64_t i, const struct ocs_zarr_block *block)
{
    const struct ocs_zarr_array *const array = &desk->strips->input->array;
    const uint64_t each = ocs_zarr_type_bytes(array->type);
    const uint64_t first = i * array->chunk[X];
    const uint64_t bytes = ocs_min_u64(array->chunk[X], block->columns - first) * each;
    for (uint64_t z = 0; z < block->planes; ++z)
        for (uint64_t y = 0; y < block->rows; ++y)
            memcpy(desk->strip + z * block->plane_bytes + y * block->row_bytes + first * each,
                   desk->chunk + (z * array->chunk[Y] + y) * array->chunk[X] * each, bytes);
}

static void lay_out(const struct ocs_zarr_desk *desk, struct ocs_zarr_block *block)
{
    const struct ocs_zarr_array *const array = &desk->strips->input->array;
    const uint64_t each = ocs_zarr_type_bytes(array->type);
    const bool single = !desk->strip;
    block->row_bytes = (single ? array->chunk[X] : block->columns) * each;
    block->plane_bytes = block->row_bytes * (single ? array->chunk[Y] : block->rows);
    block->voxels = single ? desk->chunk : desk->strip;
}

enum ocs_status ocs_zarr_desk_read(struct ocs_zarr_desk *desk, uint64_t strip,
                                   struct ocs_zarr_block *block_ret, struct ocs_error *error)
{
    const struct ocs_zarr_array *const array = &desk->strips->input->array;
    const struct ocs_zarr_place place = ocs_zarr_strips_place(desk->strips, strip);
    struct ocs_zarr_block block = ocs_zarr_place_block(array, &place);
    *block_ret = block;
    if (place.count == 0)
        return OCS_OK;
    struct stored stored[OCS_ZARR_STRIP_CHUNKS] = {0};
    enum ocs_status status = array->sharded ? get_from_shard(desk, &place, stored, error)
                                            : get_whole(desk, &place, stored, error);
    bool any = false;
    for (uint64_t i = 0; i < place.count; ++i)
        any = any || stored[i].found;
    if (status != OCS_OK || !any)
        return status;
    lay_out(desk, &block);
    for (uint64_t i = 0; i < place.count && status == OCS_OK; ++i) {
        status = unpack(desk, i, &stored[i], error);
        if (status == OCS_OK && desk->strip)
            place_chunk(desk, i, &block);
    }
    *block_ret = block;
    return status;
}
