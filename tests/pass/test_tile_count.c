/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the tiles with the largest and the smallest percentile by counting, against sorting every
 * tile. */

#include "pass_fixture.h"

#include "gather.h"
#include "tile_count.h"

static int ascending(const void *a, const void *b)
{
    const float left = *(const float *)a, right = *(const float *)b;
    return (left > right) - (left < right);
}

struct tiles {
    unsigned count;
    uint32_t tile[OCS_TILES_MAX];
    float value[OCS_TILES_MAX];
};

/* Sorts tile (i, j, k); 0 for one that is not visited. */
static bool value_by_sorting(const struct ocs_tile_grid *grid, struct ocs_box box,
                             const float *voxels, uint64_t tile, float *value_ret)
{
    const uint64_t i = tile / 400, j = tile / 20 % 20, k = tile % 20;
    if (i >= grid->z.count || j >= grid->y.count || k >= grid->x.count ||
        !ocs_tile_visited(grid, i, j, k))
        return false;
    float values[4096];
    uint64_t n = 0;
    for (uint64_t z = 0; z < grid->z.side; ++z)
        for (uint64_t y = 0; y < grid->y.side; ++y)
            for (uint64_t x = 0; x < grid->x.side; ++x)
                values[n++] = voxels[((ocs_tile_first(&grid->z, i) + z) * box.y +
                                      ocs_tile_first(&grid->y, j) + y) *
                                         box.x +
                                     ocs_tile_first(&grid->x, k) + x];
    qsort(values, n, sizeof *values, ascending);
    *value_ret = values[grid->rank];
    return true;
}

static void sort_all(const struct ocs_tile_grid *grid, struct ocs_box box, const float *voxels,
                     struct tiles *tiles)
{
    tiles->count = 0;
    for (uint32_t tile = 0; tile < OCS_TILES_MAX; ++tile)
        if (value_by_sorting(grid, box, voxels, tile, &tiles->value[tiles->count]))
            tiles->tile[tiles->count++] = tile;
}

static float value_of(const struct tiles *tiles, uint32_t tile)
{
    for (unsigned i = 0; i < tiles->count; ++i)
        if (tiles->tile[i] == tile)
            return tiles->value[i];
    fail_msg("tile %u is not one of the grid's", tile);
    return 0;
}

static void count_rows(const struct ocs_tile_grid *grid, struct ocs_box box, const float *voxels,
                       const struct ocs_tile_thresholds *thresholds, struct ocs_tile_counts *counts)
{
    const struct ocs_kernels *const kernels = ocs_kernels_for(ocs_simd_best());
    struct ocs_tile_counts *const other = calloc(1, sizeof *other);
    memset(counts, 0, sizeof *counts);
    for (uint64_t z = box.z; z-- > 0;) /* the order of rows does not matter */
        for (uint64_t y = 0; y < box.y; ++y)
            ocs_tile_count_row(grid, kernels, thresholds, z, y, voxels + (z * box.y + y) * box.x,
                               z % 3 == 1 ? other : counts);
    ocs_tile_counts_merge(counts, other);
    free(other);
}

struct extremes {
    uint32_t tile[OCS_TILES_MAX];
    unsigned count; /* tiles beyond the thresholds                                         */
    bool beyond_high, beyond_low;
    float largest, smallest;
};

static struct extremes extremes_of(const struct tiles *all,
                                   const struct ocs_tile_thresholds *thresholds)
{
    struct extremes found = {.largest = all->value[0], .smallest = all->value[0]};
    for (unsigned i = 0; i < all->count; ++i) {
        const float value = all->value[i];
        found.largest = value > found.largest ? value : found.largest;
        found.smallest = value < found.smallest ? value : found.smallest;
        found.beyond_high = found.beyond_high || value > thresholds->high;
        found.beyond_low = found.beyond_low || value < thresholds->low;
        if (value > thresholds->high || value < thresholds->low)
            found.tile[found.count++] = all->tile[i];
    }
    return found;
}

static uint32_t first_with(const struct tiles *all, float value)
{
    for (unsigned i = 0; i < all->count; ++i)
        if (all->value[i] == value)
            return all->tile[i];
    fail_msg("no tile has %g", (double)value);
    return 0;
}

static bool is_among(uint32_t tile, const uint32_t *tiles, unsigned count)
{
    for (unsigned i = 0; i < count; ++i)
        if (tiles[i] == tile)
            return true;
    return false;
}

/* Without steps exactly the tiles beyond the thresholds survive, in order; with steps some of them,
 * among which are all that are the largest or the smallest. */
static void assert_survivors(const struct ocs_tile_grid *grid, const struct tiles *all,
                             const struct ocs_tile_thresholds *thresholds,
                             const struct extremes *found, const struct ocs_tile_counts *counts)
{
    static uint32_t survivors[OCS_TILES_MAX];
    const unsigned survived = ocs_tile_survivors(grid, counts, survivors);
    assert_true(thresholds->steps ? survived <= found->count : survived == found->count);
    for (unsigned i = 0; i < survived; ++i)
        assert_true(thresholds->steps ? is_among(survivors[i], found->tile, found->count)
                                      : survivors[i] == found->tile[i]);
    for (unsigned i = 0; i < all->count; ++i)
        if ((found->beyond_high && all->value[i] == found->largest) ||
            (found->beyond_low && all->value[i] == found->smallest))
            assert_true(is_among(all->tile[i], survivors, survived));
}

