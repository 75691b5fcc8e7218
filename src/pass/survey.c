/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "survey.h"

#include "fft_line.h"

#include <math.h>
#include <string.h>

/* column[x][y]: the plane after its transforms along x, kept frequencies only.
 * kept: the plane as the store wants it. */
struct worker {
    struct ocs_reader *reader;
    struct ocs_tally tally;
    uint64_t first_nonfinite, repeats;
    struct ocs_tile_counts *counts;
    float *rows; /* a batch                                                                */
    float *line;
    float complex *half; /* a batch of half lines                                           */
    float complex *column;
    float complex *spectrum; /* one line along y                                            */
    float complex *kept;
};

static uint64_t padded(uint64_t n)
{
    return ocs_div_up_u64(n, 8) * 8;
}

static uint64_t half_stride(const struct ocs_volume *volume)
{
    return padded(volume->box.x / 2 + 1);
}

static uint64_t spectral_need(const struct ocs_volume *volume, const struct ocs_spectral *spectral)
{
    const uint64_t size = sizeof(float complex), line = padded(volume->box.y);
    return ocs_budget_cost(volume->box.x * sizeof(float)) +
           ocs_budget_cost(OCS_ROW_BATCH * half_stride(volume) * size) +
           ocs_budget_cost(ocs_axis_kept(&spectral->x) * line * size) +
           ocs_budget_cost(line * size) + ocs_budget_cost(ocs_spectral_columns(spectral) * size);
}

uint64_t ocs_survey_need(const struct ocs_reading *reading, const struct ocs_volume *volume,
                         const struct ocs_spectral *spectral, bool tiles)
{
    return ocs_budget_cost(sizeof(struct worker)) + ocs_reader_need(reading, volume) +
           ocs_budget_cost(OCS_ROW_BATCH * volume->box.x * sizeof(float)) +
           (tiles ? ocs_budget_cost(sizeof(struct ocs_tile_counts)) : 0) +
           (spectral ? spectral_need(volume, spectral) : 0);
}

enum ocs_status ocs_survey_begin(struct ocs_survey *survey, struct ocs_error *error)
{
    survey->first_nonfinite = UINT64_MAX;
    if (!survey->spectral)
        return OCS_OK;
    const enum ocs_status status =
        ocs_fft_create(OCS_FFT_REAL_TO_HALF, survey->spectral->x.n_in, &survey->along_x, error);
    if (status != OCS_OK)
        return status;
    return ocs_fft_create(OCS_FFT_FORWARD, survey->spectral->y.n_in, &survey->along_y, error);
}

void ocs_survey_end(struct ocs_survey *survey)
{
    ocs_fft_destroy(survey->along_x);
    ocs_fft_destroy(survey->along_y);
    survey->along_x = survey->along_y = NULL;
}

static void close_worker(void *self, void *worker)
{
    struct ocs_survey *const survey = self;
    struct ocs_budget *const budget = survey->context->budget;
    struct worker *const state = worker;
    ocs_tally_merge(&survey->tally, &state->tally);
    survey->repeats += state->repeats;
    survey->first_nonfinite = ocs_min_u64(survey->first_nonfinite, state->first_nonfinite);
    if (state->counts)
        ocs_tile_counts_merge(survey->counts, state->counts);
    ocs_reader_close(state->reader);
    ocs_budget_free(budget, state->counts);
    ocs_budget_free(budget, state->rows);
    ocs_budget_free(budget, state->line);
    ocs_budget_free(budget, state->half);
    ocs_budget_free(budget, state->column);
    ocs_budget_free(budget, state->spectrum);
    ocs_budget_free(budget, state->kept);
    ocs_budget_free(budget, state);
}

static bool open_spectral(const struct ocs_survey *survey, struct worker *worker,
                          struct ocs_error *error)
{
    struct ocs_budget *const budget = survey->context->budget;
    const struct ocs_box box = survey->volume->box;
    const uint64_t size = sizeof(float complex), line = padded(box.y);
    return (worker->line = ocs_budget_array(budget, box.x, sizeof(float), error)) &&
           (worker->half = ocs_budget_array(budget, OCS_ROW_BATCH * half_stride(survey->volume),
                                            size, error)) &&
           (worker->column = ocs_budget_array(budget, ocs_axis_kept(&survey->spectral->x) * line,
                                              size, error)) &&
           (worker->spectrum = ocs_budget_array(budget, line, size, error)) &&
           (worker->kept =
                ocs_budget_array(budget, ocs_spectral_columns(survey->spectral), size, error));
}

static enum ocs_status open_worker(void *self, void **worker_ret, struct ocs_error *error)
{
    struct ocs_survey *const survey = self;
    struct ocs_budget *const budget = survey->context->budget;
    struct worker *const worker = ocs_budget_alloc(budget, sizeof *worker, error);
    if (!worker)
        return error->status;
    worker->first_nonfinite = UINT64_MAX;
    worker->rows =
        ocs_budget_array(budget, OCS_ROW_BATCH * survey->volume->box.x, sizeof(float), error);
    if (!worker->rows ||
        (survey->counts &&
         !(worker->counts = ocs_budget_alloc(budget, sizeof *worker->counts, error))) ||
        (survey->spectral && !open_spectral(survey, worker, error))) {
        close_worker(self, worker);
        return error->status;
    }
    *worker_ret = worker;
    return OCS_OK;
}

