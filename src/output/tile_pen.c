/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tile_pen.h"

#include "fail.h"
#include "scratch.h"
#include "tile_halve.h"

#include <assert.h>
#include <string.h>

/*     carry:   section z0            section z0 + 1
 *              | row y0 | ... | y1 |   room   | row y0 | ...
 *              |<------- stride ------------->|                                            */
struct ocs_tile_pen {
    struct ocs_tile_target *target;
    float *carry;
    unsigned char *tile;
    void *press;
    uint64_t room_rows;      /* of one section in the carry                             */
    uint64_t z0, z1, y0, y1; /* of the block gathered so far; empty: z0 == z1           */
    struct ocs_half_sums sums;
};

void ocs_tile_target_start(struct ocs_tile_target *target)
{
    const int failed = pthread_mutex_init(&target->lock, NULL);
    assert(failed == 0); /* a mutex without attributes has nothing to run out of */
    (void)failed;
    target->sums = (struct ocs_half_sums){.count = 0};
}

void ocs_tile_target_end(struct ocs_tile_target *target)
{
    pthread_mutex_destroy(&target->lock);
}

enum ocs_status ocs_tile_target_statistics(const struct ocs_tile_target *target, const char *path,
                                           struct ocs_statistics *statistics,
                                           struct ocs_error *error)
{
    if (target->sums.infinite > 0) {
        ocs_fail(error, OCS_LIMIT, "writing", path,
                 "%llu values are beyond what float16 can hold (65504)",
                 (unsigned long long)target->sums.infinite);
        ocs_advise(error, "use --dtype f32");
        return OCS_LIMIT;
    }
    if (target->tiling.format.mode == OCS_MODE_FLOAT16)
        *statistics = ocs_half_sums_statistics(&target->sums);
    return OCS_OK;
}

/* ---- a pen ---- */

/* Blocks of one section need not wait for the whole band. */
static uint64_t room_rows(const struct ocs_tiling *tiling, uint64_t band_rows)
{
    const struct ocs_box block = ocs_tiling_block(tiling);
    return block.z == 1 ? block.y : ocs_min_u64(band_rows, tiling->box.y);
}

static uint64_t carry_voxels(const struct ocs_tiling *tiling, uint64_t band_rows)
{
    return ocs_tiling_block(tiling).z * room_rows(tiling, band_rows) * tiling->box.x;
}

uint64_t ocs_tile_pen_need(const struct ocs_tiling *tiling, uint64_t band_rows)
{
    return ocs_budget_cost(sizeof(struct ocs_tile_pen)) +
           ocs_budget_cost(carry_voxels(tiling, band_rows) * sizeof(float)) +
           ocs_budget_cost(ocs_tiling_tile_bytes(tiling));
}

static void free_pen(struct ocs_tile_pen *pen)
{
    struct ocs_tile_target *const target = pen->target;
    if (pen->press)
        target->store->close(pen->press);
    ocs_budget_free(target->budget, pen->carry);
    ocs_budget_free(target->budget, pen->tile);
    ocs_budget_free(target->budget, pen);
}

enum ocs_status ocs_tile_pen_open(struct ocs_tile_target *target, struct ocs_tile_pen **pen_ret,
                                  struct ocs_error *error)
{
    const struct ocs_tiling *const tiling = &target->tiling;
    struct ocs_tile_pen *const pen = ocs_budget_alloc(target->budget, sizeof *pen, error);
    if (!pen)
        return error->status;
    pen->target = target;
    pen->room_rows = room_rows(tiling, target->band_rows);
    pen->carry = ocs_budget_array(target->budget, carry_voxels(tiling, target->band_rows),
                                  sizeof(float), error);
    if (pen->carry)
        pen->tile = ocs_budget_alloc(target->budget, ocs_tiling_tile_bytes(tiling), error);
    if (!pen->tile || target->store->open(target->store->self, &pen->press, error) != OCS_OK) {
        free_pen(pen);
        return error->status;
    }
    *pen_ret = pen;
    return OCS_OK;
}

/* ---- a complete block ---- */

/* Voxels [z0, z1) x [y0, y1) x [x0, x1) of the box: what a tile has of it. */
struct cut {
    uint64_t z0, z1, y0, y1, x0, x1;
};

/* Into the tile's own rows; returns its bytes. */
static uint64_t fill_tile(struct ocs_tile_pen *pen, const struct cut *cut)
{
    const struct ocs_tiling *const tiling = &pen->target->tiling;
    const uint64_t each = ocs_tiling_voxel_bytes(tiling), n = cut->x1 - cut->x0;
    const struct ocs_box now = {cut->z1 - cut->z0, cut->y1 - cut->y0, n};
    const struct ocs_box tile = tiling->whole ? tiling->tile : now;
    const uint64_t bytes = tile.z * tile.y * tile.x * each;
    if (now.z < tile.z || now.y < tile.y || now.x < tile.x)
        memset(pen->tile, 0, bytes);
    for (uint64_t z = 0; z < now.z; ++z)
        for (uint64_t y = 0; y < now.y; ++y) {
            const uint64_t section = cut->z0 + z - pen->z0, row = cut->y0 + y - pen->y0;
            const float *const from =
                pen->carry + (section * pen->room_rows + row) * tiling->box.x + cut->x0;
            unsigned char *const to = pen->tile + (z * tile.y + y) * tile.x * each;
            ocs_voxels_encode(&tiling->format, pen->target->simd, from, to, n);
            if (tiling->format.mode == OCS_MODE_FLOAT16)
                ocs_half_sums_add(&pen->sums, pen->target->simd, to, n);
        }
    return bytes;
}

