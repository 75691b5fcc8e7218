/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader.h"

#include "checked.h"
#include "decode_row.h"
#include "map_internal.h"
#include "row_desk.h"
#include "stream.h"

#include <assert.h>

/* A map is read through a stream of chunks; a chunk always holds whole rows. A spooled map and an
 * intermediate come from the page cache, so their rows are read when they are wanted. */
struct ocs_reader {
    const struct ocs_volume *volume;
    struct ocs_budget *budget;
    enum ocs_simd simd;
    uint64_t row_bytes; /* of the stream                                                   */
    struct ocs_stream *stream;
    const unsigned char *chunk;
    uint64_t chunk_left;       /* bytes of the chunk not yet decoded                             */
    struct ocs_row_desk *desk; /* where there is no stream                                  */
    struct ocs_part part;
    uint64_t z, y; /* next row of the desk                                                 */
};

static bool has_stream(const struct ocs_volume *volume)
{
    return volume->map && volume->map->source && !volume->map->frames;
}

bool ocs_volume_is_far(const struct ocs_volume *volume)
{
    return has_stream(volume) && !volume->stocked && ocs_source_is_far(volume->map->source);
}

static uint64_t chunk_bytes_of(const struct ocs_reading *reading, const struct ocs_volume *volume)
{
    const uint64_t row_bytes = volume->map->mrc.row_bytes;
    const uint64_t rows = reading->chunk_bytes / row_bytes;
    return ocs_max_u64(rows, 1) * row_bytes;
}

uint64_t ocs_reader_need(const struct ocs_reading *reading, const struct ocs_volume *volume)
{
    const uint64_t self = ocs_budget_cost(sizeof(struct ocs_reader));
    if (!has_stream(volume))
        return self + ocs_row_desk_need(volume, volume->box.y);
    if (volume->stocked)
        return self;
    return self +
           ocs_stream_need(volume->map->source, chunk_bytes_of(reading, volume), reading->depth);
}

static enum ocs_status open_stream(struct ocs_reader *reader, const struct ocs_reading *reading,
                                   struct ocs_error *error)
{
    const struct ocs_map *const map = reader->volume->map;
    const struct ocs_part *const part = &reader->part;
    const uint64_t plane_bytes = reader->row_bytes * reader->volume->box.y;
    const struct ocs_ranges ranges = {
        .offset = map->data_offset + part->z0 * plane_bytes + part->y0 * reader->row_bytes,
        .bytes = (part->y1 - part->y0) * reader->row_bytes,
        .stride = plane_bytes,
        .count = part->z1 - part->z0,
    };
    return ocs_stream_open(reading->loop, reading->budget, map->source, &ranges,
                           chunk_bytes_of(reading, reader->volume), reading->depth, &reader->stream,
                           error);
}

enum ocs_status ocs_reader_open(const struct ocs_reading *reading, const struct ocs_volume *volume,
                                const struct ocs_part *part, struct ocs_reader **reader_ret,
                                struct ocs_error *error)
{
    struct ocs_reader *const reader = ocs_budget_alloc(reading->budget, sizeof *reader, error);
    if (!reader)
        return error->status;
    *reader = (struct ocs_reader){
        .volume = volume,
        .budget = reading->budget,
        .simd = reading->simd,
        .row_bytes = has_stream(volume) ? volume->map->mrc.row_bytes : 0,
        .part = *part,
        .z = part->z0,
        .y = part->y0,
    };
    const enum ocs_status status = has_stream(volume)
                                       ? open_stream(reader, reading, error)
                                       : ocs_row_desk_open(reading->budget, volume, reading->simd,
                                                           volume->box.y, &reader->desk, error);
    if (status != OCS_OK) {
        ocs_reader_close(reader);
        return status;
    }
    *reader_ret = reader;
    return OCS_OK;
}

static enum ocs_status stream_rows(struct ocs_reader *reader, uint64_t rows, float *to,
                                   struct ocs_error *error)
{
    const uint64_t nx = reader->volume->box.x;
    for (uint64_t row = 0; row < rows; ++row) {
        if (reader->chunk_left == 0) {
            const enum ocs_status status =
                ocs_stream_next(reader->stream, &reader->chunk, &reader->chunk_left, error);
            if (status != OCS_OK)
                return status;
            assert(reader->chunk_left >= reader->row_bytes);
        }
        ocs_decode_row(reader->volume, reader->simd, reader->chunk, to + row * nx);
        reader->chunk += reader->row_bytes;
        reader->chunk_left -= reader->row_bytes;
    }
    return OCS_OK;
}

static enum ocs_status desk_rows(struct ocs_reader *reader, uint64_t rows, float *to,
                                 struct ocs_error *error)
{
    const struct ocs_volume *const volume = reader->volume;
    while (rows > 0) {
        const uint64_t now = ocs_min_u64(rows, reader->part.y1 - reader->y);
        const enum ocs_status status =
            ocs_row_desk_read(reader->desk, reader->z, reader->y, now, to, error);
        if (status != OCS_OK)
            return status;
        to += now * volume->box.x;
        rows -= now;
        reader->y += now;
        if (reader->y == reader->part.y1) {
            reader->y = reader->part.y0;
            ++reader->z;
        }
    }
    return OCS_OK;
}

enum ocs_status ocs_reader_rows(struct ocs_reader *reader, uint64_t rows, float *to,
                                struct ocs_error *error)
{
    return reader->stream ? stream_rows(reader, rows, to, error)
                          : desk_rows(reader, rows, to, error);
}

enum ocs_status ocs_reader_check(struct ocs_reader *reader, struct ocs_error *error)
{
    return reader->stream ? ocs_stream_check(reader->stream, error) : OCS_OK;
}

void ocs_reader_close(struct ocs_reader *reader)
{
    if (!reader)
        return;
    ocs_stream_close(reader->stream);
    ocs_row_desk_close(reader->desk);
    ocs_budget_free(reader->budget, reader);
}
