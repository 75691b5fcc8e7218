/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tiles.h"

#include <math.h>
#include <string.h>

static struct ocs_tile_grid make(uint64_t nz, uint64_t ny, uint64_t nx, uint64_t side, bool ball,
                                 bool reference, double tau)
{
    struct ocs_tile_grid grid;
    struct ocs_error error;
    assert_int_equal(
        ocs_tile_grid_make((struct ocs_box){nz, ny, nx}, side, ball, reference, tau, &grid, &error),
        OCS_OK);
    return grid;
}

/* side, count, step and edge worked out by hand from the rules. */
static void placement(void **state)
{
    (void)state;
    const struct {
        uint64_t n, side;
        uint64_t count;
        int64_t step, edge;
    } cases[] = {
        {48, 2, 20, 2, 4},  /* rest 8: no gap, 4 left on each side        */
        {100, 5, 20, 5, 0}, /* fits                                       */
        {64, 12, 20, 2, 7}, /* rest -176: floor(-176/19) = -10, overlap   */
        {60, 4, 20, 2, 9},  /* rest -20: floor(-20/19) = -2               */
        {16, 1, 16, 1, 0},  /* fewer places than tiles                    */
        {30, 25, 6, 1, 0},  /* 6 places                                   */
        {25, 25, 1, 25, 0}, /* one                                        */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const struct ocs_tile_grid grid =
            make(cases[i].n, cases[i].n, cases[i].n, cases[i].side, false, true, 0.9);
        assert_int_equal(grid.y.side, cases[i].side);
        assert_int_equal(grid.y.count, cases[i].count);
        assert_int_equal(grid.y.step, cases[i].step);
        assert_int_equal(grid.y.edge, cases[i].edge);
    }
    assert_int_equal(make(48, 48, 48, 0, true, true, 0.9).z.side, 2);
    assert_int_equal(make(17, 48, 48, 0, false, true, 0.9).z.side, 1);
}

static void tiles_stay_inside(void **state)
{
    (void)state;
    for (uint64_t n = 16; n < 140; ++n)
        for (uint64_t side = 1; side <= n; side += 1 + side / 3) {
            const struct ocs_tile_grid grid = make(n, n, n, side, false, false, 0.5);
            assert_true(grid.x.edge >= 0 && grid.x.step >= 1);
            assert_true(ocs_tile_first(&grid.x, grid.x.count - 1) + side <= n);
        }
}

static void rank_is_tau_of_the_way(void **state)
{
    (void)state;
    assert_int_equal(make(48, 48, 48, 2, true, true, 0.9246).rank, 7);
    assert_int_equal(make(48, 48, 48, 1, true, true, 0.9246).rank, 0);
    assert_int_equal(make(400, 400, 400, 10, true, true, 0.999).rank, 999);
    assert_int_equal(make(400, 400, 400, 10, true, true, 0.9999999).rank, 999);
    assert_int_equal(make(40, 60, 80, 0, false, false, 0.5).rank, 12);
}

/* The rule as the design states it for equal counts, written out. */
static uint64_t visited_by_rule(uint64_t count, double centre)
{
    uint64_t visited = 0;
    for (uint64_t i = 0; i < count; ++i)
        for (uint64_t j = 0; j < count; ++j)
            for (uint64_t k = 0; k < count; ++k)
                visited += sqrt(pow((double)i - centre, 2) + pow((double)j - centre, 2) +
                                pow((double)k - centre, 2)) < (double)count / 2 - 1;
    return visited;
}

static uint64_t visited(const struct ocs_tile_grid *grid)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < grid->z.count; ++i)
        for (uint64_t j = 0; j < grid->y.count; ++j)
            for (uint64_t k = 0; k < grid->x.count; ++k)
                count += ocs_tile_visited(grid, i, j, k);
    return count;
}

static void ball_of_tiles(void **state)
{
    (void)state;
    struct ocs_tile_grid grid = make(100, 100, 100, 0, true, true, 0.9);
    assert_int_equal(visited(&grid), visited_by_rule(20, 10));
    assert_true(ocs_tile_visited(&grid, 18, 10, 10));
    assert_false(ocs_tile_visited(&grid, 1, 10, 10));
    grid = make(100, 100, 100, 0, true, false, 0.9);
    assert_int_equal(visited(&grid), visited_by_rule(20, 9.5));
    assert_true(ocs_tile_visited(&grid, 1, 9, 10));
    assert_false(ocs_tile_visited(&grid, 0, 9, 10));
    grid = make(100, 100, 100, 0, false, false, 0.9);
    assert_int_equal(visited(&grid), 8000);
}

