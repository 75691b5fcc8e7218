/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "target_select.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { KEY_BITS = OCS_FLOAT_KEY_BITS, MOST_BITS = 16 };

static uint64_t counter_bytes(unsigned labels, unsigned bits)
{
    return ((uint64_t)labels << bits) * sizeof(uint64_t);
}

uint64_t ocs_target_select_least_bytes(void)
{
    return counter_bytes(OCS_LABELS_MAX, 1);
}

uint64_t ocs_target_select_need(uint64_t limit_bytes)
{
    return 2 * ocs_budget_cost(OCS_LABELS_MAX * sizeof(uint64_t)) +
           ocs_budget_cost(OCS_LABELS_MAX * sizeof(uint32_t)) + ocs_budget_cost(limit_bytes);
}

/* The fewest sweeps, and for them the fewest bits. */
static unsigned bits_for(unsigned labels, uint64_t limit_bytes)
{
    unsigned bits = MOST_BITS;
    for (unsigned sweeps = KEY_BITS / MOST_BITS + 1;
         counter_bytes(labels, bits) > limit_bytes && bits > 1; ++sweeps)
        bits = (unsigned)ocs_div_up_u64(KEY_BITS, sweeps);
    return bits;
}

unsigned ocs_target_select_sweeps(unsigned labels, uint64_t limit_bytes)
{
    return (unsigned)ocs_div_up_u64(KEY_BITS, bits_for(labels, limit_bytes));
}

/* Of the digit that comes next: the last one has what is left. */
static unsigned next_bits(const struct ocs_target_select *select)
{
    return (unsigned)ocs_min_u64(select->bits, KEY_BITS - select->known);
}

enum ocs_status ocs_target_select_begin(struct ocs_target_select *select, uint64_t limit_bytes,
                                        struct ocs_error *error)
{
    const unsigned labels = select->labels->count;
    struct ocs_budget *const budget = select->budget;
    assert(labels > 0 && limit_bytes >= counter_bytes(labels, 1));
    select->bits = bits_for(labels, limit_bytes);
    select->known = 0;
    const uint64_t counters = (uint64_t)labels << select->bits;
    if ((select->voxels = ocs_budget_array(budget, labels, sizeof *select->voxels, error)) &&
        (select->rank = ocs_budget_array(budget, labels, sizeof *select->rank, error)) &&
        (select->prefix = ocs_budget_array(budget, labels, sizeof *select->prefix, error)) &&
        (select->counts = ocs_budget_array(budget, counters, sizeof *select->counts, error)))
        return OCS_OK;
    return error->status;
}

void ocs_target_select_end(struct ocs_target_select *select)
{
    ocs_budget_free(select->budget, select->voxels);
    ocs_budget_free(select->budget, select->rank);
    ocs_budget_free(select->budget, select->prefix);
    ocs_budget_free(select->budget, select->counts);
    select->voxels = select->rank = select->counts = NULL;
    select->prefix = NULL;
}

/* ---- one sweep ---- */

static void count_run(const struct ocs_target_select *select, uint32_t label, const float *row,
                      uint64_t n, uint64_t *counts)
{
    const unsigned bits = next_bits(select), unknown = KEY_BITS - select->known;
    const uint32_t prefix = select->prefix[label], digits = (1U << bits) - 1;
    uint64_t *const mine = counts + ((uint64_t)label << bits);
    for (uint64_t x = 0; x < n; ++x) {
        const uint64_t key = ocs_float_key(row[x]);
        if (key >> unknown == prefix)
            ++mine[key >> (unknown - bits) & digits];
    }
}

static void do_row(void *self, void *state, uint64_t z, uint64_t y, const float *data,
                   const float *labels, uint64_t nx)
{
    (void)z, (void)y;
    const struct ocs_target_select *const select = self;
    struct ocs_label_run run;
    for (uint64_t x = 0; x < nx; x = run.end) {
        run = ocs_label_run_at(select->labels, labels, x, nx);
        if (run.label != OCS_NO_LABEL)
            count_run(select, run.label, data + x, run.end - x, state);
    }
}

static void merge(void *self, void *state)
{
    struct ocs_target_select *const select = self;
    const uint64_t *const from = state;
    const uint64_t counters = (uint64_t)select->labels->count << next_bits(select);
    for (uint64_t i = 0; i < counters; ++i)
        select->counts[i] += from[i];
}

bool ocs_target_select_is_open(const struct ocs_target_select *select)
{
    return select->known < KEY_BITS;
}

void ocs_target_select_next(struct ocs_target_select *select, struct ocs_sweep *sweep)
{
    const uint64_t bytes = counter_bytes(select->labels->count, next_bits(select));
    memset(select->counts, 0, bytes);
    sweep->name = "targets";
    sweep->self = select;
    sweep->state_bytes = bytes;
    sweep->start = NULL;
    sweep->row = do_row;
    sweep->merge = merge;
}

static void set_rank(struct ocs_target_select *select, unsigned label, const uint64_t *counts)
{
    uint64_t voxels = 0;
    for (uint32_t digit = 0; digit < 1U << next_bits(select); ++digit)
        voxels += counts[digit];
    const double rank = floor(select->fraction * (double)voxels);
    select->voxels[label] = voxels;
    select->rank[label] = (uint64_t)fmax(fmin(rank, (double)voxels - 1), 0);
}

/* Counts can only end early if there is no voxel, or if the files changed under the run. */
static uint32_t find_digit(const uint64_t *counts, uint32_t last, uint64_t *rank)
{
    uint32_t digit = 0;
    for (; digit < last && *rank >= counts[digit]; ++digit)
        *rank -= counts[digit];
    return digit;
}

void ocs_target_select_take(struct ocs_target_select *select)
{
    const unsigned bits = next_bits(select);
    for (unsigned label = 0; label < select->labels->count; ++label) {
        const uint64_t *const counts = select->counts + ((uint64_t)label << bits);
        if (select->known == 0)
            set_rank(select, label, counts);
        const uint32_t digit = find_digit(counts, (1U << bits) - 1, &select->rank[label]);
        select->prefix[label] = select->prefix[label] << bits | digit;
    }
    select->known += bits;
}

float ocs_target_select_value(const struct ocs_target_select *select, unsigned label)
{
    assert(!ocs_target_select_is_open(select) && label < select->labels->count);
    return select->voxels[label] > 0 ? ocs_float_of_key(select->prefix[label]) : NAN;
}