static enum ocs_status put_row_of_tiles(struct ocs_tile_pen *pen, struct cut *cut,
                                        struct ocs_error *error)
{
    const struct ocs_tiling *const tiling = &pen->target->tiling;
    struct ocs_box at = {cut->z0 / tiling->tile.z, cut->y0 / tiling->tile.y, 0};
    enum ocs_status status = OCS_OK;
    for (uint64_t x = 0; x < tiling->box.x && status == OCS_OK; x += tiling->tile.x, ++at.x) {
        cut->x0 = x;
        cut->x1 = ocs_min_u64(x + tiling->tile.x, tiling->box.x);
        const uint64_t bytes = fill_tile(pen, cut);
        status = pen->target->store->tile(pen->press, &at, pen->tile, bytes, error);
    }
    return status;
}

static enum ocs_status put_tiles(struct ocs_tile_pen *pen, struct ocs_error *error)
{
    const struct ocs_box tile = pen->target->tiling.tile;
    enum ocs_status status = OCS_OK;
    for (uint64_t z = pen->z0; z < pen->z1 && status == OCS_OK; z += tile.z)
        for (uint64_t y = pen->y0; y < pen->y1 && status == OCS_OK; y += tile.y) {
            struct cut cut = {.z0 = z,
                              .z1 = ocs_min_u64(z + tile.z, pen->z1),
                              .y0 = y,
                              .y1 = ocs_min_u64(y + tile.y, pen->y1)};
            status = put_row_of_tiles(pen, &cut, error);
        }
    return status;
}

/* The block's own voxels are no longer needed. */
static enum ocs_status put_means(struct ocs_tile_pen *pen, struct ocs_error *error)
{
    const struct ocs_tile_target *const target = pen->target;
    const struct ocs_box block = {pen->z1 - pen->z0, pen->y1 - pen->y0, target->tiling.box.x};
    const struct ocs_box half = ocs_box_halved(block), whole = ocs_box_halved(target->tiling.box);
    ocs_tile_halve(pen->carry, block, pen->room_rows * block.x);
    const uint64_t part = half.y * half.x;
    enum ocs_status status = OCS_OK;
    for (uint64_t z = 0; z < half.z && status == OCS_OK; ++z) {
        const uint64_t at = ((pen->z0 / 2 + z) * whole.y + pen->y0 / 2) * whole.x;
        status = ocs_scratch_write(target->halved, target->halved_offset + at * sizeof(float),
                                   pen->carry + z * part, part * sizeof(float), error);
    }
    return status;
}

static enum ocs_status put_block(struct ocs_tile_pen *pen, struct ocs_error *error)
{
    if (pen->z0 == pen->z1)
        return OCS_OK;
    enum ocs_status status = put_tiles(pen, error);
    if (status == OCS_OK && pen->target->tiling.halved)
        status = put_means(pen, error);
    pen->z0 = pen->z1 = 0;
    return status;
}

/* ---- rows ---- */

/* Whether row y of section z belongs to the block under way. */
static bool is_in_block(const struct ocs_tile_pen *pen, uint64_t z, uint64_t y)
{
    const struct ocs_box block = ocs_tiling_block(&pen->target->tiling);
    if (pen->z0 == pen->z1 || z / block.z != pen->z0 / block.z)
        return false;
    return block.z > 1 || y / block.y == pen->y0 / block.y;
}

static void begin_block(struct ocs_tile_pen *pen, uint64_t z, uint64_t y)
{
    const struct ocs_box block = ocs_tiling_block(&pen->target->tiling);
    assert(z % block.z == 0 && y % block.y == 0);
    (void)block;
    pen->z0 = z;
    pen->y0 = pen->y1 = y;
}

/* How many of `rows` rows from y on may follow in the same block. */
static uint64_t rows_in_block(const struct ocs_tile_pen *pen, uint64_t y, uint64_t rows)
{
    return ocs_min_u64(rows, pen->y0 + pen->room_rows - y);
}

static enum ocs_status put_some_rows(struct ocs_tile_pen *pen, uint64_t z, uint64_t y,
                                     uint64_t *rows, const float *voxels, struct ocs_error *error)
{
    if (!is_in_block(pen, z, y)) {
        const enum ocs_status status = put_block(pen, error);
        if (status != OCS_OK)
            return status;
        begin_block(pen, z, y);
    }
    const uint64_t nx = pen->target->tiling.box.x;
    *rows = rows_in_block(pen, y, *rows);
    assert(y >= pen->y0 && *rows > 0);
    memcpy(pen->carry + ((z - pen->z0) * pen->room_rows + y - pen->y0) * nx, voxels,
           *rows * nx * sizeof *voxels);
    pen->z1 = z + 1;
    pen->y1 = ocs_max_u64(pen->y1, y + *rows);
    return OCS_OK;
}

enum ocs_status ocs_tile_pen_rows(struct ocs_tile_pen *pen, uint64_t z, uint64_t y, uint64_t rows,
                                  const float *voxels, struct ocs_error *error)
{
    while (rows > 0) {
        uint64_t now = rows;
        const enum ocs_status status = put_some_rows(pen, z, y, &now, voxels, error);
        if (status != OCS_OK)
            return status;
        voxels += now * pen->target->tiling.box.x;
        y += now;
        rows -= now;
    }
    return OCS_OK;
}

enum ocs_status ocs_tile_pen_close(struct ocs_tile_pen *pen, bool keep, struct ocs_error *error)
{
    struct ocs_tile_target *const target = pen->target;
    const enum ocs_status status = keep ? put_block(pen, error) : OCS_OK;
    pthread_mutex_lock(&target->lock);
    ocs_half_sums_merge(&target->sums, &pen->sums);
    pthread_mutex_unlock(&target->lock);
    free_pen(pen);
    return status;
}