/* With thresholds from a sample, as a run takes them. */
static void assert_finds_the_extremes(const struct ocs_tile_grid *grid, struct ocs_box box,
                                      const float *voxels, unsigned lines, int only_i, bool dear)
{
    static struct tiles all;
    static struct ocs_tile_counts counts;
    static uint32_t sample[OCS_TILES_MAX];
    static float values[OCS_TILES_MAX];
    sort_all(grid, box, voxels, &all);
    const unsigned sampled = ocs_tile_sample(grid, only_i, lines, sample);
    assert_true(sampled > 0);
    float high = value_of(&all, sample[0]), low = high;
    for (unsigned i = 0; i < sampled; ++i) {
        values[i] = value_of(&all, sample[i]);
        high = values[i] > high ? values[i] : high;
        low = values[i] < low ? values[i] : low;
    }
    const struct ocs_tile_thresholds thresholds = ocs_tile_thresholds_of(values, sampled, dear);
    assert_true(thresholds.high == high && thresholds.low == low);
    assert_int_equal(thresholds.steps, dear ? OCS_TILE_STEPS : 0);
    count_rows(grid, box, voxels, &thresholds, &counts);
    const struct extremes found = extremes_of(&all, &thresholds);
    assert_survivors(grid, &all, &thresholds, &found, &counts);
    /* Asked for only when nothing lies beyond. */
    if (!found.beyond_high)
        assert_int_equal(ocs_tile_first_at_high(grid, &counts), first_with(&all, high));
    if (!found.beyond_low)
        assert_int_equal(ocs_tile_first_at_low(grid, &counts), first_with(&all, low));
}

enum { KINDS = 5 };

static float voxel_of_kind(int kind, uint64_t *seed)
{
    const double u = random_unit(seed);
    switch (kind) {
    case 0:
        return (float)(u - 0.5);
    case 1: /* many ties */
        return (float)(int)(4 * u) - 1;
    case 2: /* a constant background */
        return u < 0.9 ? 0 : (float)u;
    case 3: /* zeros of both signs */
        return u < 0.4 ? -0.0F : u < 0.8 ? 0.0F : (float)(u - 0.9);
    default: /* all the same */
        return 7;
    }
}

static void random_maps(void **state)
{
    (void)state;
    const struct {
        struct ocs_box box;
        uint64_t side;
    } cases[] = {
        {{40, 40, 40}, 0}, {{24, 24, 24}, 5}, {{24, 24, 24}, 12}, {{21, 33, 50}, 0},
        {{47, 16, 30}, 0}, {{16, 16, 16}, 1}, {{59, 59, 20}, 2},
    };
    uint64_t seed = 3;
    for (int round = 0; round < 3; ++round)
        for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c)
            for (int kind = 0; kind < KINDS; ++kind) {
                if ((c + (size_t)(round + kind)) % 3 != 0)
                    continue; /* every pair of them, but not every three */
                const struct ocs_box box = cases[c].box;
                float *const voxels = malloc(voxels_of_box(box) * sizeof *voxels);
                for (uint64_t i = 0; i < voxels_of_box(box); ++i)
                    voxels[i] = voxel_of_kind(kind, &seed);
                struct ocs_tile_grid grid;
                struct ocs_error error;
                const double tau = 0.05 + 0.93 * random_unit(&seed);
                assert_int_equal(ocs_tile_grid_make(box, cases[c].side, round % 2 == 0,
                                                    kind % 2 == 0, tau, &grid, &error),
                                 OCS_OK);
                const int row = round == 2 ? (int)(grid.z.count / 2) : -1;
                assert_finds_the_extremes(&grid, box, voxels, round == 1 ? 1 : 6, row, round > 0);
                free(voxels);
            }
}

/* The pass that brings a few tiles together, from a volume, in any number of threads. */
static void gathered_values(void **state)
{
    struct stage stage;
    stage_open(&stage, state);
    const struct ocs_box box = {30, 26, 41};
    float *const voxels = random_voxels(box, 5);
    const struct ocs_volume volume = stage_volume(&stage, box, voxels);
    const struct ocs_feed_source source = {.volume = &volume};
    for (uint64_t side = 0; side < 8; side += 3) {
        struct ocs_tile_grid grid;
        static struct tiles all;
        assert_int_equal(
            ocs_tile_grid_make(box, side, false, false, 0.9, &grid, &stage.fixture->error), OCS_OK);
        sort_all(&grid, box, voxels, &all);
        for (unsigned stride = 1; stride < 60; stride += 17) {
            static uint32_t tiles[64];
            float values[64];
            unsigned count = 0;
            for (unsigned i = stride; i < all.count && count < 64; i += stride)
                tiles[count++] = all.tile[i];
            struct ocs_gather gather = {.context = &stage.context,
                                        .source = &source,
                                        .grid = &grid,
                                        .tiles = tiles,
                                        .tile_count = count};
            assert_int_equal(ocs_gather_begin(&gather, &stage.fixture->error), OCS_OK);
            const struct ocs_pass pass = ocs_gather_pass(&gather);
            run_pass(&stage, &pass, 1 + stride % 3);
            ocs_gather_values(&gather, values);
            ocs_gather_end(&gather);
            for (unsigned i = 0; i < count; ++i)
                assert_float_equal(values[i], value_of(&all, tiles[i]), 0);
        }
    }
    free(voxels);
    stage_close(&stage);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(random_maps), TEST(gathered_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
