/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "frames.h"

#include "checked.h"
#include "chunk_codec.h"
#include "fail.h"
#include "seek_table.h"

#include <assert.h>
#include <string.h>

struct ocs_frames {
    struct ocs_budget *budget;
    const struct ocs_source *source;
    struct ocs_seek_table table;
    uint64_t need;
};

/* ---- opening ---- */

static enum ocs_status find_table(const struct ocs_source *source, struct ocs_seek_place *place,
                                  bool *found_ret, struct ocs_error *error)
{
    unsigned char footer[OCS_SEEK_FOOTER_BYTES];
    const uint64_t size = ocs_source_bytes(source);
    *found_ret = false;
    if (size < sizeof footer || size == UINT64_MAX)
        return OCS_OK;
    const enum ocs_status status =
        ocs_source_read(source, size - sizeof footer, footer, sizeof footer, error);
    *found_ret = status == OCS_OK && ocs_seek_place_read(footer, size, place) &&
                 place->frames <= OCS_FRAMES_MAX;
    return status;
}

/* What is no table, after all, is not an error: the file has its frames all the same. */
static enum ocs_status read_table(struct ocs_frames *frames, const struct ocs_seek_place *place,
                                  struct ocs_error *error)
{
    unsigned char *const bytes = ocs_budget_alloc(frames->budget, place->bytes, error);
    if (!bytes)
        return error->status;
    enum ocs_status status =
        ocs_source_read(frames->source, place->offset, bytes, place->bytes, error);
    if (status == OCS_OK)
        status = ocs_seek_table_read(frames->budget, place, bytes, ocs_source_path(frames->source),
                                     &frames->table, error);
    ocs_budget_free(frames->budget, bytes);
    frames->need = ocs_budget_cost(sizeof *frames) + ocs_seek_table_need(place);
    return status;
}

enum ocs_status ocs_frames_open(struct ocs_budget *budget, const struct ocs_source *source,
                                struct ocs_frames **frames_ret, struct ocs_error *error)
{
    *frames_ret = NULL;
    struct ocs_seek_place place;
    bool found;
    enum ocs_status status = find_table(source, &place, &found, error);
    if (status != OCS_OK || !found)
        return status;
    struct ocs_frames *const frames = ocs_budget_alloc(budget, sizeof *frames, error);
    if (!frames)
        return error->status;
    frames->budget = budget;
    frames->source = source;
    status = read_table(frames, &place, error);
    if (status == OCS_OK && frames->table.largest_plain <= OCS_FRAME_LARGEST &&
        frames->table.largest_packed <= ocs_chunk_packed_limit(OCS_FRAME_LARGEST)) {
        *frames_ret = frames;
        return OCS_OK;
    }
    ocs_frames_close(frames);
    return status == OCS_BAD_INPUT ? OCS_OK : status;
}

void ocs_frames_close(struct ocs_frames *frames)
{
    if (!frames)
        return;
    ocs_seek_table_free(frames->budget, &frames->table);
    ocs_budget_free(frames->budget, frames);
}

uint64_t ocs_frames_bytes(const struct ocs_frames *frames)
{
    return frames->table.plain_at[frames->table.frames];
}

uint64_t ocs_frames_count(const struct ocs_frames *frames)
{
    return frames->table.frames;
}

uint64_t ocs_frames_need(const struct ocs_frames *frames)
{
    return frames->need;
}

/* ---- reading ---- */

static const struct ocs_chunk_codec zstd = {.method = OCS_CHUNK_ZSTD, .element_bytes = 1};

struct ocs_frame_desk {
    struct ocs_budget *budget;
    const struct ocs_frames *frames;
    unsigned char *packed, *plain;
    struct ocs_chunk_unpacker *unpacker; /* for frames of `unpacker_bytes`; NULL: not yet    */
    uint64_t unpacker_bytes;
    bool open; /* `plain` holds frame `frame`                                              */
    uint32_t frame;
};

static uint64_t desk_need(uint64_t largest_plain, uint64_t largest_packed)
{
    return ocs_budget_cost(sizeof(struct ocs_frame_desk)) + ocs_budget_cost(largest_packed) +
           ocs_budget_cost(largest_plain) + ocs_chunk_unpacker_need(&zstd, largest_plain);
}

