/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows to tiles and to half the size, against brute force: odd boxes, tiles that divide nothing,
 * bands and slabs in any order on several threads. */

#include "pass/pass_fixture.h"

#include "tile_halve.h"
#include "tile_pen.h"
#include "tile_sink.h"
#include "tiling.h"
#include "transfer.h"

#include <math.h>
#include <pthread.h>

/* Keeps every tile; each may come once only. */
struct shelf {
    struct ocs_tiling tiling;
    unsigned char *bytes;
    uint64_t *count; /* bytes of each tile; 0: did not come yet                            */
    pthread_mutex_t lock;
    unsigned presses;
    uint64_t fail_at; /* the place of a tile that is refused                                */
};

struct shelf_press {
    struct shelf *shelf;
    uint64_t row, next_x; /* tiles along x come one after the other                        */
};

static enum ocs_status open_press(void *self, void **press_ret, struct ocs_error *error)
{
    (void)error;
    struct shelf *const shelf = self;
    struct shelf_press *const press = calloc(1, sizeof *press);
    press->shelf = shelf;
    pthread_mutex_lock(&shelf->lock);
    ++shelf->presses;
    pthread_mutex_unlock(&shelf->lock);
    *press_ret = press;
    return OCS_OK;
}

static enum ocs_status put_tile(void *self, const struct ocs_box *at, unsigned char *bytes,
                                uint64_t count, struct ocs_error *error)
{
    struct shelf_press *const press = self;
    struct shelf *const shelf = press->shelf;
    const struct ocs_box grid = ocs_tiling_grid(&shelf->tiling);
    assert_true(at->z < grid.z && at->y < grid.y && at->x < grid.x);
    const uint64_t row = at->z * grid.y + at->y, place = row * grid.x + at->x;
    assert_true(at->x == (press->row == row + 1 ? press->next_x : 0));
    press->row = row + 1;
    press->next_x = at->x + 1;
    if (place == shelf->fail_at) {
        *error = (struct ocs_error){.status = OCS_NO_SPACE};
        return OCS_NO_SPACE;
    }
    const uint64_t room = ocs_tiling_tile_bytes(&shelf->tiling);
    assert_true(count > 0 && count <= room);
    pthread_mutex_lock(&shelf->lock);
    assert_int_equal(shelf->count[place], 0);
    shelf->count[place] = count;
    memcpy(shelf->bytes + place * room, bytes, count);
    pthread_mutex_unlock(&shelf->lock);
    memset(bytes, 0xAA, count); /* it may be overwritten */
    return OCS_OK;
}

static void close_press(void *self)
{
    struct shelf_press *const press = self;
    pthread_mutex_lock(&press->shelf->lock);
    --press->shelf->presses;
    pthread_mutex_unlock(&press->shelf->lock);
    free(press);
}

static struct shelf *shelf_make(const struct ocs_tiling *tiling)
{
    struct shelf *const shelf = calloc(1, sizeof *shelf);
    const uint64_t tiles = voxels_of_box(ocs_tiling_grid(tiling));
    shelf->tiling = *tiling;
    shelf->bytes = calloc(tiles, ocs_tiling_tile_bytes(tiling));
    shelf->count = calloc(tiles, sizeof *shelf->count);
    shelf->fail_at = UINT64_MAX;
    pthread_mutex_init(&shelf->lock, NULL);
    return shelf;
}

static void shelf_free(struct shelf *shelf)
{
    assert_int_equal(shelf->presses, 0);
    free(shelf->bytes);
    free(shelf->count);
    free(shelf);
}

