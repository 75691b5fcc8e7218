/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spool: rows at any place are what was put, in any order; a damaged scratch is an error. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "header.h"
#include "scratch.h"
#include "spool.h"

enum { MEMORY = 32 << 20 };

struct scene {
    struct ocs_error error;
    struct ocs_budget *budget;
    struct ocs_scratch *scratch;
    struct ocs_spool_shape shape;
    struct ocs_spool *spool;
    unsigned char *plain;
};

static struct ocs_spool_shape shape_of(uint64_t z, uint64_t y, uint64_t x)
{
    const struct ocs_mrc mrc = {
        .header = {.mode = OCS_MODE_FLOAT32}, .box = {z, y, x}, .row_bytes = 4 * x};
    return ocs_spool_shape_of(&mrc);
}

static uint64_t plane_bytes(const struct scene *scene)
{
    return scene->shape.plane_rows * scene->shape.row_bytes;
}

static void open_scene(struct scene *scene, struct ocs_spool_shape shape)
{
    scene->shape = shape;
    scene->plain = malloc(shape.planes * plane_bytes(scene));
    for (uint64_t i = 0; i < shape.planes * plane_bytes(scene); ++i)
        scene->plain[i] = (unsigned char)((i * UINT64_C(0x9E3779B97F4A7C15)) >> 57);
    assert_int_equal(ocs_budget_create(MEMORY, &scene->budget, &scene->error), OCS_OK);
    assert_int_equal(
        ocs_scratch_create(".", 5000 + ocs_spool_bytes(&shape), &scene->scratch, &scene->error),
        OCS_OK);
    assert_int_equal(
        ocs_spool_open(scene->budget, scene->scratch, 5000, &shape, &scene->spool, &scene->error),
        OCS_OK);
}

static void close_scene(struct scene *scene)
{
    ocs_spool_close(scene->spool);
    ocs_scratch_close(scene->scratch);
    ocs_budget_destroy(scene->budget);
    free(scene->plain);
}

/* All groups, from the last to the first. */
static void put_all(struct scene *scene)
{
    struct ocs_spool_pen *pen;
    assert_int_equal(ocs_spool_pen_open(scene->budget, scene->spool, &pen, &scene->error), OCS_OK);
    for (uint64_t group = ocs_spool_groups(&scene->shape); group-- > 0;) {
        const struct ocs_spool_group at = ocs_spool_group(&scene->shape, group);
        assert_int_equal(ocs_spool_put(pen, group,
                                       scene->plain + at.plane * plane_bytes(scene) +
                                           at.row * scene->shape.row_bytes,
                                       &scene->error),
                         OCS_OK);
    }
    ocs_spool_pen_close(pen);
}

static void test_rows_come_back_from_any_place(void **state)
{
    (void)state;
    static const uint64_t boxes[][3] = {{3, 400, 300}, {5, 7, 3}, {2, 3, 70000}, {1, 1, 1}};
    for (size_t box = 0; box < sizeof boxes / sizeof boxes[0]; ++box) {
        struct scene scene;
        open_scene(&scene, shape_of(boxes[box][0], boxes[box][1], boxes[box][2]));
        put_all(&scene);
        struct ocs_spool_desk *desk;
        assert_int_equal(ocs_spool_desk_open(scene.budget, scene.spool, &desk, &scene.error),
                         OCS_OK);
        for (uint64_t i = 0; i < 200; ++i) {
            const uint64_t plane = i * 7 % scene.shape.planes;
            const uint64_t row = i * 37 % scene.shape.plane_rows;
            const unsigned char *rows;
            uint64_t count;
            assert_int_equal(ocs_spool_rows(desk, plane, row, &rows, &count, &scene.error), OCS_OK);
            assert_true(count >= 1 && row + count <= scene.shape.plane_rows);
            assert_memory_equal(
                rows, scene.plain + plane * plane_bytes(&scene) + row * scene.shape.row_bytes,
                count * scene.shape.row_bytes);
        }
        ocs_spool_desk_close(desk);
        close_scene(&scene);
    }
}

static void test_groups_are_whole_rows_of_one_plane(void **state)
{
    (void)state;
    const struct ocs_spool_shape shape = shape_of(3, 1000, 500);
    assert_true(shape.group_bytes <= 256 << 10 && shape.group_bytes > 128 << 10);
    uint64_t plane = 0, row = 0;
    for (uint64_t group = 0; group < ocs_spool_groups(&shape); ++group) {
        const struct ocs_spool_group at = ocs_spool_group(&shape, group);
        assert_int_equal(at.plane, plane);
        assert_int_equal(at.row, row);
        row += at.rows;
        if (row == 1000)
            row = 0, ++plane;
    }
    assert_int_equal(plane, 3);
    assert_int_equal(row, 0);
}

static void test_a_damaged_scratch_is_an_error(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, shape_of(1, 40, 1000)); /* one group, at the beginning */
    put_all(&scene);
    static unsigned char zeros[64];
    assert_int_equal(
        ocs_scratch_write(scene.scratch, 5000 + 100, zeros, sizeof zeros, &scene.error), OCS_OK);
    struct ocs_spool_desk *desk;
    assert_int_equal(ocs_spool_desk_open(scene.budget, scene.spool, &desk, &scene.error), OCS_OK);
    const unsigned char *rows;
    uint64_t count;
    assert_int_equal(ocs_spool_rows(desk, 0, 0, &rows, &count, &scene.error), OCS_IO);
    assert_non_null(strstr(scene.error.what, "damaged"));
    assert_int_equal(ocs_spool_rows(desk, 0, 0, &rows, &count, &scene.error), OCS_IO);
    ocs_spool_desk_close(desk);
    close_scene(&scene);
}

static void test_needs_are_enough(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene, shape_of(2, 500, 400));
    put_all(&scene);
    struct ocs_spool_desk *desk;
    assert_int_equal(ocs_spool_desk_open(scene.budget, scene.spool, &desk, &scene.error), OCS_OK);
    const unsigned char *rows;
    uint64_t count;
    assert_int_equal(ocs_spool_rows(desk, 1, 400, &rows, &count, &scene.error), OCS_OK);
    assert_true(ocs_budget_in_use(scene.budget) <=
                ocs_spool_need(&scene.shape) + ocs_spool_desk_need(&scene.shape));
    assert_true(ocs_budget_high_water(scene.budget) <= ocs_spool_need(&scene.shape) +
                                                           ocs_spool_desk_need(&scene.shape) +
                                                           ocs_spool_pen_need(&scene.shape));
    ocs_spool_desk_close(desk);
    close_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_come_back_from_any_place),
        cmocka_unit_test(test_groups_are_whole_rows_of_one_plane),
        cmocka_unit_test(test_a_damaged_scratch_is_an_error),
        cmocka_unit_test(test_needs_are_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
