/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "info_statistics.h"

#include "budget.h"
#include "checked.h"
#include "fail.h"
#include "findings.h"
#include "moments.h"
#include "spool_filler.h"
#include "voxels.h"

/* PIECE is even, so that a piece of a packed row starts on a byte. */
enum { CHUNK_BYTES = 2 << 20, PIECE = 16 << 10, BUDGET_BYTES = 4 << 20 };

struct sweep {
    const struct ocs_bytes *input;
    struct ocs_frame_desk *desk; /* of a file with a seek table                              */
    const char *path;
    uint64_t at; /* of bytes that come once: how many did */
    uint64_t expected;
    struct ocs_voxel_format format;
    enum ocs_simd simd;
    unsigned char *bytes;
    float *voxels;
    struct ocs_moments moments;
};

/* `rows` rows of `nx` voxels that stand one after the other in the sweep's bytes. */
static void add_rows(struct sweep *sweep, uint64_t rows, uint64_t nx)
{
    const uint64_t row_bytes = ocs_voxels_row_bytes(sweep->format.mode, nx);
    if (ocs_voxels_row_bytes(sweep->format.mode, rows * nx) == rows * row_bytes) {
        nx *= rows; /* no padding between rows: short ones make one long row */
        rows = 1;
    }
    for (uint64_t row = 0; row < rows; ++row) {
        for (uint64_t x = 0; x < nx; x += PIECE) {
            const uint64_t n = ocs_min_u64(PIECE, nx - x);
            const uint64_t at = row * row_bytes + ocs_voxels_row_bytes(sweep->format.mode, x);
            ocs_voxels_decode_row(&sweep->format, sweep->simd, sweep->bytes + at, sweep->voxels, n);
            ocs_moments_add(&sweep->moments, sweep->voxels, n);
        }
    }
}

static enum ocs_status fail_short(const struct sweep *sweep, struct ocs_error *error)
{
    ocs_fail(error, OCS_BAD_INPUT, "reading", sweep->path,
             "the header declares %llu bytes, but only %llu came",
             (unsigned long long)sweep->expected, (unsigned long long)sweep->at);
    ocs_advise(error, "it was cut short: get it again");
    return OCS_BAD_INPUT;
}

/* The next `count` bytes of those that come once. */
static enum ocs_status come(struct sweep *sweep, uint64_t count, struct ocs_error *error)
{
    uint64_t got;
    const enum ocs_status status =
        ocs_unpack_read(sweep->input->unpack, sweep->bytes, count, &got, error);
    sweep->at += got;
    return status == OCS_OK && got < count ? fail_short(sweep, error) : status;
}

/* Bytes [offset, offset + count), which are asked for in order. */
static enum ocs_status bring(struct sweep *sweep, uint64_t offset, uint64_t count,
                             struct ocs_error *error)
{
    if (sweep->desk)
        return ocs_frame_desk_read(sweep->desk, offset, sweep->bytes, count, error);
    if (sweep->input->source)
        return ocs_source_read(sweep->input->source, offset, sweep->bytes, count, error);
    while (sweep->at < offset) {
        const enum ocs_status status =
            come(sweep, ocs_min_u64(CHUNK_BYTES, offset - sweep->at), error);
        if (status != OCS_OK)
            return status;
    }
    return come(sweep, count, error);
}

/* Looks for more than was declared, and has the checksums of what is compressed looked at. */
static enum ocs_status look_behind(struct sweep *sweep, struct ocs_mrc *mrc,
                                   struct ocs_error *error)
{
    if (sweep->input->source)
        return OCS_OK;
    bool more;
    const enum ocs_status status =
        ocs_unpack_look_behind(sweep->input->unpack, sweep->bytes, CHUNK_BYTES, &more, error);
    if (status == OCS_OK && more)
        ocs_find(&mrc->findings, "file_size", OCS_FINDING_MORE);
    if (status == OCS_OK && ocs_unpack_has_garbage(sweep->input->unpack))
        ocs_find(&mrc->findings, "trailing_garbage", OCS_FINDING_GARBAGE);
    return status;
}

