/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The streamed ball maximum against looking at every voxel of every ball. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ball_max.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct volume {
    int64_t nz, ny, nx;
    float *voxels;
};

struct region {
    int64_t z_first, z_end, y_first, y_end;
};

static struct volume make_volume(int64_t nz, int64_t ny, int64_t nx)
{
    static uint64_t random = 11;
    const size_t count = (size_t)(nz * ny * nx);
    struct volume volume = {nz, ny, nx, malloc(count * sizeof(float))};
    assert_non_null(volume.voxels);
    for (size_t i = 0; i < count; ++i) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        volume.voxels[i] = (float)(random >> 40) / (float)(1 << 23) - 2.0F;
    }
    return volume;
}

static float at(const struct volume *volume, int64_t z, int64_t y, int64_t x)
{
    if (z < 0 || z >= volume->nz || y < 0 || y >= volume->ny || x < 0 || x >= volume->nx)
        return -INFINITY;
    return volume->voxels[(z * volume->ny + y) * volume->nx + x];
}

static float brute_force(const struct volume *volume, const struct ocs_ball *ball, int64_t z,
                         int64_t y, int64_t x)
{
    const int reach_z = (int)ball->reach_z, reach_y = (int)ball->reach_y;
    float most = -INFINITY;
    for (int dz = -reach_z; dz <= reach_z; ++dz)
        for (int dy = -reach_y; dy <= reach_y; ++dy) {
            const int half = ball->half[abs(dz)][abs(dy)];
            for (int dx = -half; dx <= half; ++dx)
                most = fmaxf(most, at(volume, z + dz, y + dy, x + dx));
        }
    return most;
}

static void check_plane(const struct volume *volume, const struct ocs_ball *ball,
                        const struct region *region, int64_t z, const float *plane)
{
    for (int64_t y = region->y_first; y < region->y_end; ++y)
        for (int64_t x = 0; x < volume->nx; ++x)
            assert_true(plane[(y - region->y_first) * volume->nx + x] ==
                        brute_force(volume, ball, z, y, x));
}

/* Rows [row_first, row_first + rows) of plane z, exactly: reading beyond is caught. */
static float *copy_of(const struct volume *volume, int64_t z, int64_t row_first, size_t rows)
{
    const size_t bytes = rows * (size_t)volume->nx * sizeof(float);
    float *const plane = malloc(bytes);
    assert_non_null(plane);
    memcpy(plane, volume->voxels + (z * volume->ny + row_first) * volume->nx, bytes);
    return plane;
}

/* Pushes what the region needs, in groups of any size, and looks at every plane as soon as it is
 * complete, the last ones at the end. */
static void run(struct ocs_ball_max *max, const struct volume *volume, const struct ocs_ball *ball,
                const struct region *region)
{
    const int64_t reach_z = ball->reach_z, reach_y = ball->reach_y;
    const int64_t row_first = region->y_first > reach_y ? region->y_first - reach_y : 0;
    const int64_t row_end =
        region->y_end + reach_y < volume->ny ? region->y_end + reach_y : volume->ny;
    ocs_ball_max_start(max, region->z_first, region->z_end, (uint64_t)(region->y_first - row_first),
                       (uint64_t)(region->y_end - region->y_first),
                       (uint64_t)(row_end - region->y_end));
    int64_t z = region->z_first > reach_z ? region->z_first - reach_z : 0;
    const int64_t end = region->z_end + reach_z < volume->nz ? region->z_end + reach_z : volume->nz;
    int64_t out = region->z_first;
    for (unsigned size = 1; z < end; size = size % ocs_ball_max_group(ball) + 1) {
        float *planes[OCS_BALL_GROUP_MAX];
        unsigned count = 0;
        for (; count < size && z < end; ++count)
            planes[count] = copy_of(volume, z++, row_first, (size_t)(row_end - row_first));
        ocs_ball_max_push(max, (const float *const *)planes, count);
        for (; out + reach_z < z || (z == end && out < region->z_end); ++out)
            check_plane(volume, ball, region, out, ocs_ball_max_plane(max, out));
        while (count > 0)
            free(planes[--count]);
    }
    assert_int_equal(out, region->z_end);
}

