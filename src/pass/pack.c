/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pack.h"

struct worker {
    struct ocs_reader *reader;
    float *rows; /* a batch                                                                */
    void *pen;
    struct ocs_tally tally;
};

uint64_t ocs_pack_need(const struct ocs_reading *reading, const struct ocs_volume *volume)
{
    return ocs_budget_cost(sizeof(struct worker)) + ocs_reader_need(reading, volume) +
           ocs_budget_cost(OCS_ROW_BATCH * volume->box.x * sizeof(float));
}

static void close_worker(void *self, void *worker)
{
    struct ocs_pack *const pack = self;
    struct worker *const state = worker;
    ocs_tally_merge(&pack->tally, &state->tally);
    ocs_budget_free(pack->context->budget, state->rows);
    ocs_budget_free(pack->context->budget, state);
}

static enum ocs_status open_worker(void *self, void **worker_ret, struct ocs_error *error)
{
    struct ocs_pack *const pack = self;
    struct ocs_budget *const budget = pack->context->budget;
    struct worker *const worker = ocs_budget_alloc(budget, sizeof *worker, error);
    if (!worker)
        return error->status;
    worker->rows =
        ocs_budget_array(budget, OCS_ROW_BATCH * pack->slabs.box.x, sizeof(float), error);
    if (!worker->rows) {
        close_worker(self, worker);
        return error->status;
    }
    *worker_ret = worker;
    return OCS_OK;
}

static enum ocs_status do_rows(const struct ocs_pack *pack, struct worker *worker, uint64_t z,
                               uint64_t y, uint64_t rows, struct ocs_error *error)
{
    const uint64_t nx = pack->slabs.box.x;
    const enum ocs_status status = ocs_reader_rows(worker->reader, rows, worker->rows, error);
    if (status != OCS_OK)
        return status;
    for (uint64_t row = 0; row < rows; ++row)
        ocs_tally_row(&worker->tally, pack->context->kernels, worker->rows + row * nx, nx);
    return pack->sink->rows(worker->pen, z, y, rows, worker->rows, error);
}

static enum ocs_status do_planes(const struct ocs_pack *pack, struct worker *worker,
                                 const struct ocs_part *part, struct ocs_error *error)
{
    const uint64_t voxels = (part->y1 - part->y0) * pack->slabs.box.x;
    enum ocs_status status = OCS_OK;
    for (uint64_t z = part->z0; z < part->z1 && status == OCS_OK; ++z) {
        for (uint64_t y = part->y0; y < part->y1 && status == OCS_OK; y += OCS_ROW_BATCH)
            status = do_rows(pack, worker, z, y, ocs_min_u64(OCS_ROW_BATCH, part->y1 - y), error);
        if (status == OCS_OK)
            status = ocs_beat(pack->context->beat, voxels, error);
    }
    return status == OCS_OK ? ocs_reader_check(worker->reader, error) : status;
}

static enum ocs_status do_unit(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    struct ocs_pack *const pack = self;
    struct worker *const state = worker;
    const struct ocs_part part = ocs_slab_part(&pack->slabs, unit);
    const struct ocs_sink *const sink = pack->sink;
    enum ocs_status status = sink->open(sink->self, &state->pen, error);
    if (status != OCS_OK)
        return status;
    status = ocs_reader_open(pack->context->reading, pack->volume, &part, &state->reader, error);
    if (status == OCS_OK)
        status = do_planes(pack, state, &part, error);
    ocs_reader_close(state->reader);
    state->reader = NULL;
    struct ocs_error later;
    const bool good = status == OCS_OK;
    const enum ocs_status closed = sink->close(state->pen, good, good ? error : &later);
    state->pen = NULL;
    return good ? closed : status;
}

struct ocs_pass ocs_pack_pass(struct ocs_pack *pack)
{
    const struct ocs_box box = pack->slabs.box;
    return (struct ocs_pass){
        .name = pack->name,
        .self = pack,
        .units = ocs_slab_count(&pack->slabs),
        .voxels = box.z * box.y * box.x,
        .open = open_worker,
        .unit = do_unit,
        .close = close_worker,
    };
}
