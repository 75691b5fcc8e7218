/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader.h"

#include "checked.h"
#include "map_internal.h"
#include "scratch.h"
#include "stream.h"
#include "voxels.h"

#include <assert.h>
#include <math.h>

/* A map is read through a stream of chunks; a chunk always holds whole rows. An intermediate needs
 * no decoding and comes from the page cache, so its rows are read straight into the caller's array.
 */
struct ocs_reader {
    const struct ocs_volume *volume;
    struct ocs_budget *budget;
    enum ocs_simd simd;
    uint64_t row_bytes;
    struct ocs_stream *stream;
    const unsigned char *chunk;
    uint64_t chunk_left; /* bytes of the chunk not yet decoded                             */
    struct ocs_part part;
    uint64_t z, y; /* next row of an intermediate                                          */
};

uint64_t ocs_row_bytes(const struct ocs_volume *volume)
{
    return volume->map ? volume->map->mrc.row_bytes : volume->box.x * sizeof(float);
}

static uint64_t chunk_bytes_of(const struct ocs_reading *reading, const struct ocs_volume *volume)
{
    const uint64_t row_bytes = ocs_row_bytes(volume);
    const uint64_t rows = reading->chunk_bytes / row_bytes;
    return ocs_max_u64(rows, 1) * row_bytes;
}

uint64_t ocs_reader_need(const struct ocs_reading *reading, const struct ocs_volume *volume)
{
    const uint64_t self = ocs_budget_cost(sizeof(struct ocs_reader));
    if (!volume->map)
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
        .row_bytes = ocs_row_bytes(volume),
        .part = *part,
        .z = part->z0,
        .y = part->y0,
    };
    const enum ocs_status status = volume->map ? open_stream(reader, reading, error) : OCS_OK;
    if (status != OCS_OK) {
        ocs_reader_close(reader);
        return status;
    }
    *reader_ret = reader;
    return OCS_OK;
}

static void clear_nonfinite(float *row, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i)
        row[i] = isfinite(row[i]) ? row[i] : 0.0f;
}

static void decode_row(const struct ocs_volume *volume, enum ocs_simd simd,
                       const unsigned char *from, float *to, uint64_t n)
{
    const struct ocs_mrc *const mrc = &volume->map->mrc;
    const struct ocs_voxel_format format = {mrc->header.mode, mrc->swapped, mrc->unsigned_bytes};
    ocs_voxels_decode_row(&format, simd, from, to, n);
    if (volume->zero_nonfinite)
        clear_nonfinite(to, n);
}

static enum ocs_status map_rows(struct ocs_reader *reader, uint64_t rows, float *to,
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
        decode_row(reader->volume, reader->simd, reader->chunk, to + row * nx, nx);
        reader->chunk += reader->row_bytes;
        reader->chunk_left -= reader->row_bytes;
    }
    return OCS_OK;
}

static enum ocs_status scratch_rows(struct ocs_reader *reader, uint64_t rows, float *to,
                                    struct ocs_error *error)
{
    const struct ocs_volume *const volume = reader->volume;
    while (rows > 0) {
        const uint64_t now = ocs_min_u64(rows, reader->part.y1 - reader->y);
        const uint64_t first = reader->z * volume->box.y + reader->y;
        const enum ocs_status status =
            ocs_scratch_read(volume->scratch, volume->scratch_offset + first * reader->row_bytes,
                             to, now * reader->row_bytes, error);
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
    return reader->volume->map ? map_rows(reader, rows, to, error)
                               : scratch_rows(reader, rows, to, error);
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
    ocs_budget_free(reader->budget, reader);
}

enum ocs_status ocs_rows_read(const struct ocs_volume *volume, enum ocs_simd simd, uint64_t z,
                              uint64_t y, uint64_t rows, unsigned char *raw, float *to,
                              struct ocs_error *error)
{
    const uint64_t row_bytes = ocs_row_bytes(volume);
    const uint64_t offset = (z * volume->box.y + y) * row_bytes;
    if (!volume->map)
        return ocs_scratch_read(volume->scratch, volume->scratch_offset + offset, to,
                                rows * row_bytes, error);
    const enum ocs_status status = ocs_source_read(
        volume->map->source, volume->map->data_offset + offset, raw, rows * row_bytes, error);
    if (status != OCS_OK)
        return status;
    for (uint64_t row = 0; row < rows; ++row)
        decode_row(volume, simd, raw + row * row_bytes, to + row * volume->box.x, volume->box.x);
    return OCS_OK;
}