static struct ocs_ball make_ball(const struct ocs_ball_shape *shape)
{
    struct ocs_ball ball;
    struct ocs_error error;
    assert_int_equal(ocs_ball_make(shape, &ball, &error), OCS_OK);
    return ball;
}

static void check(const struct ocs_ball_shape *shape, int64_t nz, int64_t ny, int64_t nx,
                  const struct region *regions, size_t region_count)
{
    const struct ocs_ball ball = make_ball(shape);
    struct volume volume = make_volume(nz, ny, nx);
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level) {
        if (!ocs_simd_available((enum ocs_simd)level))
            continue;
        const uint64_t need = ocs_ball_max_need(&ball, (uint64_t)ny, (uint64_t)nx);
        struct ocs_budget *budget;
        struct ocs_ball_max *max;
        struct ocs_error error;
        assert_int_equal(ocs_budget_create(need, &budget, &error), OCS_OK);
        assert_int_equal(ocs_ball_max_create(budget, &ball, ocs_kernels_for((enum ocs_simd)level),
                                             (uint64_t)ny, (uint64_t)nx, &max, &error),
                         OCS_OK);
        assert_int_equal(ocs_budget_in_use(budget), need);
        for (size_t i = 0; i < region_count; ++i)
            run(max, &volume, &ball, &regions[i]);
        ocs_ball_max_destroy(budget, max);
        ocs_budget_destroy(budget);
    }
    free(volume.voxels);
}

static void check_whole(const struct ocs_ball_shape *shape, int64_t nz, int64_t ny, int64_t nx)
{
    const struct region whole = {0, nz, 0, ny};
    check(shape, nz, ny, nx, &whole, 1);
}

static struct ocs_ball_shape sphere(unsigned size, float radius)
{
    return (struct ocs_ball_shape){{size, size, size}, {radius, radius, radius}};
}

static void many_radii(void **state)
{
    (void)state;
    for (float radius = 0.5F; radius < 5.0F; radius += 0.24F) {
        const struct ocs_ball_shape shape = sphere(9, radius);
        check_whole(&shape, 11, 10, 13);
    }
    for (unsigned size = 3; size <= 9; size += 2) {
        const struct ocs_ball_shape shape = sphere(size, 3.3F);
        check_whole(&shape, 9, 12, 10);
    }
}

