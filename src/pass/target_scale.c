/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "target_scale.h"

#include <assert.h>
#include <math.h>

enum { LEAST_BINS = 16, MOST_BINS = 8192, END_SLOTS = 2 };

struct ocs_target_desk {
    const struct ocs_target_scale *scale;
    struct ocs_reader *reader;
    float *rows; /* a batch of the label map                                              */
    uint64_t *counts;
};

/* ---- memory ---- */

static uint64_t slots_of(const struct ocs_target_scale *scale)
{
    return scale->bins + UINT64_C(2);
}

static uint64_t counters_of(const struct ocs_target_scale *scale)
{
    return scale->labels->count * slots_of(scale);
}

static uint64_t histogram_bytes(unsigned labels, unsigned bins)
{
    return (uint64_t)labels * (bins + END_SLOTS) * sizeof(uint64_t);
}

uint64_t ocs_target_scale_least_bytes(void)
{
    return histogram_bytes(OCS_LABELS_MAX, LEAST_BINS);
}

uint64_t ocs_target_scale_most_bytes(unsigned labels)
{
    return histogram_bytes(labels, MOST_BINS);
}

uint64_t ocs_target_scale_need(uint64_t limit_bytes)
{
    return ocs_budget_cost(limit_bytes);
}

uint64_t ocs_target_desk_need(const struct ocs_reading *reading, const struct ocs_volume *volume,
                              uint64_t limit_bytes)
{
    return ocs_budget_cost(sizeof(struct ocs_target_desk)) + ocs_reader_need(reading, volume) +
           ocs_budget_cost(OCS_ROW_BATCH * volume->box.x * sizeof(float)) +
           ocs_budget_cost(limit_bytes);
}

static unsigned bins_for(unsigned labels, uint64_t limit_bytes)
{
    const uint64_t slots = limit_bytes / sizeof(uint64_t) / labels;
    return (unsigned)ocs_min_u64(slots - END_SLOTS, MOST_BINS);
}

enum ocs_status ocs_target_scale_begin(struct ocs_target_scale *scale, uint64_t limit_bytes,
                                       struct ocs_error *error)
{
    assert(scale->labels->count > 0 &&
           limit_bytes >= histogram_bytes(scale->labels->count, LEAST_BINS));
    scale->bins = bins_for(scale->labels->count, limit_bytes);
    scale->counts =
        ocs_budget_array(scale->context->budget, counters_of(scale), sizeof *scale->counts, error);
    return scale->counts ? OCS_OK : error->status;
}

uint64_t ocs_target_scale_counts_bytes(const struct ocs_target_scale *scale)
{
    return counters_of(scale) * sizeof *scale->counts;
}

void ocs_target_scale_end(struct ocs_target_scale *scale)
{
    if (scale->context)
        ocs_budget_free(scale->context->budget, scale->counts);
    scale->counts = NULL;
}

/* ---- a worker ---- */

static void free_desk(struct ocs_target_desk *desk)
{
    struct ocs_budget *const budget = desk->scale->context->budget;
    ocs_reader_close(desk->reader);
    ocs_budget_free(budget, desk->rows);
    ocs_budget_free(budget, desk->counts);
    ocs_budget_free(budget, desk);
}

enum ocs_status ocs_target_desk_open(const struct ocs_target_scale *scale,
                                     struct ocs_target_desk **desk_ret, struct ocs_error *error)
{
    struct ocs_budget *const budget = scale->context->budget;
    struct ocs_target_desk *const desk = ocs_budget_alloc(budget, sizeof *desk, error);
    if (!desk)
        return error->status;
    desk->scale = scale;
    if (!(desk->rows = ocs_budget_array(budget, OCS_ROW_BATCH * scale->volume->box.x, sizeof(float),
                                        error)) ||
        !(desk->counts =
              ocs_budget_array(budget, counters_of(scale), sizeof *desk->counts, error))) {
        free_desk(desk);
        return error->status;
    }
    *desk_ret = desk;
    return OCS_OK;
}

void ocs_target_desk_close(struct ocs_target_scale *scale, struct ocs_target_desk *desk)
{
    if (!desk)
        return;
    for (uint64_t i = 0; i < counters_of(scale); ++i)
        scale->counts[i] += desk->counts[i];
    free_desk(desk);
}

enum ocs_status ocs_target_desk_start(struct ocs_target_desk *desk, const struct ocs_part *part,
                                      struct ocs_error *error)
{
    ocs_reader_close(desk->reader);
    desk->reader = NULL;
    return ocs_reader_open(desk->scale->context->reading, desk->scale->volume, part, &desk->reader,
                           error);
}

enum ocs_status ocs_target_desk_finish(struct ocs_target_desk *desk, struct ocs_error *error)
{
    const enum ocs_status status = ocs_reader_check(desk->reader, error);
    ocs_reader_close(desk->reader);
    desk->reader = NULL;
    return status;
}

/* `scale` lies in [0,1]. */
static unsigned slot_at(float scale, unsigned bins)
{
    if (scale <= 0)
        return 0;
    if (scale >= 1)
        return bins + 1;
    const unsigned bin = (unsigned)(scale * (float)bins);
    return 1 + (bin < bins ? bin : bins - 1);
}

static void count_row(const struct ocs_target_desk *desk, const float *labels, const float *scale,
                      uint64_t n)
{
    const unsigned bins = desk->scale->bins;
    struct ocs_label_run run;
    for (uint64_t x = 0; x < n; x = run.end) {
        run = ocs_label_run_at(desk->scale->labels, labels, x, n);
        if (run.label == OCS_NO_LABEL)
            continue;
        uint64_t *const counts = desk->counts + run.label * slots_of(desk->scale);
        for (uint64_t at = x; at < run.end; ++at)
            ++counts[slot_at(scale[at], bins)];
    }
}

enum ocs_status ocs_target_desk_rows(struct ocs_target_desk *desk, uint64_t rows,
                                     const float *scale, struct ocs_error *error)
{
    assert(rows <= OCS_ROW_BATCH);
    const uint64_t nx = desk->scale->volume->box.x;
    const enum ocs_status status = ocs_reader_rows(desk->reader, rows, desk->rows, error);
    for (uint64_t row = 0; row < rows && status == OCS_OK; ++row)
        count_row(desk, desk->rows + row * nx, scale + row * nx, nx);
    return status;
}

/* ---- quantiles ---- */

/* Element `rank` of the sorted scale: elements of a bin are taken to be spread evenly. */
static double element(const struct ocs_target_scale *scale, const uint64_t *counts, uint64_t rank)
{
    unsigned slot = 0;
    for (; slot <= scale->bins && rank >= counts[slot]; ++slot)
        rank -= counts[slot];
    if (slot == 0)
        return 0;
    if (slot == scale->bins + 1)
        return 1;
    const double inside = ((double)rank + 0.5) / (double)counts[slot];
    return (slot - 1 + inside) / scale->bins;
}

double ocs_target_scale_quantile(const struct ocs_target_scale *scale, unsigned label,
                                 double fraction)
{
    const uint64_t *const counts = scale->counts + label * slots_of(scale);
    uint64_t voxels = 0;
    for (unsigned slot = 0; slot < slots_of(scale); ++slot)
        voxels += counts[slot];
    if (voxels == 0)
        return (double)NAN;
    const double at = fraction * (double)(voxels - 1), below = floor(at);
    const uint64_t rank = (uint64_t)below, next = ocs_min_u64(rank + 1, voxels - 1);
    const double low = element(scale, counts, rank), high = element(scale, counts, next);
    return low + (at - below) * (high - low);
}
