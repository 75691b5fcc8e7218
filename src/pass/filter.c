/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "filter.h"

#include "checked.h"
#include "fft_line.h"

#include <string.h>

/* block[plane][column]; lines are long enough for both transforms. */
struct worker {
    float complex *block;
    float complex *line, *spectrum;
};

static uint64_t line_bytes(const struct ocs_spectral *spectral)
{
    return ocs_spectral_planes(spectral) * sizeof(float complex);
}

uint64_t ocs_filter_need(const struct ocs_spectral *spectral, uint64_t block_columns)
{
    return ocs_budget_cost(sizeof(struct worker)) +
           ocs_budget_cost(line_bytes(spectral) * block_columns) +
           2 * ocs_budget_cost(line_bytes(spectral));
}

enum ocs_status ocs_filter_begin(struct ocs_filter *filter, struct ocs_error *error)
{
    const struct ocs_axis_cut *const axis = &filter->spectral->z;
    const enum ocs_status status =
        ocs_fft_create(OCS_FFT_FORWARD, axis->n_in, &filter->forward, error);
    if (status != OCS_OK)
        return status;
    return ocs_fft_create(OCS_FFT_BACKWARD, axis->n_out, &filter->backward, error);
}

void ocs_filter_end(struct ocs_filter *filter)
{
    ocs_fft_destroy(filter->forward);
    ocs_fft_destroy(filter->backward);
    filter->forward = filter->backward = NULL;
}

static void close_worker(void *self, void *worker)
{
    struct ocs_filter *const filter = self;
    struct worker *const state = worker;
    ocs_budget_free(filter->context->budget, state->block);
    ocs_budget_free(filter->context->budget, state->line);
    ocs_budget_free(filter->context->budget, state->spectrum);
    ocs_budget_free(filter->context->budget, state);
}

static enum ocs_status open_worker(void *self, void **worker_ret, struct ocs_error *error)
{
    struct ocs_filter *const filter = self;
    struct ocs_budget *const budget = filter->context->budget;
    const uint64_t bytes = line_bytes(filter->spectral);
    struct worker *const worker = ocs_budget_alloc(budget, sizeof *worker, error);
    if (!worker)
        return error->status;
    if (!(worker->block = ocs_budget_array(budget, filter->block_columns, bytes, error)) ||
        !(worker->line = ocs_budget_alloc(budget, bytes, error)) ||
        !(worker->spectrum = ocs_budget_alloc(budget, bytes, error))) {
        close_worker(self, worker);
        return error->status;
    }
    *worker_ret = worker;
    return OCS_OK;
}

/* From the spectrum's n_in bins to a line of n_out bins that holds what is kept and passes. */
static void mask_line(const struct ocs_spectral *spectral, int64_t fy, int64_t fx,
                      const float complex *spectrum, float complex *line)
{
    const struct ocs_axis_cut *const axis = &spectral->z;
    memset(line, 0, axis->n_out * sizeof *line);
    for (uint64_t index = 0; index < ocs_axis_kept(axis); ++index) {
        const int64_t fz = ocs_axis_frequency(axis, index);
        const uint64_t from = fz < 0 ? axis->n_in - (uint64_t)-fz : (uint64_t)fz;
        const uint64_t to = fz < 0 ? axis->n_out - (uint64_t)-fz : (uint64_t)fz;
        if (ocs_spectral_passes(spectral, fz, fy, fx))
            line[to] = spectrum[from] * spectral->factor;
    }
}

static void filter_column(const struct ocs_filter *filter, struct worker *worker, uint64_t column,
                          uint64_t within, uint64_t count)
{
    const struct ocs_spectral *const spectral = filter->spectral;
    const uint64_t kept_y = ocs_axis_kept(&spectral->y);
    const int64_t fy = ocs_axis_frequency(&spectral->y, column % kept_y);
    const int64_t fx = (int64_t)(column / kept_y);
    for (uint64_t z = 0; z < spectral->z.n_in; ++z)
        worker->line[z] = worker->block[z * count + within];
    ocs_fft_run(filter->forward, worker->line, worker->spectrum);
    mask_line(spectral, fy, fx, worker->spectrum, worker->line);
    ocs_fft_run(filter->backward, worker->line, worker->spectrum);
    for (uint64_t z = 0; z < spectral->z.n_out; ++z)
        worker->block[z * count + within] = worker->spectrum[z];
}

static enum ocs_status do_unit(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    struct ocs_filter *const filter = self;
    struct worker *const state = worker;
    const uint64_t columns = ocs_spectral_columns(filter->spectral);
    const uint64_t first = unit * filter->block_columns;
    const uint64_t count = ocs_min_u64(filter->block_columns, columns - first);
    enum ocs_status status = ocs_spectrum_store_get_block(
        filter->store, first, count, filter->spectral->z.n_in, state->block, error);
    if (status != OCS_OK)
        return status;
    for (uint64_t within = 0; within < count; ++within)
        filter_column(filter, state, first + within, within, count);
    status = ocs_spectrum_store_put_block(filter->into, first, count, filter->spectral->z.n_out,
                                          state->block, error);
    return status == OCS_OK ? ocs_beat(filter->context->beat, count, error) : status;
}

struct ocs_pass ocs_filter_pass(struct ocs_filter *filter)
{
    const uint64_t columns = ocs_spectral_columns(filter->spectral);
    return (struct ocs_pass){
        .name = "filter",
        .self = filter,
        .units = ocs_div_up_u64(columns, filter->block_columns),
        .voxels = columns,
        .open = open_worker,
        .unit = do_unit,
        .close = close_worker,
    };
}