static void ellipsoids(void **state)
{
    (void)state;
    const struct ocs_ball_shape shapes[] = {
        {{5, 9, 3}, {2.2F, 4.3F, 1.1F}},   {{3, 3, 15}, {1.0F, 1.5F, 7.5F}},
        {{15, 3, 3}, {7.2F, 1.2F, 1.0F}},  {{9, 9, 9}, {0.5F, 4.0F, 2.0F}},
        {{3, 5, 31}, {1.1F, 2.5F, 15.2F}}, {{5, 7, 9}, {50.0F, 60.0F, 70.0F}},
        {{3, 3, 63}, {0.9F, 0.9F, 31.9F}},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
        check_whole(&shapes[i], 10, 9, 40);
}

/* Boxes thinner than the ball along each axis, down to one voxel. */
static void thin_boxes(void **state)
{
    (void)state;
    const struct ocs_ball_shape shape = sphere(9, 4.2F);
    check_whole(&shape, 1, 1, 1);
    check_whole(&shape, 1, 9, 17);
    check_whole(&shape, 12, 1, 7);
    check_whole(&shape, 7, 12, 1);
    check_whole(&shape, 3, 3, 3);
    const struct ocs_ball_shape large = sphere(63, 31.4F);
    check_whole(&large, 3, 5, 70);
}

/* More columns than one strip, with a rest. */
static void long_rows(void **state)
{
    (void)state;
    const struct ocs_ball_shape shape = sphere(7, 3.1F);
    check_whole(&shape, 3, 4, 512);
    check_whole(&shape, 3, 4, 513);
    check_whole(&shape, 3, 4, 1066);
}

/* Bands whose halos are cut at the edges, and runs that begin and end inside the box, with one
 * object. */
static void bands_and_partial_runs(void **state)
{
    (void)state;
    const struct region regions[] = {
        {0, 20, 0, 5},  {0, 20, 5, 10}, {0, 20, 10, 19}, {0, 20, 17, 19}, {0, 20, 1, 2},
        {7, 13, 0, 19}, {2, 3, 4, 9},   {19, 20, 3, 19}, {0, 1, 0, 19},   {5, 6, 18, 19},
        {1, 20, 2, 18}, {16, 20, 6, 7}, {0, 18, 0, 19},
    };
    const struct ocs_ball_shape shapes[] = {
        sphere(9, 4.1F), sphere(5, 2.3F), {{3, 9, 5}, {1.2F, 4.6F, 2.2F}}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
        check(&shapes[i], 20, 19, 11, regions, sizeof regions / sizeof *regions);
}

/* Halos longer than the ball change nothing. */
static void generous_halos(void **state)
{
    (void)state;
    const struct ocs_ball_shape shape = sphere(5, 2.3F);
    const struct ocs_ball ball = make_ball(&shape);
    struct volume volume = make_volume(6, 20, 9);
    struct ocs_budget *budget;
    struct ocs_ball_max *max;
    struct ocs_error error;
    assert_int_equal(ocs_budget_create(1 << 20, &budget, &error), OCS_OK);
    assert_int_equal(
        ocs_ball_max_create(budget, &ball, ocs_kernels_for(OCS_SIMD_SCALAR), 4, 9, &max, &error),
        OCS_OK);
    ocs_ball_max_start(max, 0, 6, 8, 4, 7);
    const struct region region = {0, 6, 9, 13};
    for (int64_t z = 0; z < 6; ++z) {
        const float *const plane = volume.voxels + (z * 20 + 1) * 9;
        ocs_ball_max_push(max, &plane, 1);
        if (z >= 2)
            check_plane(&volume, &ball, &region, z - 2, ocs_ball_max_plane(max, z - 2));
    }
    ocs_ball_max_destroy(budget, max);
    ocs_budget_destroy(budget);
    free(volume.voxels);
}

static void too_little_memory(void **state)
{
    (void)state;
    const struct ocs_ball_shape shape = sphere(9, 4.1F);
    const struct ocs_ball ball = make_ball(&shape);
    const uint64_t need = ocs_ball_max_need(&ball, 50, 60);
    struct ocs_budget *budget;
    struct ocs_ball_max *max;
    struct ocs_error error;
    assert_int_equal(ocs_budget_create(need, &budget, &error), OCS_OK);
    for (uint64_t nth = 1; nth <= 3; ++nth) {
        ocs_budget_fail_nth(budget, nth);
        assert_int_equal(ocs_ball_max_create(budget, &ball, ocs_kernels_for(OCS_SIMD_SCALAR), 50,
                                             60, &max, &error),
                         OCS_LIMIT);
        assert_int_equal(ocs_budget_in_use(budget), 0);
    }
    ocs_budget_fail_nth(budget, 0);
    assert_int_equal(
        ocs_ball_max_create(budget, &ball, ocs_kernels_for(OCS_SIMD_SCALAR), 50, 60, &max, &error),
        OCS_OK);
    ocs_ball_max_destroy(budget, max);
    ocs_ball_max_destroy(budget, NULL);
    ocs_budget_destroy(budget);
    assert_int_equal(ocs_ball_max_need(&ball, UINT64_MAX / 2, UINT64_MAX / 2), UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_radii),
        cmocka_unit_test(ellipsoids),
        cmocka_unit_test(thin_boxes),
        cmocka_unit_test(long_rows),
        cmocka_unit_test(bands_and_partial_runs),
        cmocka_unit_test(generous_halos),
        cmocka_unit_test(too_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
