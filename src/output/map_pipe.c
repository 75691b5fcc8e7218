/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map_pipe.h"

#include "checked.h"
#include "clock.h"
#include "fail.h"
#include "map_header.h"
#include "out_flow.h"
#include "scratch.h"

#include <pthread.h>
#include <signal.h>

enum { BUFFER_BYTES = 64 << 10 };

static const double wait_seconds = 0.05;

struct ocs_map_pipe {
    struct ocs_budget *budget;
    struct ocs_scratch *scratch;
    uint64_t scratch_offset;
    struct ocs_box box;
    uint64_t voxel_bytes;
    enum ocs_dtype dtype;
    struct ocs_voxel_format format;
    enum ocs_simd simd;
    unsigned char header[OCS_MRC_HEADER_BYTES];
    struct ocs_out_flow *flow;
    unsigned char *buffer; /* of the thread                                                */
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* of what follows                                                */
    pthread_cond_t advanced, ended_or_failed;
    uint32_t *rows_done; /* by plane                                                        */
    uint64_t complete;   /* planes, from the front                                          */
    bool closing, ended;
    struct ocs_error failure; /* of the thread, if its status is not OCS_OK                  */
};

struct ocs_map_pipe_pen {
    struct ocs_map_pipe *pipe;
    unsigned char *buffer;
};

uint64_t ocs_map_pipe_need(uint64_t planes, unsigned pens)
{
    return ocs_budget_cost(sizeof(struct ocs_map_pipe)) +
           ocs_budget_cost(planes * sizeof(uint32_t)) + ocs_budget_cost(BUFFER_BYTES) +
           pens *
               (ocs_budget_cost(sizeof(struct ocs_map_pipe_pen)) + ocs_budget_cost(BUFFER_BYTES));
}

/* ---- the thread ---- */

/* Waits until plane `z` is complete; false when it is all over. */
static bool wait_for_plane(struct ocs_map_pipe *pipe, uint64_t z)
{
    pthread_mutex_lock(&pipe->lock);
    while (pipe->complete <= z && !pipe->closing)
        pthread_cond_wait(&pipe->advanced, &pipe->lock);
    const bool go_on = !pipe->closing;
    pthread_mutex_unlock(&pipe->lock);
    return go_on;
}

static enum ocs_status send_plane(struct ocs_map_pipe *pipe, uint64_t z, struct ocs_error *error)
{
    const uint64_t bytes = pipe->box.y * pipe->box.x * pipe->voxel_bytes;
    for (uint64_t at = 0; at < bytes; at += BUFFER_BYTES) {
        const uint64_t now = ocs_min_u64(BUFFER_BYTES, bytes - at);
        enum ocs_status status = ocs_scratch_read(
            pipe->scratch, pipe->scratch_offset + z * bytes + at, pipe->buffer, now, error);
        if (status == OCS_OK)
            status = ocs_out_flow_write(pipe->flow, pipe->buffer, now, error);
        if (status != OCS_OK)
            return status;
    }
    return OCS_OK;
}

static enum ocs_status send_all(struct ocs_map_pipe *pipe, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (uint64_t z = 0; z < pipe->box.z && status == OCS_OK; ++z) {
        if (!wait_for_plane(pipe, z))
            return ocs_fail(error, OCS_CANCELLED, "writing", "standard output", "interrupted");
        if (z == 0)
            status = ocs_out_flow_write(pipe->flow, pipe->header, sizeof pipe->header, error);
        if (status == OCS_OK)
            status = send_plane(pipe, z, error);
    }
    return status;
}

