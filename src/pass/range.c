/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "range.h"

#include <math.h>

enum { PIECE = 256 };

struct state {
    float min, max, region_min, region_max;
    struct ocs_tally marked, rest;
};

uint64_t ocs_range_state_bytes(void)
{
    return sizeof(struct state);
}

uint64_t ocs_definition_pick(const float *row, const float *definition, uint64_t n, bool marked,
                             float *to)
{
    uint64_t count = 0;
    for (uint64_t x = 0; x < n; ++x) {
        to[count] = row[x];
        count += (definition[x] > OCS_DEFINITION_THRESHOLD) == marked;
    }
    return count;
}

static void start(void *self, void *state)
{
    (void)self;
    struct state *const mine = state;
    mine->min = mine->region_min = INFINITY;
    mine->max = mine->region_max = -INFINITY;
}

static void tally_sides(const struct ocs_range *range, struct state *state, const float *filtered,
                        const float *definition, uint64_t n)
{
    float picked[PIECE];
    for (uint64_t x = 0; x < n; x += PIECE) {
        const uint64_t piece = ocs_min_u64(PIECE, n - x);
        for (int marked = 0; marked < 2; ++marked) {
            const uint64_t count =
                ocs_definition_pick(filtered + x, definition + x, piece, marked, picked);
            ocs_tally_row(marked ? &state->marked : &state->rest, range->kernels, picked, count);
        }
    }
}

static void do_row(void *self, void *state, uint64_t z, uint64_t y, const float *filtered,
                   const float *definition, uint64_t nx)
{
    const struct ocs_range *const range = self;
    struct state *const mine = state;
    range->kernels->range(filtered, nx, &mine->min, &mine->max);
    uint64_t x0, x1;
    ocs_region_row(&range->region, z, y, &x0, &x1);
    if (definition)
        tally_sides(range, mine, filtered + x0, definition + x0, x1 - x0);
    else
        range->kernels->range(filtered + x0, x1 - x0, &mine->region_min, &mine->region_max);
}

static void merge(void *self, void *state)
{
    struct ocs_range *const range = self;
    const struct state *const from = state;
    range->min = fminf(range->min, from->min);
    range->max = fmaxf(range->max, from->max);
    range->region_min = fminf(range->region_min, from->region_min);
    range->region_max = fmaxf(range->region_max, from->region_max);
    ocs_tally_merge(&range->marked, &from->marked);
    ocs_tally_merge(&range->rest, &from->rest);
}

void ocs_range_begin(struct ocs_range *range, struct ocs_sweep *sweep)
{
    range->min = range->region_min = INFINITY;
    range->max = range->region_max = -INFINITY;
    sweep->name = "range";
    sweep->self = range;
    sweep->state_bytes = sizeof(struct state);
    sweep->start = start;
    sweep->row = do_row;
    sweep->merge = merge;
}
