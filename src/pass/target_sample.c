/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "target_sample.h"

struct worker {
    struct ocs_reader *reader;
    float *native_row;
    float *rows; /* a batch of working rows                                                */
    void *pen;
};

uint64_t ocs_target_sample_need(const struct ocs_reading *reading, const struct ocs_volume *labels,
                                struct ocs_box working)
{
    return ocs_budget_cost(sizeof(struct worker)) + ocs_reader_need(reading, labels) +
           ocs_budget_cost(labels->box.x * sizeof(float)) +
           ocs_budget_cost(OCS_ROW_BATCH * working.x * sizeof(float));
}

static void close_worker(void *self, void *worker)
{
    const struct ocs_target_sample *const sample = self;
    struct worker *const state = worker;
    ocs_reader_close(state->reader);
    ocs_budget_free(sample->context->budget, state->native_row);
    ocs_budget_free(sample->context->budget, state->rows);
    ocs_budget_free(sample->context->budget, state);
}

static enum ocs_status open_worker(void *self, void **worker_ret, struct ocs_error *error)
{
    const struct ocs_target_sample *const sample = self;
    struct ocs_budget *const budget = sample->context->budget;
    struct worker *const worker = ocs_budget_alloc(budget, sizeof *worker, error);
    if (!worker)
        return error->status;
    if (!(worker->native_row =
              ocs_budget_array(budget, sample->labels->box.x, sizeof(float), error)) ||
        !(worker->rows = ocs_budget_array(budget, OCS_ROW_BATCH * sample->slabs.box.x,
                                          sizeof(float), error))) {
        close_worker(self, worker);
        return error->status;
    }
    *worker_ret = worker;
    return OCS_OK;
}

/* The native voxel nearest to working voxel i, halves upwards. In whole numbers: extents are below
 * 2^31. */
static uint64_t nearest(uint64_t i, uint64_t n, uint64_t b)
{
    return ocs_min_u64((2 * i * n + b) / (2 * b), n - 1);
}

/* Reads on to native row `wanted`; `*next` is the row the reader gives next. */
static enum ocs_status read_to(struct worker *worker, uint64_t wanted, uint64_t *next,
                               struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (; *next <= wanted && status == OCS_OK; ++*next)
        status = ocs_reader_rows(worker->reader, 1, worker->native_row, error);
    return status;
}

static enum ocs_status do_rows(const struct ocs_target_sample *sample, struct worker *worker,
                               uint64_t z, uint64_t y, uint64_t rows, uint64_t *next,
                               struct ocs_error *error)
{
    const struct ocs_box native = sample->labels->box, working = sample->slabs.box;
    for (uint64_t row = 0; row < rows; ++row) {
        const enum ocs_status status =
            read_to(worker, nearest(y + row, native.y, working.y), next, error);
        if (status != OCS_OK)
            return status;
        for (uint64_t x = 0; x < working.x; ++x)
            worker->rows[row * working.x + x] = worker->native_row[nearest(x, native.x, working.x)];
    }
    return sample->sink->rows(worker->pen, z, y, rows, worker->rows, error);
}

static enum ocs_status do_plane(const struct ocs_target_sample *sample, struct worker *worker,
                                uint64_t z, struct ocs_error *error)
{
    const struct ocs_box native = sample->labels->box, working = sample->slabs.box;
    const uint64_t native_z = nearest(z, native.z, working.z);
    const struct ocs_part part = {native_z, native_z + 1, 0, native.y};
    uint64_t next = 0;
    enum ocs_status status =
        ocs_reader_open(sample->context->reading, sample->labels, &part, &worker->reader, error);
    for (uint64_t y = 0; y < working.y && status == OCS_OK; y += OCS_ROW_BATCH)
        status =
            do_rows(sample, worker, z, y, ocs_min_u64(OCS_ROW_BATCH, working.y - y), &next, error);
    if (status == OCS_OK)
        status = ocs_reader_check(worker->reader, error);
    ocs_reader_close(worker->reader);
    worker->reader = NULL;
    return status == OCS_OK ? ocs_beat(sample->context->beat, working.y * working.x, error)
                            : status;
}

static enum ocs_status do_unit(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    const struct ocs_target_sample *const sample = self;
    struct worker *const state = worker;
    const struct ocs_part part = ocs_slab_part(&sample->slabs, unit);
    const struct ocs_sink *const sink = sample->sink;
    enum ocs_status status = sink->open(sink->self, &state->pen, error);
    if (status != OCS_OK)
        return status;
    for (uint64_t z = part.z0; z < part.z1 && status == OCS_OK; ++z)
        status = do_plane(sample, state, z, error);
    struct ocs_error later;
    const bool good = status == OCS_OK;
    const enum ocs_status closed = sink->close(state->pen, good, good ? error : &later);
    return good ? closed : status;
}

struct ocs_pass ocs_target_sample_pass(struct ocs_target_sample *sample)
{
    const struct ocs_box box = sample->slabs.box;
    return (struct ocs_pass){
        .name = "targets",
        .self = sample,
        .units = ocs_slab_count(&sample->slabs),
        .voxels = box.z * box.y * box.x,
        .planes = box.z,
        .unit_planes = sample->slabs.planes,
        .together = ocs_slab_bands(&sample->slabs),
        .open = open_worker,
        .unit = do_unit,
        .close = close_worker,
    };
}
