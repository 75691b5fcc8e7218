/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emit_worker.h"

static uint64_t ring_planes(const struct ocs_ball *ball)
{
    return (uint64_t)ball->reach_z + ocs_ball_max_group(ball);
}

static uint64_t ring_voxels(struct ocs_box box, uint64_t band_rows, const struct ocs_ball *ball)
{
    return ring_planes(ball) * ocs_emit_band_with_halo(box.y, band_rows, ball) * box.x;
}

uint64_t ocs_emit_need(const struct ocs_reading *reading, const struct ocs_emit_shape *shape)
{
    const struct ocs_volume *const volume = shape->volume;
    const struct ocs_box box = volume->box;
    const uint64_t batch = ocs_budget_cost(OCS_ROW_BATCH * box.x * sizeof(float));
    uint64_t need =
        ocs_budget_cost(sizeof(struct ocs_emit_worker)) + ocs_products_need(box) + 2 * batch +
        ocs_feed_need(reading, volume, shape->scale_data) +
        ocs_ball_max_need(shape->ball, ocs_min_u64(shape->band_rows, box.y), box.x) +
        ocs_budget_cost(ring_voxels(box, shape->band_rows, shape->ball) * sizeof(float));
    if (shape->scale_data != shape->filtered)
        need += batch + ocs_feed_need(reading, volume, shape->filtered);
    if (shape->scale_data && shape->needs_map)
        need += batch + ocs_feed_need(reading, volume, NULL);
    return need;
}

void ocs_emit_worker_close(void *self, void *worker)
{
    struct ocs_emit *const emit = self;
    struct ocs_budget *const budget = emit->context->budget;
    struct ocs_emit_worker *const state = worker;
    ocs_products_close(emit->products, state->desk);
    ocs_exact_sum_merge(&emit->full_sum, &state->full_sum);
    emit->full_voxels += state->full_voxels;
    ocs_feed_close(&state->scale_data);
    ocs_feed_close(&state->filtered);
    ocs_feed_close(&state->map);
    ocs_ball_max_destroy(budget, state->ball_max);
    ocs_budget_free(budget, state->ring);
    ocs_budget_free(budget, state->lowpass);
    ocs_budget_free(budget, state->map_rows);
    ocs_budget_free(budget, state->scale);
    ocs_budget_free(budget, state->confidence);
    ocs_budget_free(budget, state);
}

static bool open_buffers(const struct ocs_emit *emit, struct ocs_emit_worker *worker,
                         struct ocs_error *error)
{
    struct ocs_budget *const budget = emit->context->budget;
    const struct ocs_box box = ocs_emit_box(emit);
    const uint64_t batch = OCS_ROW_BATCH * box.x;
    return (worker->ring =
                ocs_budget_array(budget, ring_voxels(box, emit->cut.band_rows, emit->model.ball),
                                 sizeof(float), error)) &&
           (!ocs_emit_reads_filtered(emit) ||
            (worker->lowpass = ocs_budget_array(budget, batch, sizeof(float), error))) &&
           (!ocs_emit_reads_map(emit) ||
            (worker->map_rows = ocs_budget_array(budget, batch, sizeof(float), error))) &&
           (worker->scale = ocs_budget_array(budget, batch, sizeof(float), error)) &&
           (worker->confidence = ocs_budget_array(budget, batch, sizeof(float), error));
}

static enum ocs_status open_parts(const struct ocs_emit *emit, struct ocs_emit_worker *worker,
                                  struct ocs_error *error)
{
    const struct ocs_run_context *const context = emit->context;
    const struct ocs_box box = ocs_emit_box(emit);
    if (!open_buffers(emit, worker, error))
        return error->status;
    enum ocs_status status = ocs_feed_open(context, emit->scale_data, &worker->scale_data, error);
    if (status == OCS_OK && ocs_emit_reads_filtered(emit))
        status = ocs_feed_open(context, emit->filtered, &worker->filtered, error);
    if (status == OCS_OK && ocs_emit_reads_map(emit))
        status = ocs_feed_open(context, emit->map, &worker->map, error);
    if (status == OCS_OK)
        status = ocs_products_open(emit->products, &worker->desk, error);
    if (status == OCS_OK)
        status = ocs_ball_max_create(context->budget, emit->model.ball, context->kernels,
                                     ocs_min_u64(emit->cut.band_rows, box.y), box.x,
                                     &worker->ball_max, error);
    return status;
}

enum ocs_status ocs_emit_worker_open(void *self, void **worker_ret, struct ocs_error *error)
{
    struct ocs_emit *const emit = self;
    struct ocs_emit_worker *const worker =
        ocs_budget_alloc(emit->context->budget, sizeof *worker, error);
    if (!worker)
        return error->status;
    worker->ring_planes = ring_planes(emit->model.ball);
    worker->group = ocs_ball_max_group(emit->model.ball);
    const enum ocs_status status = open_parts(emit, worker, error);
    if (status != OCS_OK) {
        ocs_emit_worker_close(self, worker);
        return status;
    }
    *worker_ret = worker;
    return OCS_OK;
}
