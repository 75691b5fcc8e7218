/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "synth.h"

#include "checked.h"
#include "fft_line.h"

#include <string.h>

enum { ALIGNED_COMPLEX = 8 }; /* 64 bytes */

struct ocs_synth {
    struct ocs_budget *budget;
    const struct ocs_spectral *spectral;
    const struct ocs_spectrum_store *store;
    struct ocs_fft *along_y, *along_x;
};

/* column[x][y]: the loaded plane after its inverse along y, kept x frequencies only.
 * half[row][x]: a batch of half lines, zero beyond the kept frequencies. */
struct ocs_synth_desk {
    const struct ocs_synth *synth;
    uint64_t column_stride, half_stride;
    uint64_t loaded;       /* plane + 1; 0: none                                                 */
    float complex *stored; /* one plane of the store, used when it is in scratch            */
    float complex *line;
    float complex *column;
    float complex *half;
    float *row;
};

static uint64_t padded(uint64_t n)
{
    return ocs_div_up_u64(n, ALIGNED_COMPLEX) * ALIGNED_COMPLEX;
}

enum ocs_status ocs_synth_create(struct ocs_budget *budget, const struct ocs_spectral *spectral,
                                 const struct ocs_spectrum_store *store,
                                 struct ocs_synth **synth_ret, struct ocs_error *error)
{
    struct ocs_synth *const synth = ocs_budget_alloc(budget, sizeof *synth, error);
    if (!synth)
        return error->status;
    *synth = (struct ocs_synth){.budget = budget, .spectral = spectral, .store = store};
    enum ocs_status status =
        ocs_fft_create(OCS_FFT_BACKWARD, spectral->y.n_out, &synth->along_y, error);
    if (status == OCS_OK)
        status = ocs_fft_create(OCS_FFT_HALF_TO_REAL, spectral->x.n_out, &synth->along_x, error);
    if (status != OCS_OK) {
        ocs_synth_destroy(synth);
        return status;
    }
    *synth_ret = synth;
    return OCS_OK;
}

void ocs_synth_destroy(struct ocs_synth *synth)
{
    if (!synth)
        return;
    ocs_fft_destroy(synth->along_y);
    ocs_fft_destroy(synth->along_x);
    ocs_budget_free(synth->budget, synth);
}

static uint64_t half_line(const struct ocs_spectral *spectral)
{
    return padded(spectral->x.n_out / 2 + 1);
}

uint64_t ocs_synth_need(const struct ocs_spectral *spectral)
{
    const uint64_t complex_bytes = sizeof(float complex);
    const uint64_t columns = ocs_axis_kept(&spectral->x) * padded(spectral->y.n_out);
    return ocs_budget_cost(sizeof(struct ocs_synth_desk)) +
           ocs_budget_cost(ocs_spectral_columns(spectral) * complex_bytes) +
           ocs_budget_cost(padded(spectral->y.n_out) * complex_bytes) +
           ocs_budget_cost(columns * complex_bytes) +
           ocs_budget_cost(OCS_ROW_BATCH * half_line(spectral) * complex_bytes) +
           ocs_budget_cost(spectral->x.n_out * sizeof(float));
}

enum ocs_status ocs_synth_open(const struct ocs_synth *synth, struct ocs_synth_desk **desk_ret,
                               struct ocs_error *error)
{
    const struct ocs_spectral *const spectral = synth->spectral;
    struct ocs_budget *const budget = synth->budget;
    struct ocs_synth_desk *const desk = ocs_budget_alloc(budget, sizeof *desk, error);
    if (!desk)
        return error->status;
    desk->synth = synth;
    desk->column_stride = padded(spectral->y.n_out);
    desk->half_stride = half_line(spectral);
    const uint64_t size = sizeof(float complex);
    if (!(desk->stored = ocs_budget_array(budget, ocs_spectral_columns(spectral), size, error)) ||
        !(desk->line = ocs_budget_array(budget, desk->column_stride, size, error)) ||
        !(desk->column = ocs_budget_array(budget, ocs_axis_kept(&spectral->x) * desk->column_stride,
                                          size, error)) ||
        !(desk->half = ocs_budget_array(budget, OCS_ROW_BATCH * desk->half_stride, size, error)) ||
        !(desk->row = ocs_budget_array(budget, spectral->x.n_out, sizeof(float), error))) {
        ocs_synth_close(desk);
        return error->status;
    }
    *desk_ret = desk;
    return OCS_OK;
}