static void note_nonfinite(struct worker *worker, const float *row, uint64_t n,
                           uint64_t first_voxel)
{
    for (uint64_t x = 0; x < n; ++x) {
        if (!isfinite(row[x])) {
            worker->first_nonfinite = ocs_min_u64(worker->first_nonfinite, first_voxel + x);
            return;
        }
    }
}

static uint64_t count_repeats(const float *row, uint64_t n)
{
    uint64_t repeats = 0;
    for (uint64_t x = 1; x < n; ++x)
        repeats += row[x] == row[x - 1];
    return repeats;
}

static void look_at_row(const struct ocs_survey *survey, struct worker *worker, uint64_t z,
                        uint64_t y, float *row)
{
    const uint64_t nx = survey->volume->box.x, before = worker->tally.nonfinite;
    ocs_tally_row(&worker->tally, survey->context->kernels, row, nx);
    worker->repeats += count_repeats(row, nx);
    if (worker->tally.nonfinite != before) {
        note_nonfinite(worker, row, nx, (z * survey->volume->box.y + y) * nx);
        if (survey->zero_nonfinite)
            survey->context->kernels->zero_nonfinite(row, nx);
    }
    if (worker->counts)
        ocs_tile_count_row(survey->grid, survey->context->kernels, &survey->thresholds, z, y, row,
                           worker->counts);
}

/* The batch's transforms along x, and its kept frequencies into the columns. */
static void transform_rows(const struct ocs_survey *survey, struct worker *worker, uint64_t y,
                           uint64_t rows)
{
    const uint64_t nx = survey->volume->box.x, stride = half_stride(survey->volume);
    const uint64_t column_stride = padded(survey->volume->box.y);
    for (uint64_t row = 0; row < rows; ++row) {
        float *from = worker->rows + row * nx;
        if ((uintptr_t)from % 64 != 0)
            from = memcpy(worker->line, from, nx * sizeof *from);
        ocs_fft_run(survey->along_x, from, worker->half + row * stride);
    }
    for (uint64_t x = 0; x < ocs_axis_kept(&survey->spectral->x); ++x)
        for (uint64_t row = 0; row < rows; ++row)
            worker->column[x * column_stride + y + row] = worker->half[row * stride + x];
}

/* The plane's transforms along y, cut to the kept frequencies, into the store. */
static enum ocs_status store_plane(const struct ocs_survey *survey, struct worker *worker,
                                   uint64_t z, struct ocs_error *error)
{
    const struct ocs_axis_cut *const axis = &survey->spectral->y;
    const uint64_t kept = ocs_axis_kept(axis), column_stride = padded(survey->volume->box.y);
    for (uint64_t x = 0; x < ocs_axis_kept(&survey->spectral->x); ++x) {
        float complex *const to = worker->kept + x * kept;
        ocs_fft_run(survey->along_y, worker->column + x * column_stride, worker->spectrum);
        memcpy(to, worker->spectrum, axis->positive * sizeof *to);
        memcpy(to + axis->positive, worker->spectrum + axis->n_in - axis->negative,
               axis->negative * sizeof *to);
    }
    return ocs_spectrum_store_put(survey->store, z, worker->kept, error);
}

static enum ocs_status do_plane(const struct ocs_survey *survey, struct worker *worker, uint64_t z,
                                struct ocs_error *error)
{
    const struct ocs_box box = survey->volume->box;
    for (uint64_t y = 0; y < box.y; y += OCS_ROW_BATCH) {
        const uint64_t rows = ocs_min_u64(OCS_ROW_BATCH, box.y - y);
        const enum ocs_status status = ocs_reader_rows(worker->reader, rows, worker->rows, error);
        if (status != OCS_OK)
            return status;
        for (uint64_t row = 0; row < rows; ++row)
            look_at_row(survey, worker, z, y + row, worker->rows + row * box.x);
        if (survey->spectral)
            transform_rows(survey, worker, y, rows);
    }
    const enum ocs_status status =
        survey->spectral ? store_plane(survey, worker, z, error) : OCS_OK;
    return status == OCS_OK ? ocs_beat(survey->context->beat, box.y * box.x, error) : status;
}

static enum ocs_status do_unit(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    struct ocs_survey *const survey = self;
    struct worker *const state = worker;
    const struct ocs_part part = ocs_slab_part(&survey->slabs, unit);
    enum ocs_status status =
        ocs_reader_open(survey->context->reading, survey->volume, &part, &state->reader, error);
    for (uint64_t z = part.z0; z < part.z1 && status == OCS_OK; ++z)
        status = do_plane(survey, state, z, error);
    if (status == OCS_OK)
        status = ocs_reader_check(state->reader, error);
    ocs_reader_close(state->reader);
    state->reader = NULL;
    return status;
}

struct ocs_pass ocs_survey_pass(struct ocs_survey *survey)
{
    const struct ocs_box box = survey->volume->box;
    return (struct ocs_pass){
        .name = "survey",
        .self = survey,
        .units = ocs_slab_count(&survey->slabs),
        .voxels = box.z * box.y * box.x,
        .planes = box.z,
        .unit_planes = survey->slabs.planes,
        .together = ocs_slab_bands(&survey->slabs),
        .open = open_worker,
        .unit = do_unit,
        .close = close_worker,
    };
}
