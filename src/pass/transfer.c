/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer.h"

#include "clip.h"

struct worker {
    struct ocs_feed feed;
    float *rows; /* a batch                                                                */
    void *pen;
    struct ocs_tally tally;
};

uint64_t ocs_transfer_need(const struct ocs_reading *reading, const struct ocs_volume *volume,
                           const struct ocs_spectral *spectral, uint64_t nx)
{
    return ocs_budget_cost(sizeof(struct worker)) + ocs_feed_need(reading, volume, spectral) +
           ocs_budget_cost(OCS_ROW_BATCH * nx * sizeof(float));
}

static void close_worker(void *self, void *worker)
{
    struct ocs_transfer *const transfer = self;
    struct worker *const state = worker;
    ocs_tally_merge(&transfer->tally, &state->tally);
    ocs_feed_close(&state->feed);
    ocs_budget_free(transfer->context->budget, state->rows);
    ocs_budget_free(transfer->context->budget, state);
}

static enum ocs_status open_worker(void *self, void **worker_ret, struct ocs_error *error)
{
    struct ocs_transfer *const transfer = self;
    struct ocs_budget *const budget = transfer->context->budget;
    struct worker *const worker = ocs_budget_alloc(budget, sizeof *worker, error);
    if (!worker)
        return error->status;
    worker->rows =
        ocs_budget_array(budget, OCS_ROW_BATCH * transfer->slabs.box.x, sizeof(float), error);
    if (!worker->rows ||
        ocs_feed_open(transfer->context, transfer->source, &worker->feed, error) != OCS_OK) {
        close_worker(self, worker);
        return error->status;
    }
    *worker_ret = worker;
    return OCS_OK;
}

static void change_rows(const struct ocs_transfer *transfer, struct worker *worker, uint64_t rows)
{
    const uint64_t nx = transfer->slabs.box.x;
    if (transfer->match_steps)
        ocs_rank_map_row(transfer->match_bins, transfer->match_steps, worker->rows, rows * nx);
    if (transfer->clip)
        ocs_clip(worker->rows, rows * nx, transfer->clip_min, transfer->clip_max);
    for (uint64_t row = 0; row < rows; ++row)
        ocs_tally_row(&worker->tally, transfer->context->kernels, worker->rows + row * nx, nx);
}

static enum ocs_status do_plane(const struct ocs_transfer *transfer, struct worker *worker,
                                const struct ocs_part *part, uint64_t z, struct ocs_error *error)
{
    for (uint64_t y = part->y0; y < part->y1; y += OCS_ROW_BATCH) {
        const uint64_t rows = ocs_min_u64(OCS_ROW_BATCH, part->y1 - y);
        enum ocs_status status = ocs_feed_rows(&worker->feed, z, y, rows, worker->rows, error);
        if (status != OCS_OK)
            return status;
        change_rows(transfer, worker, rows);
        status = transfer->sink->rows(worker->pen, z, y, rows, worker->rows, error);
        if (status != OCS_OK)
            return status;
    }
    return ocs_beat(transfer->context->beat, (part->y1 - part->y0) * transfer->slabs.box.x, error);
}

static enum ocs_status do_planes(const struct ocs_transfer *transfer, struct worker *worker,
                                 const struct ocs_part *part, struct ocs_error *error)
{
    enum ocs_status status = ocs_feed_start(&worker->feed, part, error);
    for (uint64_t z = part->z0; z < part->z1 && status == OCS_OK; ++z)
        status = do_plane(transfer, worker, part, z, error);
    return status == OCS_OK ? ocs_feed_finish(&worker->feed, error) : status;
}

static enum ocs_status do_unit(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    struct ocs_transfer *const transfer = self;
    struct worker *const state = worker;
    const struct ocs_part part = ocs_slab_part(&transfer->slabs, unit);
    const struct ocs_sink *const sink = transfer->sink;
    enum ocs_status status = sink->open(sink->self, &state->pen, error);
    if (status != OCS_OK)
        return status;
    status = do_planes(transfer, state, &part, error);
    struct ocs_error later;
    const bool good = status == OCS_OK;
    const enum ocs_status closed = sink->close(state->pen, good, good ? error : &later);
    state->pen = NULL;
    return good ? closed : status;
}

struct ocs_pass ocs_transfer_pass(struct ocs_transfer *transfer)
{
    const struct ocs_box box = transfer->slabs.box;
    return (struct ocs_pass){
        .name = transfer->name,
        .self = transfer,
        .units = ocs_slab_count(&transfer->slabs),
        .voxels = box.z * box.y * box.x,
        .open = open_worker,
        .unit = do_unit,
        .close = close_worker,
    };
}
