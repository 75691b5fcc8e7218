/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tile_count.h"

#include "checked.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct span {
    uint64_t first, end; /* tile indices                                                  */
};

/* Tiles along one axis that hold voxel `at`: tiles overlap when the step is below the side. */
static struct span tiles_at(const struct ocs_tile_axis *axis, uint64_t at)
{
    const int64_t from_edge = (int64_t)at - axis->edge;
    if (from_edge < 0)
        return (struct span){0, 0};
    const int64_t past = from_edge - (int64_t)axis->side; /* a tile at or before this ended */
    const uint64_t first = past < 0 ? 0 : (uint64_t)(past / axis->step + 1);
    const uint64_t end = ocs_min_u64((uint64_t)(from_edge / axis->step + 1), axis->count);
    return (struct span){first, end};
}

/* Every tile along x of one (i, j). */
static void count_tiles(const struct ocs_tile_grid *grid, const struct ocs_kernels *kernels,
                        const struct ocs_tile_thresholds *thresholds, uint64_t i, uint64_t j,
                        const float *row, struct ocs_tile_counts *counts)
{
    const float below_high = nextafterf(thresholds->high, -INFINITY);
    const float below_low = nextafterf(thresholds->low, -INFINITY);
    const uint64_t side = grid->x.side;
    for (uint64_t k = 0; k < grid->x.count; ++k) {
        if (!ocs_tile_visited(grid, i, j, k))
            continue;
        const uint32_t tile = ocs_tile_index(i, j, k);
        const float *const from = row + ocs_tile_first(&grid->x, k);
        counts->above_high[tile] += kernels->count_above(from, side, thresholds->high);
        counts->at_least_high[tile] += kernels->count_above(from, side, below_high);
        counts->above_low[tile] += kernels->count_above(from, side, thresholds->low);
        counts->at_least_low[tile] += kernels->count_above(from, side, below_low);
        for (unsigned step = 0; step < thresholds->steps; ++step) {
            const float just_below = nextafterf(thresholds->lower[step], -INFINITY);
            counts->above_higher[step][tile] +=
                kernels->count_above(from, side, thresholds->higher[step]);
            counts->below_lower[step][tile] += side - kernels->count_above(from, side, just_below);
        }
    }
}

void ocs_tile_count_row(const struct ocs_tile_grid *grid, const struct ocs_kernels *kernels,
                        const struct ocs_tile_thresholds *thresholds, uint64_t z, uint64_t y,
                        const float *row, struct ocs_tile_counts *counts)
{
    const struct span along_z = tiles_at(&grid->z, z), along_y = tiles_at(&grid->y, y);
    for (uint64_t i = along_z.first; i < along_z.end; ++i)
        for (uint64_t j = along_y.first; j < along_y.end; ++j)
            count_tiles(grid, kernels, thresholds, i, j, row, counts);
}

void ocs_tile_counts_merge(struct ocs_tile_counts *into, const struct ocs_tile_counts *from)
{
    for (unsigned tile = 0; tile < OCS_TILES_MAX; ++tile) {
        into->above_high[tile] += from->above_high[tile];
        into->at_least_high[tile] += from->at_least_high[tile];
        into->above_low[tile] += from->above_low[tile];
        into->at_least_low[tile] += from->at_least_low[tile];
        for (unsigned step = 0; step < OCS_TILE_STEPS; ++step) {
            into->above_higher[step][tile] += from->above_higher[step][tile];
            into->below_lower[step][tile] += from->below_lower[step][tile];
        }
    }
}

static int ascending(const void *a, const void *b)
{
    const float left = *(const float *)a, right = *(const float *)b;
    return (left > right) - (left < right);
}

/* The steps go on as the outer tenth of the sample does; how well they are placed only decides how
 * many tiles are looked at. */
struct ocs_tile_thresholds ocs_tile_thresholds_of(float *values, unsigned count, bool dear)
{
    static const float stride[OCS_TILE_STEPS] = {0.25F, 0.75F, 2};
    qsort(values, count, sizeof *values, ascending);
    struct ocs_tile_thresholds thresholds = {.high = values[count - 1], .low = values[0]};
    if (!dear)
        return thresholds;
    const float above = thresholds.high - values[count - 1 - count / 10];
    const float below = values[count / 10] - thresholds.low;
    thresholds.steps = OCS_TILE_STEPS;
    for (unsigned step = 0; step < OCS_TILE_STEPS; ++step) {
        thresholds.higher[step] = thresholds.high + stride[step] * above;
        thresholds.lower[step] = thresholds.low - stride[step] * below;
    }
    return thresholds;
}

uint64_t ocs_tile_voxels(const struct ocs_tile_grid *grid)
{
    return grid->z.side * grid->y.side * grid->x.side;
}

/* Whether element `rank` is among the `count` voxels on the upper side of a threshold. */
static bool reaches(const struct ocs_tile_grid *grid, uint64_t count)
{
    return count >= ocs_tile_voxels(grid) - grid->rank;
}