void ocs_synth_close(struct ocs_synth_desk *desk)
{
    if (!desk)
        return;
    struct ocs_budget *const budget = desk->synth->budget;
    ocs_budget_free(budget, desk->stored);
    ocs_budget_free(budget, desk->line);
    ocs_budget_free(budget, desk->column);
    ocs_budget_free(budget, desk->half);
    ocs_budget_free(budget, desk->row);
    ocs_budget_free(budget, desk);
}

/* Spreads the kept bins of one column over a line of n_out bins, zero between. */
static void spread(const struct ocs_axis_cut *axis, const float complex *kept, float complex *line)
{
    const uint64_t gap = axis->n_out - ocs_axis_kept(axis);
    memcpy(line, kept, axis->positive * sizeof *line);
    memset(line + axis->positive, 0, gap * sizeof *line);
    memcpy(line + axis->positive + gap, kept + axis->positive, axis->negative * sizeof *line);
}

enum ocs_status ocs_synth_load(struct ocs_synth_desk *desk, uint64_t z, struct ocs_error *error)
{
    if (desk->loaded == z + 1)
        return OCS_OK;
    const struct ocs_spectral *const spectral = desk->synth->spectral;
    const float complex *plane;
    const enum ocs_status status =
        ocs_spectrum_store_get(desk->synth->store, z, desk->stored, &plane, error);
    if (status != OCS_OK)
        return status;
    const uint64_t kept_y = ocs_axis_kept(&spectral->y);
    for (uint64_t x = 0; x < ocs_axis_kept(&spectral->x); ++x) {
        spread(&spectral->y, plane + x * kept_y, desk->line);
        ocs_fft_run(desk->synth->along_y, desk->line, desk->column + x * desk->column_stride);
    }
    desk->loaded = z + 1;
    return OCS_OK;
}

/* Half lines of rows y .. y + rows: a transpose of the kept columns. */
static void collect(struct ocs_synth_desk *desk, uint64_t y, uint64_t rows)
{
    const struct ocs_spectral *const spectral = desk->synth->spectral;
    const uint64_t kept_x = ocs_axis_kept(&spectral->x);
    const uint64_t bins = spectral->x.n_out / 2 + 1;
    for (uint64_t x = 0; x < kept_x; ++x) {
        const float complex *const from = desk->column + x * desk->column_stride + y;
        for (uint64_t row = 0; row < rows; ++row)
            desk->half[row * desk->half_stride + x] = from[row];
    }
    /* The transform destroys its input, so the zeros are written every time. */
    for (uint64_t row = 0; row < rows; ++row)
        memset(desk->half + row * desk->half_stride + kept_x, 0,
               (bins - kept_x) * sizeof(float complex));
}

static void rows_of_batch(struct ocs_synth_desk *desk, uint64_t y, uint64_t rows, float *to)
{
    const uint64_t nx = desk->synth->spectral->x.n_out;
    collect(desk, y, rows);
    for (uint64_t row = 0; row < rows; ++row) {
        float *const target = to + row * nx;
        float complex *const half = desk->half + row * desk->half_stride;
        if ((uintptr_t)target % 64 == 0) {
            ocs_fft_run(desk->synth->along_x, half, target);
        } else {
            ocs_fft_run(desk->synth->along_x, half, desk->row);
            memcpy(target, desk->row, nx * sizeof *target);
        }
    }
}

void ocs_synth_rows(struct ocs_synth_desk *desk, uint64_t y, uint64_t rows, float *to)
{
    const uint64_t nx = desk->synth->spectral->x.n_out;
    for (uint64_t done = 0; done < rows; done += OCS_ROW_BATCH)
        rows_of_batch(desk, y + done, ocs_min_u64(OCS_ROW_BATCH, rows - done), to + done * nx);
}