uint64_t ocs_frame_desk_need(const struct ocs_frames *frames)
{
    return desk_need(frames->table.largest_plain, frames->table.largest_packed);
}

uint64_t ocs_frame_desk_need_of(uint64_t largest_plain)
{
    return desk_need(largest_plain, ocs_chunk_bound(&zstd, largest_plain));
}

enum ocs_status ocs_frame_desk_open(struct ocs_budget *budget, const struct ocs_frames *frames,
                                    struct ocs_frame_desk **desk_ret, struct ocs_error *error)
{
    struct ocs_frame_desk *const desk = ocs_budget_alloc(budget, sizeof *desk, error);
    if (!desk)
        return error->status;
    desk->budget = budget;
    desk->frames = frames;
    if (!(desk->packed = ocs_budget_alloc(budget, frames->table.largest_packed, error)) ||
        !(desk->plain = ocs_budget_alloc(budget, frames->table.largest_plain, error))) {
        ocs_frame_desk_close(desk);
        return error->status;
    }
    *desk_ret = desk;
    return OCS_OK;
}

static uint64_t frame_bytes(const uint64_t *at, uint32_t frame)
{
    return at[frame + 1] - at[frame];
}

/* Frames are of few sizes: that of the header, that of all others, that of the last. */
static enum ocs_status set_unpacker(struct ocs_frame_desk *desk, uint64_t plain_bytes,
                                    struct ocs_error *error)
{
    if (desk->unpacker && desk->unpacker_bytes == plain_bytes)
        return OCS_OK;
    ocs_chunk_unpacker_close(desk->unpacker);
    desk->unpacker = NULL;
    desk->unpacker_bytes = plain_bytes;
    return ocs_chunk_unpacker_open(desk->budget, &zstd, plain_bytes, &desk->unpacker, error);
}

static enum ocs_status open_frame(struct ocs_frame_desk *desk, uint32_t frame,
                                  struct ocs_error *error)
{
    const struct ocs_seek_table *const table = &desk->frames->table;
    const struct ocs_source *const source = desk->frames->source;
    const uint64_t packed_bytes = frame_bytes(table->packed_at, frame);
    desk->open = false;
    enum ocs_status status = set_unpacker(desk, frame_bytes(table->plain_at, frame), error);
    if (status == OCS_OK)
        status =
            ocs_source_read(source, table->packed_at[frame], desk->packed, packed_bytes, error);
    if (status == OCS_OK)
        status = ocs_chunk_unpack(desk->unpacker, ocs_source_path(source), desk->packed,
                                  packed_bytes, desk->plain, error);
    if (status != OCS_OK)
        return status;
    desk->open = true;
    desk->frame = frame;
    return OCS_OK;
}

enum ocs_status ocs_frame_desk_read(struct ocs_frame_desk *desk, uint64_t offset, void *to,
                                    uint64_t bytes, struct ocs_error *error)
{
    const struct ocs_seek_table *const table = &desk->frames->table;
    assert(offset <= ocs_frames_bytes(desk->frames) &&
           bytes <= ocs_frames_bytes(desk->frames) - offset);
    for (unsigned char *at = to; bytes > 0;) {
        const uint32_t frame = ocs_seek_table_find(table, offset);
        if (!desk->open || desk->frame != frame) {
            const enum ocs_status status = open_frame(desk, frame, error);
            if (status != OCS_OK)
                return status;
        }
        const uint64_t now = ocs_min_u64(bytes, table->plain_at[frame + 1] - offset);
        memcpy(at, desk->plain + (offset - table->plain_at[frame]), now);
        at += now;
        offset += now;
        bytes -= now;
    }
    return OCS_OK;
}

void ocs_frame_desk_close(struct ocs_frame_desk *desk)
{
    if (!desk)
        return;
    ocs_chunk_unpacker_close(desk->unpacker);
    ocs_budget_free(desk->budget, desk->packed);
    ocs_budget_free(desk->budget, desk->plain);
    ocs_budget_free(desk->budget, desk);
}
