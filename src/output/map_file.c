/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map_file.h"

#include "checked.h"
#include "fail.h"
#include "map_header.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct ocs_map_file {
    struct ocs_output_file *output;
    struct ocs_writer *writer;
    struct ocs_mrc like;
    enum ocs_dtype dtype;
    struct ocs_voxel_format format;
    enum ocs_simd simd;
    char label[OCS_MRC_LABEL_BYTES + 1];
    pthread_mutex_t lock; /* over sums */
    struct ocs_half_sums sums;
};

static uint64_t voxel_bytes(const struct ocs_voxel_format *format)
{
    return ocs_voxels_row_bytes(format->mode, 1);
}

uint64_t ocs_map_file_bytes(const struct ocs_mrc *like, enum ocs_dtype dtype)
{
    const struct ocs_voxel_format format = ocs_map_format(like, dtype);
    uint64_t bytes = voxel_bytes(&format);
    const bool fits =
        ocs_mul_u64(bytes, like->box.x, &bytes) && ocs_mul_u64(bytes, like->box.y, &bytes) &&
        ocs_mul_u64(bytes, like->box.z, &bytes) && ocs_add_u64(bytes, OCS_MRC_HEADER_BYTES, &bytes);
    return fits ? bytes : UINT64_MAX;
}

static void fill(struct ocs_map_file *file, const struct ocs_map_file_spec *spec,
                 struct ocs_writer *writer)
{
    file->writer = writer;
    file->like = *spec->like;
    file->dtype = spec->dtype;
    file->format = ocs_map_format(spec->like, spec->dtype);
    file->simd = spec->simd;
    strncpy(file->label, spec->label, sizeof file->label - 1);
    const int failed = pthread_mutex_init(&file->lock, NULL);
    assert(failed == 0); /* a mutex without attributes has nothing to run out of */
    (void)failed;
}

enum ocs_status ocs_map_file_create(const struct ocs_map_file_spec *spec, struct ocs_writer *writer,
                                    struct ocs_map_file **file_ret, struct ocs_error *error)
{
    const uint64_t bytes = ocs_map_file_bytes(spec->like, spec->dtype);
    if (bytes > INT64_MAX)
        return ocs_fail(error, OCS_LIMIT, "creating", spec->path,
                        "the map would be larger than any file");
    struct ocs_map_file *const file = calloc(1, sizeof *file);
    if (!file)
        return ocs_fail(error, OCS_LIMIT, "creating", spec->path, "no memory");
    fill(file, spec, writer);
    const enum ocs_status status =
        ocs_output_file_open(spec->path, spec->force, spec->keeping, bytes, &file->output, error);
    if (status != OCS_OK) {
        ocs_map_file_abandon(file);
        return status;
    }
    *file_ret = file;
    return OCS_OK;
}

struct ocs_output_file *ocs_map_file_output(struct ocs_map_file *file)
{
    return file->output;
}

uint64_t ocs_map_file_total_bytes(const struct ocs_map_file *file)
{
    return ocs_map_file_bytes(&file->like, file->dtype);
}

struct ocs_half_sums *ocs_map_file_sums(struct ocs_map_file *file)
{
    return &file->sums;
}

void ocs_map_pen_start(struct ocs_map_pen *pen, struct ocs_map_file *file)
{
    *pen = (struct ocs_map_pen){.file = file};
}

/*   buffer:  |<---- used ---->|<---- room ---->|
 *            ^ goes to `offset` of the file                                  */
static void submit(struct ocs_map_pen *pen, uint64_t bytes)
{
    if (pen->buffer)
        ocs_writer_submit(pen->file->writer, pen->file->output, pen->offset, pen->buffer, bytes);
    pen->buffer = NULL;
    pen->used = 0;
}

/* A buffer with room for at least one voxel, whose next byte goes to `offset`. */
static enum ocs_status make_room(struct ocs_map_pen *pen, uint64_t offset, struct ocs_error *error)
{
    const uint64_t room = ocs_writer_buffer_bytes(pen->file->writer) - pen->used;
    if (pen->buffer &&
        (pen->offset + pen->used != offset || room < voxel_bytes(&pen->file->format)))
        submit(pen, pen->used);
    if (pen->buffer)
        return OCS_OK;
    pen->offset = offset;
    return ocs_writer_take(pen->file->writer, &pen->buffer, error);
}

