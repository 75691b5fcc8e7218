/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep.h"

struct worker {
    struct ocs_feed filtered;
    struct ocs_reader *mask;
    float *rows, *mask_rows; /* a batch of each                                            */
    void *state;
};

uint64_t ocs_sweep_need(const struct ocs_reading *reading, const struct ocs_volume *volume,
                        const struct ocs_spectral *spectral, const struct ocs_volume *mask,
                        uint64_t state_bytes)
{
    const uint64_t batch = ocs_budget_cost(OCS_ROW_BATCH * volume->box.x * sizeof(float));
    return ocs_budget_cost(sizeof(struct worker)) + ocs_budget_cost(state_bytes) + batch +
           ocs_feed_need(reading, volume, spectral) +
           (mask ? batch + ocs_reader_need(reading, mask) : 0);
}

static void close_worker(void *self, void *worker)
{
    struct ocs_sweep *const sweep = self;
    struct ocs_budget *const budget = sweep->context->budget;
    struct worker *const state = worker;
    if (state->state)
        sweep->merge(sweep->self, state->state);
    ocs_feed_close(&state->filtered);
    ocs_reader_close(state->mask);
    ocs_budget_free(budget, state->rows);
    ocs_budget_free(budget, state->mask_rows);
    ocs_budget_free(budget, state->state);
    ocs_budget_free(budget, state);
}

static bool open_buffers(const struct ocs_sweep *sweep, struct worker *worker,
                         struct ocs_error *error)
{
    struct ocs_budget *const budget = sweep->context->budget;
    const uint64_t batch = OCS_ROW_BATCH * sweep->slabs.box.x;
    return (worker->rows = ocs_budget_array(budget, batch, sizeof(float), error)) &&
           (!sweep->mask ||
            (worker->mask_rows = ocs_budget_array(budget, batch, sizeof(float), error))) &&
           ocs_feed_open(sweep->context, sweep->filtered, &worker->filtered, error) == OCS_OK &&
           (worker->state = ocs_budget_alloc(budget, sweep->state_bytes, error));
}

static enum ocs_status open_worker(void *self, void **worker_ret, struct ocs_error *error)
{
    struct ocs_sweep *const sweep = self;
    struct worker *const worker = ocs_budget_alloc(sweep->context->budget, sizeof *worker, error);
    if (!worker)
        return error->status;
    if (!open_buffers(sweep, worker, error)) {
        close_worker(self, worker);
        return error->status;
    }
    if (sweep->start)
        sweep->start(sweep->self, worker->state);
    *worker_ret = worker;
    return OCS_OK;
}

static enum ocs_status do_plane(const struct ocs_sweep *sweep, struct worker *worker, uint64_t z,
                                struct ocs_error *error)
{
    const struct ocs_box box = sweep->slabs.box;
    for (uint64_t y = 0; y < box.y; y += OCS_ROW_BATCH) {
        const uint64_t rows = ocs_min_u64(OCS_ROW_BATCH, box.y - y);
        enum ocs_status status = ocs_feed_rows(&worker->filtered, z, y, rows, worker->rows, error);
        if (status == OCS_OK && worker->mask)
            status = ocs_reader_rows(worker->mask, rows, worker->mask_rows, error);
        if (status != OCS_OK)
            return status;
        for (uint64_t row = 0; row < rows; ++row)
            sweep->row(sweep->self, worker->state, z, y + row, worker->rows + row * box.x,
                       worker->mask ? worker->mask_rows + row * box.x : NULL, box.x);
    }
    return ocs_beat(sweep->context->beat, box.y * box.x, error);
}

static enum ocs_status start_part(const struct ocs_sweep *sweep, struct worker *worker,
                                  const struct ocs_part *part, struct ocs_error *error)
{
    const enum ocs_status status = ocs_feed_start(&worker->filtered, part, error);
    if (status != OCS_OK || !sweep->mask)
        return status;
    return ocs_reader_open(sweep->context->reading, sweep->mask, part, &worker->mask, error);
}

static enum ocs_status finish_part(struct worker *worker, struct ocs_error *error)
{
    const enum ocs_status status = ocs_feed_finish(&worker->filtered, error);
    return status == OCS_OK && worker->mask ? ocs_reader_check(worker->mask, error) : status;
}

static enum ocs_status do_unit(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    struct ocs_sweep *const sweep = self;
    struct worker *const state = worker;
    const struct ocs_part part = ocs_slab_part(&sweep->slabs, unit);
    enum ocs_status status = start_part(sweep, state, &part, error);
    for (uint64_t z = part.z0; z < part.z1 && status == OCS_OK; ++z)
        status = do_plane(sweep, state, z, error);
    if (status == OCS_OK)
        status = finish_part(state, error);
    ocs_reader_close(state->mask);
    state->mask = NULL;
    return status;
}

struct ocs_pass ocs_sweep_pass(struct ocs_sweep *sweep)
{
    const struct ocs_box box = sweep->slabs.box;
    return (struct ocs_pass){
        .name = sweep->name,
        .self = sweep,
        .units = ocs_slab_count(&sweep->slabs),
        .voxels = box.z * box.y * box.x,
        .planes = box.z,
        .unit_planes = sweep->slabs.planes,
        .together = ocs_slab_bands(&sweep->slabs),
        .open = open_worker,
        .unit = do_unit,
        .close = close_worker,
    };
}
