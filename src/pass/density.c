/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "density.h"

enum { PIECE = 256 };

/* `outside`: voxels that are not solvent; the whole is the sum of both. */
struct state {
    uint64_t solvent[OCS_BINS], outside[OCS_BINS];
    struct ocs_tile_counts counts;
};

uint64_t ocs_density_state_bytes(void)
{
    return sizeof(struct state);
}

static void count(const struct ocs_density *density, const float *row, uint64_t n,
                  uint64_t counts[OCS_BINS])
{
    density->kernels->histogram(row, n, density->bins->edge, OCS_BINS, density->bins->factor,
                                counts);
}

static void count_sides(const struct ocs_density *density, struct state *state,
                        const float *filtered, const float *definition, uint64_t n)
{
    const bool solvent = density->side == OCS_SOLVENT_MARKED;
    float picked[PIECE];
    for (uint64_t x = 0; x < n; x += PIECE) {
        const uint64_t piece = ocs_min_u64(PIECE, n - x);
        for (int marked = 0; marked < 2; ++marked)
            count(density, picked,
                  ocs_definition_pick(filtered + x, definition + x, piece, marked, picked),
                  marked == solvent ? state->solvent : state->outside);
    }
}

static void do_row(void *self, void *state, uint64_t z, uint64_t y, const float *filtered,
                   const float *definition)
{
    const struct ocs_density *const density = self;
    struct state *const mine = state;
    const uint64_t nx = density->region.box.x;
    uint64_t x0, x1;
    ocs_region_row(&density->region, z, y, &x0, &x1);
    count(density, filtered, x0, mine->outside);
    count(density, filtered + x1, nx - x1, mine->outside);
    if (density->side == OCS_SOLVENT_REGION)
        count(density, filtered + x0, x1 - x0, mine->solvent);
    else
        count_sides(density, mine, filtered + x0, definition + x0, x1 - x0);
    if (density->grid)
        ocs_tile_count_row(density->grid, density->kernels, &density->thresholds, z, y, filtered,
                           &mine->counts);
}

static void merge(void *self, void *state)
{
    struct ocs_density *const density = self;
    const struct state *const from = state;
    for (int bin = 0; bin < OCS_BINS; ++bin) {
        density->solvent[bin] += from->solvent[bin];
        density->whole[bin] += from->solvent[bin] + from->outside[bin];
    }
    if (density->grid)
        ocs_tile_counts_merge(density->counts, &from->counts);
}

void ocs_density_begin(struct ocs_density *density, struct ocs_sweep *sweep)
{
    sweep->name = "solvent";
    sweep->self = density;
    sweep->state_bytes = sizeof(struct state);
    sweep->row = do_row;
    sweep->merge = merge;
}