static void store(struct ocs_map_pen *pen, const float *voxels, uint64_t count)
{
    const struct ocs_map_file *const file = pen->file;
    unsigned char *const to = pen->buffer + pen->used;
    const bool half = file->dtype == OCS_DTYPE_F16;
    ocs_voxels_encode(&file->format, file->simd, voxels, to, count);
    if (half)
        ocs_half_sums_add(&pen->sums, file->simd, to, count);
    pen->used += count * voxel_bytes(&file->format);
}

enum ocs_status ocs_map_pen_rows(struct ocs_map_pen *pen, uint64_t z, uint64_t y, uint64_t rows,
                                 const float *voxels, struct ocs_error *error)
{
    const struct ocs_map_file *const file = pen->file;
    const struct ocs_box *const box = &file->like.box;
    const uint64_t each = voxel_bytes(&file->format);
    assert(z < box->z && y + rows <= box->y);
    assert(ocs_writer_buffer_bytes(file->writer) >= each);

    uint64_t offset = OCS_MRC_HEADER_BYTES + (z * box->y + y) * box->x * each;
    uint64_t left = rows * box->x;
    while (left > 0) {
        const enum ocs_status status = make_room(pen, offset, error);
        if (status != OCS_OK)
            return status;
        const uint64_t room = (ocs_writer_buffer_bytes(file->writer) - pen->used) / each;
        const uint64_t count = ocs_min_u64(left, room);
        store(pen, voxels, count);
        voxels += count;
        left -= count;
        offset += count * each;
    }
    return OCS_OK;
}

void ocs_map_pen_end(struct ocs_map_pen *pen, bool keep)
{
    struct ocs_map_file *const file = pen->file;
    submit(pen, keep ? pen->used : 0);
    pthread_mutex_lock(&file->lock);
    ocs_half_sums_merge(&file->sums, &pen->sums);
    pthread_mutex_unlock(&file->lock);
    pen->sums = (struct ocs_half_sums){.count = 0};
}

static enum ocs_status check_range(const struct ocs_map_file *file, struct ocs_error *error)
{
    if (file->sums.infinite == 0)
        return OCS_OK;
    const enum ocs_status status =
        ocs_fail(error, OCS_LIMIT, "writing", ocs_output_file_path(file->output),
                 "%llu values are beyond what float16 can hold (65504)",
                 (unsigned long long)file->sums.infinite);
    ocs_advise(error, "use --dtype f32");
    return status;
}

enum ocs_status ocs_map_file_finish(struct ocs_map_file *file, struct ocs_statistics *statistics,
                                    struct ocs_error *error)
{
    enum ocs_status status = check_range(file, error);
    if (status != OCS_OK)
        return status;
    if (file->dtype == OCS_DTYPE_F16)
        *statistics = ocs_half_sums_statistics(&file->sums);
    const struct ocs_mrc_header header =
        ocs_map_header(&file->like, file->dtype, file->label, statistics);
    unsigned char bytes[OCS_MRC_HEADER_BYTES];
    ocs_mrc_pack(&header, bytes);
    status = ocs_output_file_write(file->output, 0, bytes, sizeof bytes, error);
    return status == OCS_OK ? ocs_output_file_sync(file->output, error) : status;
}

static void destroy(struct ocs_map_file *file)
{
    pthread_mutex_destroy(&file->lock);
    free(file);
}

enum ocs_status ocs_map_file_appear(struct ocs_map_file *file, struct ocs_error *error)
{
    return ocs_output_file_appear(file->output, error);
}

void ocs_map_file_leave(struct ocs_map_file *file)
{
    if (!file)
        return;
    ocs_output_file_leave(file->output);
    destroy(file);
}

void ocs_map_file_put_by(struct ocs_map_file *file)
{
    if (!file)
        return;
    ocs_output_file_put_by(file->output);
    destroy(file);
}

void ocs_map_file_abandon(struct ocs_map_file *file)
{
    if (!file)
        return;
    ocs_output_file_abandon(file->output);
    destroy(file);
}