/* Next visited tile from `tile` on, or OCS_TILES_MAX. */
static uint32_t next_visited(const struct ocs_tile_grid *grid, uint32_t tile)
{
    for (; tile < OCS_TILES_MAX; ++tile) {
        const uint64_t k = tile % OCS_TILES_PER_AXIS;
        const uint64_t j = tile / OCS_TILES_PER_AXIS % OCS_TILES_PER_AXIS;
        const uint64_t i = tile / OCS_TILES_PER_AXIS / OCS_TILES_PER_AXIS;
        if (i < grid->z.count && j < grid->y.count && k < grid->x.count &&
            ocs_tile_visited(grid, i, j, k))
            break;
    }
    return tile;
}

/* A step's number, -1 for the threshold itself. */
static bool is_above(const struct ocs_tile_grid *grid, const struct ocs_tile_counts *counts,
                     int step, uint32_t tile)
{
    return reaches(grid, step < 0 ? counts->above_high[tile] : counts->above_higher[step][tile]);
}

static bool is_below(const struct ocs_tile_grid *grid, const struct ocs_tile_counts *counts,
                     int step, uint32_t tile)
{
    return step < 0 ? !reaches(grid, counts->at_least_low[tile])
                    : counts->below_lower[step][tile] > grid->rank;
}

typedef bool is_beyond(const struct ocs_tile_grid *grid, const struct ocs_tile_counts *counts,
                       int step, uint32_t tile);

static int outermost_step(const struct ocs_tile_grid *grid, const struct ocs_tile_counts *counts,
                          is_beyond *beyond)
{
    for (int step = OCS_TILE_STEPS - 1; step >= 0; --step)
        for (uint32_t tile = next_visited(grid, 0); tile < OCS_TILES_MAX;
             tile = next_visited(grid, tile + 1))
            if (beyond(grid, counts, step, tile))
                return step;
    return -1;
}

unsigned ocs_tile_survivors(const struct ocs_tile_grid *grid, const struct ocs_tile_counts *counts,
                            uint32_t survivors[OCS_TILES_MAX])
{
    const int high = outermost_step(grid, counts, is_above);
    const int low = outermost_step(grid, counts, is_below);
    unsigned n = 0;
    for (uint32_t tile = next_visited(grid, 0); tile < OCS_TILES_MAX;
         tile = next_visited(grid, tile + 1))
        if (is_above(grid, counts, high, tile) || is_below(grid, counts, low, tile))
            survivors[n++] = tile;
    return n;
}

uint32_t ocs_tile_first_at_high(const struct ocs_tile_grid *grid,
                                const struct ocs_tile_counts *counts)
{
    uint32_t tile = next_visited(grid, 0);
    while (!reaches(grid, counts->at_least_high[tile])) {
        tile = next_visited(grid, tile + 1);
        assert(tile < OCS_TILES_MAX);
    }
    return tile;
}

uint32_t ocs_tile_first_at_low(const struct ocs_tile_grid *grid,
                               const struct ocs_tile_counts *counts)
{
    uint32_t tile = next_visited(grid, 0);
    while (reaches(grid, counts->above_low[tile])) {
        tile = next_visited(grid, tile + 1);
        assert(tile < OCS_TILES_MAX);
    }
    return tile;
}

static bool starts_line(uint32_t tile, uint32_t previous)
{
    return tile / OCS_TILES_PER_AXIS != previous / OCS_TILES_PER_AXIS;
}

static bool is_in_row(uint32_t tile, int only_i)
{
    enum { ROW_OF_TILES = OCS_TILES_PER_AXIS * OCS_TILES_PER_AXIS };
    return only_i < 0 || tile / ROW_OF_TILES == (uint32_t)only_i;
}

unsigned ocs_tile_sample(const struct ocs_tile_grid *grid, int only_i, unsigned lines,
                         uint32_t sample[OCS_TILES_MAX])
{
    uint32_t previous = OCS_TILES_MAX;
    unsigned count = 0, all_lines = 0, line = 0;
    for (uint32_t tile = next_visited(grid, 0); tile < OCS_TILES_MAX;
         previous = tile, tile = next_visited(grid, tile + 1))
        all_lines += is_in_row(tile, only_i) && starts_line(tile, previous);
    const unsigned stride = all_lines > lines ? all_lines / lines : 1;
    previous = OCS_TILES_MAX;
    for (uint32_t tile = next_visited(grid, 0); tile < OCS_TILES_MAX;
         previous = tile, tile = next_visited(grid, tile + 1)) {
        if (!is_in_row(tile, only_i))
            continue;
        line += starts_line(tile, previous);
        /* The middle of each stride, so that a single line is the central one. */
        if ((line - 1) % stride == stride / 2)
            sample[count++] = tile;
    }
    return count;
}
