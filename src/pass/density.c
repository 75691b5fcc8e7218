/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "density.h"

enum { PIECE = 256 };

struct state {
    uint64_t solvent[OCS_COUNT_TABLES * OCS_BINS];
    uint64_t whole[OCS_COUNT_TABLES * OCS_BINS]; /* with shared bins: of the rest only      */
    struct ocs_tile_counts counts;
};

uint64_t ocs_density_state_bytes(void)
{
    return sizeof(struct state);
}

/* The extremes of the box usually lie in the solvent region; then no voxel is counted twice. */
static bool bins_are_shared(const struct ocs_density *density)
{
    return density->solvent_bins->min == density->whole_bins->min &&
           density->solvent_bins->max == density->whole_bins->max;
}

static void count(const struct ocs_density *density, const struct ocs_bins *bins, const float *row,
                  uint64_t n, uint64_t counts[OCS_COUNT_TABLES * OCS_BINS])
{
    const struct ocs_binning binning = ocs_bins_binning(bins);
    density->kernels->histogram(&binning, row, n, counts);
}

/* The region's voxels of a row by the definition: solvent, and the rest if it is wanted. */
static void count_sides(const struct ocs_density *density, struct state *state,
                        const float *filtered, const float *definition, uint64_t n)
{
    const bool solvent = density->side == OCS_SOLVENT_MARKED, shared = bins_are_shared(density);
    float picked[PIECE];
    for (uint64_t x = 0; x < n; x += PIECE) {
        const uint64_t piece = ocs_min_u64(PIECE, n - x);
        uint64_t found = ocs_definition_pick(filtered + x, definition + x, piece, solvent, picked);
        count(density, density->solvent_bins, picked, found, state->solvent);
        if (!shared)
            continue;
        found = ocs_definition_pick(filtered + x, definition + x, piece, !solvent, picked);
        count(density, density->whole_bins, picked, found, state->whole);
    }
}

static void do_row(void *self, void *state, uint64_t z, uint64_t y, const float *filtered,
                   const float *definition, uint64_t nx)
{
    const struct ocs_density *const density = self;
    struct state *const mine = state;
    uint64_t x0, x1;
    ocs_region_row(&density->region, z, y, &x0, &x1);
    if (density->side == OCS_SOLVENT_REGION)
        count(density, density->solvent_bins, filtered + x0, x1 - x0, mine->solvent);
    else
        count_sides(density, mine, filtered + x0, definition + x0, x1 - x0);
    if (bins_are_shared(density)) {
        count(density, density->whole_bins, filtered, x0, mine->whole);
        count(density, density->whole_bins, filtered + x1, nx - x1, mine->whole);
    } else {
        count(density, density->whole_bins, filtered, nx, mine->whole);
    }
    if (density->grid)
        ocs_tile_count_row(density->grid, density->kernels, &density->thresholds, z, y, filtered,
                           &mine->counts);
}

static void merge(void *self, void *state)
{
    struct ocs_density *const density = self;
    const struct state *const from = state;
    const bool shared = bins_are_shared(density);
    uint64_t solvent[OCS_BINS], whole[OCS_BINS];
    ocs_counts_sum(from->solvent, solvent);
    ocs_counts_sum(from->whole, whole);
    for (int bin = 0; bin < OCS_BINS; ++bin) {
        density->solvent[bin] += solvent[bin];
        density->whole[bin] += whole[bin] + (shared ? solvent[bin] : 0);
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