/* Voxel by voxel. */
static void assert_tiles(const struct shelf *shelf, const float *voxels)
{
    const struct ocs_tiling *const tiling = &shelf->tiling;
    const struct ocs_box box = tiling->box, tile = tiling->tile, grid = ocs_tiling_grid(tiling);
    const uint64_t each = ocs_tiling_voxel_bytes(tiling), room = ocs_tiling_tile_bytes(tiling);
    unsigned char *const right = malloc(room);
    for (uint64_t place = 0; place < voxels_of_box(grid); ++place) {
        const uint64_t z0 = place / grid.x / grid.y * tile.z, y0 = place / grid.x % grid.y * tile.y;
        const uint64_t x0 = place % grid.x * tile.x;
        const uint64_t nz = tiling->whole ? tile.z : ocs_min_u64(tile.z, box.z - z0);
        const uint64_t ny = tiling->whole ? tile.y : ocs_min_u64(tile.y, box.y - y0);
        const uint64_t nx = tiling->whole ? tile.x : ocs_min_u64(tile.x, box.x - x0);
        unsigned char *to = right;
        for (uint64_t z = z0; z < z0 + nz; ++z)
            for (uint64_t y = y0; y < y0 + ny; ++y)
                for (uint64_t x = x0; x < x0 + nx; ++x, to += each) {
                    const bool inside = z < box.z && y < box.y && x < box.x;
                    const float voxel = inside ? voxels[(z * box.y + y) * box.x + x] : 0;
                    ocs_voxels_encode(&tiling->format, OCS_SIMD_SCALAR, &voxel, to, 1);
                }
        assert_int_equal(shelf->count[place], nz * ny * nx * each);
        assert_memory_equal(shelf->bytes + place * room, right, nz * ny * nx * each);
    }
    free(right);
}

/* The mean of what exists, in whatever order: the voxels here are short, so sums are exact. */
static void assert_halved(const float *halved, const float *voxels, struct ocs_box box)
{
    const struct ocs_box half = ocs_box_halved(box);
    for (uint64_t i = 0; i < voxels_of_box(half); ++i) {
        const uint64_t z0 = 2 * (i / half.x / half.y), y0 = 2 * (i / half.x % half.y);
        const uint64_t x0 = 2 * (i % half.x);
        double sum = 0;
        unsigned count = 0;
        for (uint64_t z = z0; z < z0 + 2 && z < box.z; ++z)
            for (uint64_t y = y0; y < y0 + 2 && y < box.y; ++y)
                for (uint64_t x = x0; x < x0 + 2 && x < box.x; ++x, ++count)
                    sum += (double)voxels[(z * box.y + y) * box.x + x];
        if (halved[i] != (float)(sum / count))
            fail_msg("mean %llu is %g, not %g", (unsigned long long)i, (double)halved[i],
                     sum / count);
    }
}

struct layout {
    struct ocs_box box, tile;
    bool whole, halved;
    int32_t mode;
};

static const struct layout layouts[] = {
    {{20, 37, 11}, {4, 8, 4}, true, true, 2},    {{17, 16, 33}, {5, 3, 7}, true, true, 2},
    {{9, 40, 30}, {16, 64, 64}, true, false, 2}, {{16, 48, 5}, {16, 16, 2}, true, true, 12},
    {{13, 21, 19}, {1, 7, 19}, false, false, 2}, {{13, 10, 19}, {4, 10, 19}, false, false, 12},
    {{1, 9, 9}, {3, 3, 3}, true, true, 2},       {{8, 1, 21}, {2, 2, 5}, true, true, 2},
    {{11, 33, 8}, {1, 1, 1}, true, true, 2},
};

static struct ocs_tiling tiling_of(const struct layout *layout)
{
    return (struct ocs_tiling){.box = layout->box,
                               .tile = layout->tile,
                               .whole = layout->whole,
                               .halved = layout->halved,
                               .format.mode = layout->mode};
}

