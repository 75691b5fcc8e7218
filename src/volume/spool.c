/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spool.h"

#include "block.h"
#include "checked.h"
#include "scratch.h"
#include "voxels.h"

#include <assert.h>
#include <stdatomic.h>

enum { GROUP_BYTES = 256 << 10 };

struct entry {
    uint64_t offset;
    uint64_t bytes; /* pressed; 0: not written yet                                          */
};

struct ocs_spool {
    struct ocs_budget *budget;
    struct ocs_scratch *scratch;
    struct ocs_spool_shape shape;
    uint64_t offset;       /* in scratch                                                    */
    _Atomic uint64_t next; /* where the next group goes                                     */
    struct entry *entries; /* NULL: plain                                                   */
};

/* ---- shape ---- */

static unsigned element_bytes(int32_t mode)
{
    const uint64_t pair = ocs_voxels_row_bytes(mode, 2);
    return pair >= 2 ? (unsigned)(pair / 2) : 1;
}

struct ocs_spool_shape ocs_spool_shape_of(const struct ocs_mrc *mrc)
{
    struct ocs_spool_shape shape = {
        .planes = mrc->box.z,
        .plane_rows = mrc->box.y,
        .row_bytes = mrc->row_bytes,
        .element_bytes = element_bytes(mrc->header.mode),
    };
    const uint64_t rows = ocs_max_u64(GROUP_BYTES / shape.row_bytes, 1);
    shape.plane_groups = ocs_div_up_u64(shape.plane_rows, rows);
    shape.group_rows = ocs_div_up_u64(shape.plane_rows, shape.plane_groups);
    shape.plane_groups = ocs_div_up_u64(shape.plane_rows, shape.group_rows);
    shape.group_bytes = shape.group_rows * shape.row_bytes;
    return shape;
}

uint64_t ocs_spool_groups(const struct ocs_spool_shape *shape)
{
    return shape->planes * shape->plane_groups;
}

struct ocs_spool_group ocs_spool_group(const struct ocs_spool_shape *shape, uint64_t group)
{
    const uint64_t row = group % shape->plane_groups * shape->group_rows;
    return (struct ocs_spool_group){
        .plane = group / shape->plane_groups,
        .row = row,
        .rows = ocs_min_u64(shape->group_rows, shape->plane_rows - row),
    };
}

uint64_t ocs_spool_bytes(const struct ocs_spool_shape *shape)
{
    if (shape->plain)
        return shape->planes * shape->plane_rows * shape->row_bytes;
    const uint64_t last = ocs_spool_group(shape, shape->plane_groups - 1).rows * shape->row_bytes;
    return shape->planes * ((shape->plane_groups - 1) * ocs_block_bound(shape->group_bytes) +
                            ocs_block_bound(last));
}

/* ---- writing ---- */

uint64_t ocs_spool_need(const struct ocs_spool_shape *shape)
{
    const uint64_t self = ocs_budget_cost(sizeof(struct ocs_spool));
    return shape->plain ? self
                        : self + ocs_budget_cost(ocs_spool_groups(shape) * sizeof(struct entry));
}

/* What is not written at the end would not be there to be read. */
static enum ocs_status reach_to_end(const struct ocs_spool *spool, struct ocs_error *error)
{
    return ocs_scratch_write(spool->scratch, spool->offset + ocs_spool_bytes(&spool->shape) - 1, "",
                             1, error);
}

static enum ocs_status open_entries(struct ocs_spool *spool, struct ocs_error *error)
{
    spool->entries = ocs_budget_array(spool->budget, ocs_spool_groups(&spool->shape),
                                      sizeof *spool->entries, error);
    return spool->entries ? OCS_OK : error->status;
}