/* Rows longer than a chunk are read in parts. */
static enum ocs_status sweep_long_rows(struct sweep *sweep, const struct ocs_mrc *mrc,
                                       uint64_t rows, struct ocs_error *error)
{
    const int32_t mode = sweep->format.mode;
    const uint64_t part = CHUNK_BYTES / ocs_voxels_row_bytes(mode, 2) * 2;
    for (uint64_t row = 0; row < rows; ++row) {
        for (uint64_t x = 0; x < mrc->box.x; x += part) {
            const uint64_t n = ocs_min_u64(part, mrc->box.x - x);
            const uint64_t offset =
                mrc->data_offset + row * mrc->row_bytes + ocs_voxels_row_bytes(mode, x);
            const enum ocs_status status =
                bring(sweep, offset, ocs_voxels_row_bytes(mode, n), error);
            if (status != OCS_OK)
                return status;
            add_rows(sweep, 1, n);
        }
    }
    return OCS_OK;
}

static enum ocs_status sweep_rows(struct sweep *sweep, const struct ocs_mrc *mrc,
                                  struct ocs_error *error)
{
    /* No overflow: a row has at least a byte, and all bytes together fit a file. */
    const uint64_t rows = mrc->volumes * mrc->box.z * mrc->box.y;
    const uint64_t rows_at_once = CHUNK_BYTES / mrc->row_bytes;
    if (rows_at_once == 0)
        return sweep_long_rows(sweep, mrc, rows, error);
    for (uint64_t row = 0; row < rows; row += rows_at_once) {
        const uint64_t n = ocs_min_u64(rows_at_once, rows - row);
        const enum ocs_status status =
            bring(sweep, mrc->data_offset + row * mrc->row_bytes, n * mrc->row_bytes, error);
        if (status != OCS_OK)
            return status;
        add_rows(sweep, n, mrc->box.x);
    }
    return OCS_OK;
}

static uint64_t budget_bytes(const struct ocs_bytes *bytes)
{
    return BUDGET_BYTES + (bytes->frames ? ocs_frame_desk_need(bytes->frames) : 0);
}

static enum ocs_status sweep_all(struct sweep *sweep, struct ocs_budget *budget,
                                 struct ocs_mrc *mrc, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    if (!sweep->bytes || !sweep->voxels)
        return error->status;
    if (sweep->input->frames)
        status = ocs_frame_desk_open(budget, sweep->input->frames, &sweep->desk, error);
    if (status == OCS_OK)
        status = sweep_rows(sweep, mrc, error);
    return status == OCS_OK ? look_behind(sweep, mrc, error) : status;
}

enum ocs_status ocs_info_statistics(const struct ocs_bytes *bytes, struct ocs_mrc *mrc,
                                    struct ocs_statistics *statistics_ret, uint64_t *nonfinite_ret,
                                    struct ocs_error *error)
{
    struct ocs_budget *budget;
    enum ocs_status status = ocs_budget_create(budget_bytes(bytes), &budget, error);
    if (status != OCS_OK)
        return status;
    struct sweep sweep = {
        .input = bytes,
        .path = ocs_bytes_path(bytes),
        .at = OCS_MRC_HEADER_BYTES,
        .expected = mrc->expected_bytes,
        .format = {mrc->header.mode, mrc->swapped, mrc->unsigned_bytes},
        .simd = ocs_simd_best(),
        .bytes = ocs_budget_alloc(budget, CHUNK_BYTES, error),
        .voxels = ocs_budget_array(budget, PIECE, sizeof(float), error),
    };
    status = sweep_all(&sweep, budget, mrc, error);
    ocs_frame_desk_close(sweep.desk);
    ocs_budget_free(budget, sweep.voxels);
    ocs_budget_free(budget, sweep.bytes);
    ocs_budget_destroy(budget);
    if (status == OCS_OK)
        ocs_moments_finish(&sweep.moments, mrc, statistics_ret, nonfinite_ret);
    return status;
}