/* Sweeps the volume into tiles; `planes` and `rows` are rounded up to what the tiling allows. */
static void sweep(struct stage *stage, const struct ocs_volume *volume, struct shelf *shelf,
                  struct ocs_volume *halved, uint64_t planes, uint64_t rows, unsigned threads)
{
    const struct ocs_tiling *const tiling = &shelf->tiling;
    const struct ocs_box block = ocs_tiling_block(tiling);
    const struct ocs_tile_store store = {shelf, open_press, put_tile, close_press};
    struct ocs_tile_target target = {
        .budget = stage->budget,
        .simd = ocs_simd_best(),
        .tiling = *tiling,
        .band_rows = ocs_tiling_band(tiling, rows),
        .store = &store,
        .halved = halved->scratch,
        .halved_offset = halved->scratch_offset,
    };
    ocs_tile_target_start(&target);
    const struct ocs_sink sink = ocs_tile_sink(&target);
    const struct ocs_feed_source source = {.volume = volume};
    struct ocs_transfer transfer = {
        .name = "pack",
        .context = &stage->context,
        .source = &source,
        .slabs = {volume->box, ocs_div_up_u64(planes, block.z) * block.z, target.band_rows},
        .sink = &sink,
    };
    const struct ocs_pass pass = ocs_transfer_pass(&transfer);
    run_pass(stage, &pass, threads);
    assert_true(ocs_budget_high_water(stage->budget) <=
                threads * (ocs_transfer_need(&stage->reading, volume, NULL, volume->box.x) +
                           ocs_tile_pen_need(tiling, target.band_rows)));
    ocs_tile_target_end(&target);
}

static void tiles_are_cut_and_halved_right(void **state)
{
    static const uint64_t cuts[][2] = {{1, 1}, {1, 1000}, {1000, 1}, {1000, 1000}, {6, 20}};
    for (size_t l = 0; l < sizeof layouts / sizeof layouts[0]; ++l) {
        const struct layout *const layout = &layouts[l];
        const struct ocs_tiling tiling = tiling_of(layout);
        float *const voxels = random_voxels(layout->box, l);
        for (uint64_t i = 0; i < voxels_of_box(layout->box); ++i)
            voxels[i] = rintf(voxels[i] * 0x1p20F) * 0x1p-20F;
        for (size_t cut = 0; cut < sizeof cuts / sizeof cuts[0]; ++cut)
            for (unsigned threads = 1; threads <= 3; threads += 2) {
                struct stage stage;
                stage_open(&stage, state);
                const struct ocs_volume volume = stage_volume(&stage, layout->box, voxels);
                struct ocs_volume halved = stage_volume(&stage, ocs_box_halved(layout->box), NULL);
                struct shelf *const shelf = shelf_make(&tiling);
                sweep(&stage, &volume, shelf, &halved, cuts[cut][0], cuts[cut][1], threads);
                assert_tiles(shelf, voxels);
                if (layout->halved) {
                    float *const means = voxels_back(&stage, &halved);
                    assert_halved(means, voxels, layout->box);
                    free(means);
                }
                shelf_free(shelf);
                stage_close(&stage);
            }
        free(voxels);
    }
}

/* The sum has one order, so that no compiler and no cut changes a bit: pairs along x, y, z. */
static void sums_go_along_x_then_y_then_z(void **state)
{
    (void)state;
    float voxels[8] = {1e8F, -1e8F, 1e-8F, 3, 0x1p60F, 1, -0x1p60F, 5};
    const double right =
        (((double)voxels[0] + (double)voxels[1]) + ((double)voxels[2] + (double)voxels[3])) +
        (((double)voxels[4] + (double)voxels[5]) + ((double)voxels[6] + (double)voxels[7]));
    ocs_tile_halve(voxels, (struct ocs_box){2, 2, 2}, 4);
    assert_true(voxels[0] == (float)(right / 8));
    float zeros[8] = {-0.0F, -0.0F, -0.0F, -0.0F, -0.0F, -0.0F, -0.0F, -0.0F};
    ocs_tile_halve(zeros, (struct ocs_box){2, 2, 2}, 4);
    assert_true(zeros[0] == 0 && signbit(zeros[0]));
}

static double rounded_to_half(float value)
{
    static const struct ocs_voxel_format half = {.mode = 12};
    unsigned char bytes[2];
    float back;
    ocs_voxels_encode(&half, OCS_SIMD_SCALAR, &value, bytes, 1);
    ocs_voxels_decode_row(&half, OCS_SIMD_SCALAR, bytes, &back, 1);
    return (double)back;
}