enum ocs_status ocs_spool_open(struct ocs_budget *budget, struct ocs_scratch *scratch,
                               uint64_t offset, const struct ocs_spool_shape *shape,
                               struct ocs_spool **spool_ret, struct ocs_error *error)
{
    struct ocs_spool *const spool = ocs_budget_alloc(budget, sizeof *spool, error);
    if (!spool)
        return error->status;
    spool->budget = budget;
    spool->scratch = scratch;
    spool->shape = *shape;
    spool->offset = spool->next = offset;
    const enum ocs_status status =
        shape->plain ? reach_to_end(spool, error) : open_entries(spool, error);
    if (status != OCS_OK) {
        ocs_spool_close(spool);
        return status;
    }
    *spool_ret = spool;
    return OCS_OK;
}

void ocs_spool_close(struct ocs_spool *spool)
{
    if (!spool)
        return;
    ocs_budget_free(spool->budget, spool->entries);
    ocs_budget_free(spool->budget, spool);
}

const struct ocs_spool_shape *ocs_spool_shape(const struct ocs_spool *spool)
{
    return &spool->shape;
}

struct ocs_spool_pen {
    struct ocs_budget *budget;
    struct ocs_spool *spool;
    struct ocs_block_press *press;
};

uint64_t ocs_spool_pen_need(const struct ocs_spool_shape *shape)
{
    return ocs_budget_cost(sizeof(struct ocs_spool_pen)) + ocs_block_press_need(shape->group_bytes);
}

enum ocs_status ocs_spool_pen_open(struct ocs_budget *budget, struct ocs_spool *spool,
                                   struct ocs_spool_pen **pen_ret, struct ocs_error *error)
{
    struct ocs_spool_pen *const pen = ocs_budget_alloc(budget, sizeof *pen, error);
    if (!pen)
        return error->status;
    pen->budget = budget;
    pen->spool = spool;
    const enum ocs_status status =
        ocs_block_press_open(budget, spool->shape.group_bytes, &pen->press, error);
    if (status != OCS_OK) {
        ocs_budget_free(budget, pen);
        return status;
    }
    *pen_ret = pen;
    return OCS_OK;
}

void ocs_spool_pen_close(struct ocs_spool_pen *pen)
{
    if (!pen)
        return;
    ocs_block_press_close(pen->press);
    ocs_budget_free(pen->budget, pen);
}

enum ocs_status ocs_spool_put(struct ocs_spool_pen *pen, uint64_t group, const unsigned char *plain,
                              struct ocs_error *error)
{
    struct ocs_spool *const spool = pen->spool;
    const struct ocs_spool_group at = ocs_spool_group(&spool->shape, group);
    struct entry *const entry = &spool->entries[group];
    assert(entry->bytes == 0);
    const unsigned char *block;
    const enum ocs_status status =
        ocs_block_press_run(pen->press, plain, at.rows * spool->shape.row_bytes,
                            spool->shape.element_bytes, &block, &entry->bytes, error);
    if (status != OCS_OK)
        return status;
    entry->offset = atomic_fetch_add(&spool->next, entry->bytes);
    return ocs_scratch_write(spool->scratch, entry->offset, block, entry->bytes, error);
}

enum ocs_status ocs_spool_put_plain(struct ocs_spool *spool, uint64_t plane, uint64_t row,
                                    uint64_t at, const unsigned char *from, uint64_t bytes,
                                    struct ocs_error *error)
{
    const struct ocs_spool_shape *const shape = &spool->shape;
    const uint64_t place = (plane * shape->plane_rows + row) * shape->row_bytes + at;
    return ocs_scratch_write(spool->scratch, spool->offset + place, from, bytes, error);
}

/* ---- reading ---- */

struct ocs_spool_desk {
    struct ocs_budget *budget;
    const struct ocs_spool *spool;
    struct ocs_block_opener *opener; /* one of the two is NULL                               */
    unsigned char *room;             /* for a group of a plain spool                         */
    const unsigned char *plain;      /* of the open group; NULL: none is                         */
    uint64_t group;
};