/* With the centre between the tiles the ball is symmetric, whatever the counts are. */
static void unequal_counts(void **state)
{
    (void)state;
    const struct ocs_tile_grid grid = make(16, 100, 18, 0, true, false, 0.9);
    assert_int_equal(grid.z.count, 16);
    assert_int_equal(grid.y.count, 20);
    assert_int_equal(grid.x.count, 18);
    for (uint64_t i = 0; i < 16; ++i)
        for (uint64_t j = 0; j < 20; ++j)
            for (uint64_t k = 0; k < 18; ++k) {
                const bool in = ocs_tile_visited(&grid, i, j, k);
                assert_int_equal(in, ocs_tile_visited(&grid, 15 - i, 19 - j, 17 - k));
                const double z = ((double)i - 7.5) / 7, y = ((double)j - 9.5) / 9;
                const double x = ((double)k - 8.5) / 8;
                assert_int_equal(in, z * z + y * y + x * x < 1);
            }
    /* One tile fills z and is at the centre; two would both be off it. */
    const struct ocs_tile_grid one = make(25, 100, 100, 25, true, false, 0.9);
    assert_int_equal(one.z.count, 1);
    assert_true(ocs_tile_visited(&one, 0, 9, 10));
    assert_false(ocs_tile_visited(&one, 0, 0, 10));
}

static void refuses(void **state)
{
    (void)state;
    struct ocs_tile_grid grid;
    struct ocs_error error;
    assert_int_equal(
        ocs_tile_grid_make((struct ocs_box){48, 20, 48}, 21, false, false, 0.9, &grid, &error),
        OCS_USAGE);
    assert_int_equal(
        ocs_tile_grid_make((struct ocs_box){0, 20, 48}, 0, false, false, 0.9, &grid, &error),
        OCS_USAGE);
    /* Two tiles an axis leave a ball of radius 0, one tile a negative one. */
    for (uint64_t side = 24; side <= 25; ++side)
        assert_int_equal(
            ocs_tile_grid_make((struct ocs_box){25, 25, 25}, side, true, true, 0.9, &grid, &error),
            OCS_USAGE);
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void check_select(const float *values, uint64_t n, uint64_t rank)
{
    static float sorted[4096], work[4096];
    memcpy(sorted, values, n * sizeof *values);
    memcpy(work, values, n * sizeof *values);
    qsort(sorted, n, sizeof *sorted, by_value);
    assert_true(ocs_select(work, n, rank) == sorted[rank]);
    qsort(work, n, sizeof *work, by_value);
    for (uint64_t i = 0; i < n; ++i)
        assert_true(work[i] == sorted[i]);
}

static void selection(void **state)
{
    (void)state;
    static float values[4096];
    uint64_t random = 3;
    for (uint64_t n = 1; n <= 4096; n = n * 3 / 2 + 1)
        for (int kind = 0; kind < 6; ++kind) {
            for (uint64_t i = 0; i < n; ++i) {
                random = random * 6364136223846793005U + 1442695040888963407U;
                const float r = (float)(random >> 40) / (float)(1 << 23) - 1;
                const float kinds[] = {r,
                                       (float)i,
                                       -(float)i,
                                       1,
                                       i % 3 ? 0.0F : -0.0F,
                                       (random >> 60) == 0   ? INFINITY
                                       : (random >> 60) == 1 ? -INFINITY
                                                             : r * 1e-40F};
                values[i] = kinds[kind];
            }
            for (uint64_t rank = 0; rank < n; rank += n / 7 + 1)
                check_select(values, n, rank);
            check_select(values, n, n - 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placement),
        cmocka_unit_test(tiles_stay_inside),
        cmocka_unit_test(rank_is_tau_of_the_way),
        cmocka_unit_test(ball_of_tiles),
        cmocka_unit_test(unequal_counts),
        cmocka_unit_test(refuses),
        cmocka_unit_test(selection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
