/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "row_desk.h"

#include "checked.h"
#include "decode_row.h"
#include "map_internal.h"
#include "scratch.h"
#include "spool.h"

#include <assert.h>

struct ocs_row_desk {
    struct ocs_budget *budget;
    const struct ocs_volume *volume;
    enum ocs_simd simd;
    uint64_t most_rows;
    unsigned char *raw;            /* rows of a file as they stand there, one of frames        */
    struct ocs_frame_desk *frames; /* of a file with a seek table                             */
    struct ocs_spool_desk *spool;  /* of a spooled map                                        */
};

uint64_t ocs_row_desk_need(const struct ocs_volume *volume, uint64_t most_rows)
{
    const uint64_t self = ocs_budget_cost(sizeof(struct ocs_row_desk));
    if (!volume->map)
        return self;
    if (ocs_map_comes_once(volume->map)) {
        const struct ocs_spool_shape shape = ocs_map_spool_shape(volume->map);
        return self + ocs_spool_desk_need(&shape);
    }
    if (volume->map->frames)
        return self + ocs_budget_cost(volume->map->mrc.row_bytes) +
               ocs_frame_desk_need(volume->map->frames);
    return self + ocs_budget_cost(most_rows * volume->map->mrc.row_bytes);
}

static enum ocs_status open_map(struct ocs_row_desk *desk, struct ocs_error *error)
{
    if (desk->volume->spool)
        return ocs_spool_desk_open(desk->budget, desk->volume->spool, &desk->spool, error);
    const struct ocs_map *const map = desk->volume->map;
    const uint64_t raw_rows = map->frames ? 1 : desk->most_rows;
    desk->raw = ocs_budget_array(desk->budget, raw_rows, map->mrc.row_bytes, error);
    if (!desk->raw)
        return error->status;
    return map->frames ? ocs_frame_desk_open(desk->budget, map->frames, &desk->frames, error)
                       : OCS_OK;
}

enum ocs_status ocs_row_desk_open(struct ocs_budget *budget, const struct ocs_volume *volume,
                                  enum ocs_simd simd, uint64_t most_rows,
                                  struct ocs_row_desk **desk_ret, struct ocs_error *error)
{
    struct ocs_row_desk *const desk = ocs_budget_alloc(budget, sizeof *desk, error);
    if (!desk)
        return error->status;
    *desk = (struct ocs_row_desk){
        .budget = budget, .volume = volume, .simd = simd, .most_rows = most_rows};
    const enum ocs_status status = volume->map ? open_map(desk, error) : OCS_OK;
    if (status != OCS_OK) {
        ocs_row_desk_close(desk);
        return status;
    }
    *desk_ret = desk;
    return OCS_OK;
}

static enum ocs_status read_file(struct ocs_row_desk *desk, uint64_t z, uint64_t y, uint64_t rows,
                                 float *to, struct ocs_error *error)
{
    const struct ocs_volume *const volume = desk->volume;
    const uint64_t row_bytes = volume->map->mrc.row_bytes;
    const uint64_t offset = volume->map->data_offset + (z * volume->box.y + y) * row_bytes;
    const enum ocs_status status =
        ocs_source_read(volume->map->source, offset, desk->raw, rows * row_bytes, error);
    for (uint64_t row = 0; row < rows && status == OCS_OK; ++row)
        ocs_decode_row(volume, desk->simd, desk->raw + row * row_bytes, to + row * volume->box.x);
    return status;
}

static enum ocs_status read_frames(struct ocs_row_desk *desk, uint64_t z, uint64_t y, uint64_t rows,
                                   float *to, struct ocs_error *error)
{
    const struct ocs_volume *const volume = desk->volume;
    const uint64_t row_bytes = volume->map->mrc.row_bytes;
    uint64_t offset = volume->map->data_offset + (z * volume->box.y + y) * row_bytes;
    for (uint64_t row = 0; row < rows; ++row, offset += row_bytes) {
        const enum ocs_status status =
            ocs_frame_desk_read(desk->frames, offset, desk->raw, row_bytes, error);
        if (status != OCS_OK)
            return status;
        ocs_decode_row(volume, desk->simd, desk->raw, to + row * volume->box.x);
    }
    return OCS_OK;
}

static enum ocs_status read_spool(struct ocs_row_desk *desk, uint64_t z, uint64_t y, uint64_t rows,
                                  float *to, struct ocs_error *error)
{
    const struct ocs_volume *const volume = desk->volume;
    while (rows > 0) {
        const unsigned char *from;
        uint64_t open;
        const enum ocs_status status = ocs_spool_rows(desk->spool, z, y, &from, &open, error);
        if (status != OCS_OK)
            return status;
        const uint64_t now = ocs_min_u64(open, rows);
        for (uint64_t row = 0; row < now; ++row)
            ocs_decode_row(volume, desk->simd, from + row * volume->map->mrc.row_bytes,
                           to + row * volume->box.x);
        to += now * volume->box.x;
        y += now;
        rows -= now;
    }
    return OCS_OK;
}

enum ocs_status ocs_row_desk_read(struct ocs_row_desk *desk, uint64_t z, uint64_t y, uint64_t rows,
                                  float *to, struct ocs_error *error)
{
    const struct ocs_volume *const volume = desk->volume;
    assert(rows <= desk->most_rows && y + rows <= volume->box.y);
    if (desk->spool)
        return read_spool(desk, z, y, rows, to, error);
    if (desk->frames)
        return read_frames(desk, z, y, rows, to, error);
    if (volume->map)
        return read_file(desk, z, y, rows, to, error);
    const uint64_t row_bytes = volume->box.x * sizeof(float);
    return ocs_scratch_read(volume->scratch,
                            volume->scratch_offset + (z * volume->box.y + y) * row_bytes, to,
                            rows * row_bytes, error);
}

void ocs_row_desk_close(struct ocs_row_desk *desk)
{
    if (!desk)
        return;
    ocs_spool_desk_close(desk->spool);
    ocs_frame_desk_close(desk->frames);
    ocs_budget_free(desk->budget, desk->raw);
    ocs_budget_free(desk->budget, desk);
}