static void statistics_are_those_of_the_rounded_values(void **state)
{
    static const struct layout layout = {{6, 20, 15}, {4, 8, 8}, true, false, 12};
    const struct ocs_tiling tiling = tiling_of(&layout);
    float *const voxels = random_voxels(layout.box, 8);
    const uint64_t n = voxels_of_box(layout.box);
    voxels[77] = 70000;
    for (int beyond = 1; beyond >= 0; --beyond) {
        struct stage stage;
        stage_open(&stage, state);
        struct ocs_error *const error = &stage.fixture->error;
        const struct ocs_volume volume = stage_volume(&stage, layout.box, voxels);
        struct shelf *const shelf = shelf_make(&tiling);
        const struct ocs_tile_store store = {shelf, open_press, put_tile, close_press};
        struct ocs_tile_target target = {.budget = stage.budget,
                                         .simd = ocs_simd_best(),
                                         .tiling = tiling,
                                         .band_rows = 8,
                                         .store = &store};
        ocs_tile_target_start(&target);
        const struct ocs_sink sink = ocs_tile_sink(&target);
        const struct ocs_feed_source source = {.volume = &volume};
        struct ocs_transfer transfer = {.name = "pack",
                                        .context = &stage.context,
                                        .source = &source,
                                        .slabs = {layout.box, 4, 8},
                                        .sink = &sink};
        const struct ocs_pass pass = ocs_transfer_pass(&transfer);
        run_pass(&stage, &pass, 2);
        struct ocs_statistics statistics = {0};
        if (beyond) {
            assert_int_equal(ocs_tile_target_statistics(&target, "out", &statistics, error),
                             OCS_LIMIT);
            assert_says(error, "out: 1 values are beyond what float16 can hold");
        } else {
            fine(stage.fixture, ocs_tile_target_statistics(&target, "out", &statistics, error));
            double low = HUGE_VAL, high = -HUGE_VAL, sum = 0;
            for (uint64_t i = 0; i < n; ++i) {
                const double value = rounded_to_half(voxels[i]);
                low = fmin(low, value);
                high = fmax(high, value);
                sum += value;
            }
            assert_true(statistics.min == low && statistics.max == high);
            assert_true(fabs(statistics.mean - sum / (double)n) < 1e-9);
        }
        ocs_tile_target_end(&target);
        shelf_free(shelf);
        stage_close(&stage);
        voxels[77] = 7;
    }
    free(voxels);
}

static void a_store_that_fails_ends_the_sweep(void **state)
{
    const struct ocs_tiling tiling = tiling_of(&layouts[0]);
    float *const voxels = random_voxels(tiling.box, 1);
    struct stage stage;
    stage_open(&stage, state);
    const struct ocs_volume volume = stage_volume(&stage, tiling.box, voxels);
    struct ocs_volume halved = stage_volume(&stage, ocs_box_halved(tiling.box), NULL);
    struct shelf *const shelf = shelf_make(&tiling);
    shelf->fail_at = 30;
    const struct ocs_tile_store store = {shelf, open_press, put_tile, close_press};
    struct ocs_tile_target target = {.budget = stage.budget,
                                     .simd = ocs_simd_best(),
                                     .tiling = tiling,
                                     .band_rows = 8,
                                     .store = &store,
                                     .halved = halved.scratch,
                                     .halved_offset = halved.scratch_offset};
    ocs_tile_target_start(&target);
    const struct ocs_sink sink = ocs_tile_sink(&target);
    const struct ocs_feed_source source = {.volume = &volume};
    struct ocs_transfer transfer = {.name = "pack",
                                    .context = &stage.context,
                                    .source = &source,
                                    .slabs = {tiling.box, 8, 8},
                                    .sink = &sink};
    const struct ocs_pass pass = ocs_transfer_pass(&transfer);
    assert_int_equal(
        ocs_workers_run(&pass, 2, &stage.beat, ignore_tick, NULL, &stage.fixture->error),
        OCS_NO_SPACE);
    ocs_tile_target_end(&target);
    shelf_free(shelf);
    free(voxels);
    stage_close(&stage);
}

