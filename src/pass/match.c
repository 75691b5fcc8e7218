/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match.h"

static void count_tops(void *self, void *state, uint64_t z, uint64_t y, const float *filtered,
                       const float *mask, uint64_t nx)
{
    (void)self, (void)z, (void)y, (void)mask;
    ocs_rank_count_tops(filtered, nx, state);
}

static void merge_tops(void *self, void *state)
{
    uint64_t *const into = self;
    const uint64_t *const from = state;
    for (uint32_t top = 0; top < OCS_RANK_TOPS; ++top)
        into[top] += from[top];
}

void ocs_match_tops_begin(uint64_t counts[OCS_RANK_TOPS], struct ocs_sweep *sweep)
{
    sweep->name = "match";
    sweep->self = counts;
    sweep->state_bytes = OCS_RANK_TOPS * sizeof *counts;
    sweep->row = count_tops;
    sweep->merge = merge_tops;
}

static void count_cells(void *self, void *state, uint64_t z, uint64_t y, const float *filtered,
                        const float *mask, uint64_t nx)
{
    const struct ocs_match_cells *const match = self;
    (void)z, (void)y, (void)mask;
    ocs_rank_count_cells(match->bins, filtered, nx, state, match->cells, match->filled);
}

static void merge_cells(void *self, void *state)
{
    const struct ocs_match_cells *const match = self;
    ocs_rank_merge_cells(match->cells, state, match->bins->cells);
}

void ocs_match_cells_begin(struct ocs_match_cells *match, struct ocs_sweep *sweep)
{
    sweep->name = "match";
    sweep->self = match;
    sweep->state_bytes = match->bins->cells * sizeof *match->cells;
    sweep->row = count_cells;
    sweep->merge = merge_cells;
}