/* A program that uses the library need not know of SIGPIPE. */
static void block_pipe_signal(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void *thread_main(void *argument)
{
    struct ocs_map_pipe *const pipe = argument;
    block_pipe_signal();
    struct ocs_error error = {.status = OCS_OK};
    if (send_all(pipe, &error) == OCS_OK)
        error.status = OCS_OK;
    pthread_mutex_lock(&pipe->lock);
    pipe->failure = error;
    pipe->ended = true;
    pthread_cond_signal(&pipe->ended_or_failed);
    pthread_mutex_unlock(&pipe->lock);
    return NULL;
}

/* ---- rows ---- */

enum ocs_status ocs_map_pipe_pen_open(struct ocs_map_pipe *pipe, struct ocs_map_pipe_pen **pen_ret,
                                      struct ocs_error *error)
{
    struct ocs_map_pipe_pen *const pen = ocs_budget_alloc(pipe->budget, sizeof *pen, error);
    if (!pen)
        return error->status;
    pen->pipe = pipe;
    pen->buffer = ocs_budget_alloc(pipe->budget, BUFFER_BYTES, error);
    if (!pen->buffer) {
        ocs_budget_free(pipe->budget, pen);
        return error->status;
    }
    *pen_ret = pen;
    return OCS_OK;
}

void ocs_map_pipe_pen_close(struct ocs_map_pipe_pen *pen)
{
    ocs_budget_free(pen->pipe->budget, pen->buffer);
    ocs_budget_free(pen->pipe->budget, pen);
}

static enum ocs_status encode(const struct ocs_map_pipe_pen *pen, const float *voxels, uint64_t n,
                              struct ocs_error *error)
{
    const struct ocs_map_pipe *const pipe = pen->pipe;
    const bool half = pipe->dtype == OCS_DTYPE_F16;
    ocs_voxels_encode(&pipe->format, pipe->simd, voxels, pen->buffer, n);
    struct ocs_half_sums sums = {.count = 0};
    if (half)
        ocs_half_sums_add(&sums, pipe->simd, pen->buffer, n);
    if (sums.infinite == 0)
        return OCS_OK;
    ocs_fail(error, OCS_LIMIT, "writing", "standard output",
             "values are beyond what float16 can hold (65504)");
    ocs_advise(error, "use --dtype f32");
    return OCS_LIMIT;
}

/* Counts rows as stored; fails when the thread did. */
static enum ocs_status count_rows(struct ocs_map_pipe *pipe, uint64_t z, uint64_t rows,
                                  struct ocs_error *error)
{
    pthread_mutex_lock(&pipe->lock);
    pipe->rows_done[z] += (uint32_t)rows;
    const uint64_t before = pipe->complete;
    while (pipe->complete < pipe->box.z && pipe->rows_done[pipe->complete] == pipe->box.y)
        ++pipe->complete;
    if (pipe->complete > before)
        pthread_cond_signal(&pipe->advanced);
    const enum ocs_status status = pipe->failure.status;
    if (status != OCS_OK)
        *error = pipe->failure;
    pthread_mutex_unlock(&pipe->lock);
    return status;
}

enum ocs_status ocs_map_pipe_rows(struct ocs_map_pipe_pen *pen, uint64_t z, uint64_t y,
                                  uint64_t rows, const float *voxels, struct ocs_error *error)
{
    struct ocs_map_pipe *const pipe = pen->pipe;
    uint64_t offset =
        pipe->scratch_offset + (z * pipe->box.y + y) * pipe->box.x * pipe->voxel_bytes;
    for (uint64_t left = rows * pipe->box.x; left > 0;) {
        const uint64_t now = ocs_min_u64(left, BUFFER_BYTES / pipe->voxel_bytes);
        enum ocs_status status = encode(pen, voxels, now, error);
        if (status == OCS_OK)
            status = ocs_scratch_write(pipe->scratch, offset, pen->buffer, now * pipe->voxel_bytes,
                                       error);
        if (status != OCS_OK)
            return status;
        voxels += now;
        left -= now;
        offset += now * pipe->voxel_bytes;
    }
    return count_rows(pipe, z, rows, error);
}

/* ---- the whole ---- */

static void start_synchronisation(struct ocs_map_pipe *pipe)
{
    ocs_clock_condition_init(&pipe->ended_or_failed);
    pthread_cond_init(&pipe->advanced, NULL);
    pthread_mutex_init(&pipe->lock, NULL);
}

static void set_header(struct ocs_map_pipe *pipe, const struct ocs_map_pipe_spec *spec)
{
    static const struct ocs_statistics not_determined = {
        .min = 0, .max = -1, .mean = -2, .rms = -1};
    const struct ocs_mrc_header header =
        ocs_map_header(spec->like, spec->dtype, spec->label,
                       spec->statistics ? spec->statistics : &not_determined);
    ocs_mrc_pack(&header, pipe->header);
}

static enum ocs_status start(struct ocs_map_pipe *pipe, struct ocs_error *error)
{
    pipe->rows_done = ocs_budget_array(pipe->budget, pipe->box.z, sizeof(uint32_t), error);
    if (pipe->rows_done)
        pipe->buffer = ocs_budget_alloc(pipe->budget, BUFFER_BYTES, error);
    if (!pipe->buffer)
        return error->status;
    const enum ocs_status status = ocs_out_flow_open(&pipe->flow, error);
    if (status != OCS_OK)
        return status;
    if (pthread_create(&pipe->thread, NULL, thread_main, pipe) != 0)
        return ocs_fail(error, OCS_LIMIT, "starting threads", NULL,
                        "the system gives no more threads");
    pipe->started = true;
    return OCS_OK;
}

enum ocs_status ocs_map_pipe_open(struct ocs_budget *budget, const struct ocs_map_pipe_spec *spec,
                                  struct ocs_map_pipe **pipe_ret, struct ocs_error *error)
{
    struct ocs_map_pipe *const pipe = ocs_budget_alloc(budget, sizeof *pipe, error);
    if (!pipe)
        return error->status;
    pipe->budget = budget;
    pipe->scratch = spec->scratch;
    pipe->scratch_offset = spec->scratch_offset;
    pipe->box = spec->like->box;
    pipe->dtype = spec->dtype;
    pipe->format = ocs_map_format(spec->like, spec->dtype);
    pipe->voxel_bytes = ocs_voxels_row_bytes(pipe->format.mode, 1);
    pipe->simd = spec->simd;
    set_header(pipe, spec);
    start_synchronisation(pipe);
    const enum ocs_status status = start(pipe, error);
    if (status != OCS_OK) {
        ocs_map_pipe_close(pipe);
        return status;
    }
    *pipe_ret = pipe;
    return OCS_OK;
}

enum ocs_status ocs_map_pipe_drain(struct ocs_map_pipe *pipe, struct ocs_beat *beat,
                                   struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    pthread_mutex_lock(&pipe->lock);
    while (!pipe->ended && status == OCS_OK) {
        ocs_clock_wait(&pipe->ended_or_failed, &pipe->lock, wait_seconds);
        status = ocs_beat(beat, 0, error);
    }
    if (pipe->ended) {
        status = pipe->failure.status;
        if (status != OCS_OK)
            *error = pipe->failure;
    }
    pthread_mutex_unlock(&pipe->lock);
    return status;
}

void ocs_map_pipe_close(struct ocs_map_pipe *pipe)
{
    if (!pipe)
        return;
    if (pipe->started) {
        pthread_mutex_lock(&pipe->lock);
        pipe->closing = true;
        pthread_cond_signal(&pipe->advanced);
        pthread_mutex_unlock(&pipe->lock);
        ocs_out_flow_interrupt(pipe->flow);
        pthread_join(pipe->thread, NULL);
    }
    ocs_out_flow_close(pipe->flow);
    pthread_cond_destroy(&pipe->advanced);
    pthread_cond_destroy(&pipe->ended_or_failed);
    pthread_mutex_destroy(&pipe->lock);
    ocs_budget_free(pipe->budget, pipe->rows_done);
    ocs_budget_free(pipe->budget, pipe->buffer);
    ocs_budget_free(pipe->budget, pipe);
}