static void every_failed_allocation_is_met(void **state)
{
    const struct ocs_tiling tiling = tiling_of(&layouts[1]);
    struct stage stage;
    stage_open(&stage, state);
    struct shelf *const shelf = shelf_make(&tiling);
    const struct ocs_tile_store store = {shelf, open_press, put_tile, close_press};
    struct ocs_tile_target target = {
        .budget = stage.budget, .tiling = tiling, .band_rows = 6, .store = &store};
    ocs_tile_target_start(&target);
    for (uint64_t nth = 1; nth <= 3; ++nth) {
        struct ocs_tile_pen *pen = NULL;
        ocs_budget_fail_nth(stage.budget, nth);
        assert_int_equal(ocs_tile_pen_open(&target, &pen, &stage.fixture->error), OCS_LIMIT);
        assert_null(pen);
        assert_int_equal(ocs_budget_in_use(stage.budget), 0);
    }
    ocs_budget_fail_nth(stage.budget, 0);
    ocs_tile_target_end(&target);
    shelf_free(shelf);
    stage_close(&stage);
}

static void blocks_and_levels(void **state)
{
    (void)state;
    struct ocs_box boxes[OCS_PYRAMID_MAX];
    const struct ocs_box box = {100, 37, 300}, chunk = {30, 40, 50};
    const unsigned levels = ocs_pyramid_boxes(box, chunk, boxes);
    assert_int_equal(levels, 4);
    const struct ocs_box right[] = {{100, 37, 300}, {50, 19, 150}, {25, 10, 75}, {13, 5, 38}};
    assert_memory_equal(boxes, right, sizeof right);
    const struct ocs_voxel_format format = {.mode = 2};
    for (unsigned level = 0; level < levels; ++level) {
        const struct ocs_tiling tiling = ocs_tiling_of_level(box, chunk, &format, level);
        assert_int_equal(tiling.halved, level < 3);
        assert_int_equal(ocs_tiling_block(&tiling).z, ocs_min_u64(30, right[level].z));
        assert_int_equal(ocs_tiling_band(&tiling, 1), ocs_min_u64(40, right[level].y));
    }
    const struct ocs_tiling odd =
        ocs_tiling_of_level((struct ocs_box){99, 99, 99}, (struct ocs_box){7, 5, 3}, &format, 0);
    assert_int_equal(ocs_tiling_block(&odd).z, 14);
    assert_int_equal(ocs_tiling_band(&odd, 1), 10);
    assert_int_equal(ocs_tiling_band(&odd, 11), 20);
    assert_int_equal(ocs_tiling_band(&odd, 95), 99);
}

/* Frames are at most 256 KiB unless a row is longer, and blocks of them whole frames. */
static void frames_are_small(void **state)
{
    (void)state;
    static const struct ocs_box boxes[] = {{16, 16, 16},     {100, 100, 100},  {512, 512, 512},
                                           {64, 2048, 2048}, {16, 300, 70000}, {16, 16, 1 << 20}};
    for (size_t i = 0; i < sizeof boxes / sizeof boxes[0]; ++i)
        for (int32_t mode = 2; mode <= 12; mode += 10) {
            const struct ocs_voxel_format format = {.mode = mode};
            const struct ocs_tiling tiling = ocs_tiling_of_frames(boxes[i], &format);
            const struct ocs_box tile = tiling.tile, block = ocs_tiling_block(&tiling);
            assert_int_equal(tile.x, boxes[i].x);
            assert_true(tile.z == 1 || tile.y == boxes[i].y);
            assert_true(ocs_tiling_tile_bytes(&tiling) <= 256 << 10 || tile.y * tile.z == 1);
            assert_true(block.z == tile.z && block.y == tile.y);
            assert_true(tile.y % 16 == 0 || tile.y < 16 || tile.y == boxes[i].y);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tiles_are_cut_and_halved_right),
        cmocka_unit_test(sums_go_along_x_then_y_then_z),
        TEST(statistics_are_those_of_the_rounded_values),
        TEST(a_store_that_fails_ends_the_sweep),
        TEST(every_failed_allocation_is_met),
        cmocka_unit_test(blocks_and_levels),
        cmocka_unit_test(frames_are_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
