/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TILE_COUNT_H
#define OCS_TILE_COUNT_H

/* Finding the tile with the largest (and the smallest) percentile without sorting every tile.
 *
 * The percentile of a tile is its element `rank`. Whether it lies above a threshold is a matter of
 * counting: element `rank` > t exactly when at least size - rank voxels are > t. So the exact
 * values of a few tiles give two thresholds (the largest and the smallest of them), one sweep
 * counts every tile against both, and only the tiles that turn out to lie strictly outside are
 * selected from exactly. Ties need no voxels at all. Where looking at a tile is dear, a few steps
 * further out are counted as well: only tiles beyond the outermost step that any tile reaches can
 * be the largest or the smallest. */

#include "budget.h"
#include "kernels.h"
#include "tiles.h"

enum { OCS_TILES_MAX = OCS_TILES_PER_AXIS * OCS_TILES_PER_AXIS * OCS_TILES_PER_AXIS };

/* A tile's index (i * 20 + j) * 20 + k and what is known of its value. */
struct ocs_tile_value {
    uint32_t tile;
    float value;
};

static inline uint32_t ocs_tile_index(uint64_t i, uint64_t j, uint64_t k)
{
    return (uint32_t)((i * OCS_TILES_PER_AXIS + j) * OCS_TILES_PER_AXIS + k);
}

enum { OCS_TILE_STEPS = 3 };

struct ocs_tile_thresholds {
    float high, low;
    unsigned steps;                                      /* how many there are of the following */
    float higher[OCS_TILE_STEPS], lower[OCS_TILE_STEPS]; /* each further out than the one before */
};

/* From the values of some tiles, which are reordered; `dear` asks for the steps. */
struct ocs_tile_thresholds ocs_tile_thresholds_of(float *values, unsigned count, bool dear);

/* One worker's counters; an all-zero one is empty. */
struct ocs_tile_counts {
    uint64_t above_high[OCS_TILES_MAX];    /* voxels > high                                */
    uint64_t at_least_high[OCS_TILES_MAX]; /* voxels >= high                               */
    uint64_t above_low[OCS_TILES_MAX];
    uint64_t at_least_low[OCS_TILES_MAX];
    uint64_t above_higher[OCS_TILE_STEPS][OCS_TILES_MAX]; /* voxels > the step               */
    uint64_t below_lower[OCS_TILE_STEPS][OCS_TILES_MAX];  /* voxels < the step               */
};

/* Counts one whole row of the scale data. */
void ocs_tile_count_row(const struct ocs_tile_grid *grid, const struct ocs_kernels *kernels,
                        const struct ocs_tile_thresholds *thresholds, uint64_t z, uint64_t y,
                        const float *row, struct ocs_tile_counts *counts);

void ocs_tile_counts_merge(struct ocs_tile_counts *into, const struct ocs_tile_counts *from);

/* The tiles strictly above `high`, or the outermost higher step that any tile lies above, and
 * likewise below, in z,y,x order; returns how many. */
unsigned ocs_tile_survivors(const struct ocs_tile_grid *grid, const struct ocs_tile_counts *counts,
                            uint32_t survivors[OCS_TILES_MAX]);

/* The first tile in z,y,x order whose value is exactly `high` (or `low`). There is one. */
uint32_t ocs_tile_first_at_high(const struct ocs_tile_grid *grid,
                                const struct ocs_tile_counts *counts);
uint32_t ocs_tile_first_at_low(const struct ocs_tile_grid *grid,
                               const struct ocs_tile_counts *counts);

uint64_t ocs_tile_voxels(const struct ocs_tile_grid *grid);

/* Whole lines of tiles along x, which are read together: `lines` of them or a few more, spread
 * evenly over the visited ones; only those of tile row `only_i` unless it is negative. Returns how
 * many tiles. */
unsigned ocs_tile_sample(const struct ocs_tile_grid *grid, int only_i, unsigned lines,
                         uint32_t sample[OCS_TILES_MAX]);

#endif