uint64_t ocs_spool_desk_need(const struct ocs_spool_shape *shape)
{
    return ocs_budget_cost(sizeof(struct ocs_spool_desk)) +
           (shape->plain ? ocs_budget_cost(shape->group_bytes)
                         : ocs_block_opener_need(shape->group_bytes));
}

static enum ocs_status open_room(struct ocs_spool_desk *desk, struct ocs_error *error)
{
    const struct ocs_spool_shape *const shape = &desk->spool->shape;
    if (!shape->plain)
        return ocs_block_opener_open(desk->budget, shape->group_bytes, &desk->opener, error);
    desk->room = ocs_budget_alloc(desk->budget, shape->group_bytes, error);
    return desk->room ? OCS_OK : error->status;
}

enum ocs_status ocs_spool_desk_open(struct ocs_budget *budget, const struct ocs_spool *spool,
                                    struct ocs_spool_desk **desk_ret, struct ocs_error *error)
{
    struct ocs_spool_desk *const desk = ocs_budget_alloc(budget, sizeof *desk, error);
    if (!desk)
        return error->status;
    desk->budget = budget;
    desk->spool = spool;
    const enum ocs_status status = open_room(desk, error);
    if (status != OCS_OK) {
        ocs_budget_free(budget, desk);
        return status;
    }
    *desk_ret = desk;
    return OCS_OK;
}

static enum ocs_status open_plain(struct ocs_spool_desk *desk, uint64_t group,
                                  struct ocs_error *error)
{
    const struct ocs_spool *const spool = desk->spool;
    const struct ocs_spool_shape *const shape = &spool->shape;
    const struct ocs_spool_group at = ocs_spool_group(shape, group);
    const enum ocs_status status = ocs_scratch_read(
        spool->scratch, spool->offset + (at.plane * shape->plane_rows + at.row) * shape->row_bytes,
        desk->room, at.rows * shape->row_bytes, error);
    desk->group = group;
    desk->plain = status == OCS_OK ? desk->room : NULL;
    return status;
}

static enum ocs_status open_group(struct ocs_spool_desk *desk, uint64_t group,
                                  struct ocs_error *error)
{
    const struct ocs_spool *const spool = desk->spool;
    if (spool->shape.plain)
        return open_plain(desk, group, error);
    const struct entry *const entry = &spool->entries[group];
    assert(entry->bytes > 0);
    desk->plain = NULL;
    const enum ocs_status status = ocs_scratch_read(
        spool->scratch, entry->offset, ocs_block_opener_room(desk->opener), entry->bytes, error);
    if (status != OCS_OK)
        return status;
    const uint64_t plain_bytes =
        ocs_spool_group(&spool->shape, group).rows * spool->shape.row_bytes;
    desk->group = group;
    return ocs_block_opener_run(desk->opener, entry->bytes, plain_bytes, spool->shape.element_bytes,
                                &desk->plain, error);
}

enum ocs_status ocs_spool_rows(struct ocs_spool_desk *desk, uint64_t plane, uint64_t row,
                               const unsigned char **rows_at_ret, uint64_t *rows_ret,
                               struct ocs_error *error)
{
    const struct ocs_spool_shape *const shape = &desk->spool->shape;
    const uint64_t group = plane * shape->plane_groups + row / shape->group_rows;
    if (!desk->plain || desk->group != group) {
        const enum ocs_status status = open_group(desk, group, error);
        if (status != OCS_OK)
            return status;
    }
    const struct ocs_spool_group at = ocs_spool_group(shape, group);
    *rows_at_ret = desk->plain + (row - at.row) * shape->row_bytes;
    *rows_ret = at.row + at.rows - row;
    return OCS_OK;
}

void ocs_spool_desk_close(struct ocs_spool_desk *desk)
{
    if (!desk)
        return;
    ocs_block_opener_close(desk->opener);
    ocs_budget_free(desk->budget, desk->room);
    ocs_budget_free(desk->budget, desk);
}
