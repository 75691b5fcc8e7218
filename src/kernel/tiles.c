/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles.h"

#include "checked.h"
#include "fail.h"

#include <math.h>

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static struct ocs_tile_axis make_axis(uint64_t n, uint64_t side)
{
    struct ocs_tile_axis axis = {.side = side};
    axis.count = ocs_min_u64(OCS_TILES_PER_AXIS, n - side + 1);
    const int64_t count = (int64_t)axis.count, length = (int64_t)side;
    const int64_t rest = (int64_t)n - count * length;
    axis.step = count > 1 ? length + floor_div(rest, count - 1) : length;
    axis.edge = ((int64_t)n - ((count - 1) * axis.step + length)) / 2;
    return axis;
}

/* tau of the way through the sorted voxels of one tile. */
static uint64_t rank_of(const struct ocs_tile_grid *grid, double tau)
{
    const double voxels = (double)grid->z.side * (double)grid->y.side * (double)grid->x.side;
    return (uint64_t)fmin(floor(tau * voxels), voxels - 1);
}

static bool any_visited(const struct ocs_tile_grid *grid)
{
    for (uint64_t i = 0; i < grid->z.count; ++i)
        for (uint64_t j = 0; j < grid->y.count; ++j)
            for (uint64_t k = 0; k < grid->x.count; ++k)
                if (ocs_tile_visited(grid, i, j, k))
                    return true;
    return false;
}

enum ocs_status ocs_tile_grid_make(struct ocs_box box, uint64_t side_vox, bool ball, bool reference,
                                   double tau, struct ocs_tile_grid *grid_ret,
                                   struct ocs_error *error)
{
    const uint64_t shortest = ocs_min_u64(box.z, ocs_min_u64(box.y, box.x));
    if (shortest == 0 || side_vox > shortest)
        return ocs_fail(error, OCS_USAGE, "planning", NULL,
                        "tiles of %llu voxels do not fit an axis of %llu",
                        (unsigned long long)side_vox, (unsigned long long)shortest);
    const uint64_t n[3] = {box.z, box.y, box.x};
    struct ocs_tile_axis axis[3];
    for (int a = 0; a < 3; ++a)
        axis[a] = make_axis(n[a], side_vox ? side_vox : ocs_max_u64(n[a] / OCS_TILES_PER_AXIS, 1));
    *grid_ret = (struct ocs_tile_grid){.z = axis[0],
                                       .y = axis[1],
                                       .x = axis[2],
                                       .ball = ball,
                                       .centre_off = reference ? 0.0 : 0.5};
    grid_ret->rank = rank_of(grid_ret, tau);
    if (any_visited(grid_ret))
        return OCS_OK;
    ocs_fail(error, OCS_USAGE, "planning", NULL, "tiles of %llu voxels leave none near the centre",
             (unsigned long long)axis[0].side);
    ocs_advise(error, "choose smaller tiles");
    return OCS_USAGE;
}

/* An axis' part of the distance from the centre of the ball, whose radius is 1. */
static double distance(const struct ocs_tile_axis *axis, double centre_off, uint64_t index)
{
    const double half = (double)axis->count / 2, from_centre = (double)index - (half - centre_off);
    if (from_centre == 0)
        return 0;
    return axis->count > 2 ? from_centre / (half - 1) : INFINITY;
}

bool ocs_tile_visited(const struct ocs_tile_grid *grid, uint64_t i, uint64_t j, uint64_t k)
{
    if (!grid->ball)
        return true;
    if (grid->z.count == grid->y.count && grid->y.count == grid->x.count) {
        /* Not normalised: halves of integers, so the comparison is exact. */
        const double half = (double)grid->z.count / 2, centre = half - grid->centre_off;
        const double z = (double)i - centre, y = (double)j - centre, x = (double)k - centre;
        return sqrt(z * z + y * y + x * x) < half - 1;
    }
    const double z = distance(&grid->z, grid->centre_off, i);
    const double y = distance(&grid->y, grid->centre_off, j);
    const double x = distance(&grid->x, grid->centre_off, k);
    return sqrt(z * z + y * y + x * x) < 1;
}
