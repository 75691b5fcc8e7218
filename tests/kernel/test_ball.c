/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ball.h"

#include <math.h>
#include <stdbool.h>

static struct ocs_ball make(unsigned size, float radius)
{
    const struct ocs_ball_shape shape = {{size, size, size}, {radius, radius, radius}};
    struct ocs_ball ball;
    struct ocs_error error;
    assert_int_equal(ocs_ball_make(&shape, &ball, &error), OCS_OK);
    return ball;
}

/* Kernels that the reference printed or that can be counted by hand. */
static void known_sizes(void **state)
{
    (void)state;
    assert_int_equal(make(5, 2.0F).voxels, 33);
    assert_int_equal(make(5, 2.86F).voxels, 93);
    assert_int_equal(make(3, 1.0F).voxels, 7);
    assert_int_equal(make(3, 1.5F).voxels, 19);
    assert_int_equal(make(3, 9.0F).voxels, 27);
    assert_int_equal(make(9, 4.0F).voxels, 257);
    const struct ocs_ball centre = make(9, 0.7F);
    assert_int_equal(centre.voxels, 1);
    assert_int_equal(centre.reach_z + centre.reach_y + centre.reach_x, 0);
}

/* A radius equal to a length in float32 holds it; the float below does not. */
static void the_edge_is_float32(void **state)
{
    (void)state;
    const float length = (float)sqrt(5.0);
    assert_int_equal(make(5, length).half[0][1], 2);
    assert_int_equal(make(5, nextafterf(length, 0)).half[0][1], 1);
}

static bool inside(const struct ocs_ball_shape *shape, int z, int y, int x)
{
    const int offset[3] = {z, y, x};
    double sum = 0;
    for (int a = 0; a < 3; ++a) {
        if (abs(offset[a]) > (int)(shape->size[a] - 1) / 2)
            return false;
        sum += pow(offset[a] / (double)shape->radius[a], 2);
    }
    return sqrt(sum) <= 1;
}

static void check_chords(const struct ocs_ball_shape *shape)
{
    struct ocs_ball ball;
    struct ocs_error error;
    assert_int_equal(ocs_ball_make(shape, &ball, &error), OCS_OK);
    uint64_t voxels = 0;
    int reach[3] = {0, 0, 0};
    for (int z = -31; z <= 31; ++z)
        for (int y = -31; y <= 31; ++y)
            for (int x = -31; x <= 31; ++x) {
                const bool is_inside = inside(shape, z, y, x);
                assert_int_equal(is_inside, abs(x) <= ball.half[abs(z)][abs(y)]);
                voxels += is_inside;
                reach[0] = is_inside && z > reach[0] ? z : reach[0];
                reach[1] = is_inside && y > reach[1] ? y : reach[1];
                reach[2] = is_inside && x > reach[2] ? x : reach[2];
            }
    assert_int_equal(ball.voxels, voxels);
    assert_int_equal(ball.reach_z, reach[0]);
    assert_int_equal(ball.reach_y, reach[1]);
    assert_int_equal(ball.reach_x, reach[2]);
}

static void chords_cover_the_ball(void **state)
{
    (void)state;
    const struct ocs_ball_shape shapes[] = {
        {{9, 9, 9}, {4.3F, 4.3F, 4.3F}},   {{5, 9, 3}, {2.2F, 4.3F, 1.1F}},
        {{3, 5, 63}, {9.5F, 1.3F, 40.5F}}, {{63, 63, 63}, {31.2F, 31.2F, 31.2F}},
        {{9, 9, 3}, {0.6F, 3.3F, 0.9F}},   {{5, 7, 9}, {50.0F, 60.0F, 70.0F}},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i)
        check_chords(&shapes[i]);
}

static void refuses(void **state)
{
    (void)state;
    const struct ocs_ball_shape shapes[] = {
        {{4, 5, 5}, {2, 2, 2}}, {{5, 1, 5}, {2, 2, 2}},  {{5, 5, 65}, {2, 2, 2}},
        {{5, 5, 5}, {2, 0, 2}}, {{5, 5, 5}, {-1, 2, 2}}, {{5, 5, 5}, {2, 2, NAN}},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i) {
        struct ocs_ball ball;
        struct ocs_error error;
        assert_int_equal(ocs_ball_make(&shapes[i], &ball, &error), OCS_USAGE);
        assert_int_equal(error.status, OCS_USAGE);
    }
}

static void tau_solves_its_equation(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 20000; n += n / 3 + 1) {
        const double tau = ocs_ball_tau(n, 0);
        const double slope = 1 + (double)n * pow(tau, (double)n - 1);
        assert_true(fabs(pow(tau, (double)n) + tau - 1) / slope < 1e-12);
    }
    assert_true(ocs_ball_tau(1, 0) == 0.5);
}

/* Values the reference printed, and the two coarser classes. */
static void tau_as_the_reference_rounds_it(void **state)
{
    (void)state;
    assert_true(ocs_ball_tau(33, 1) == 0.9246);
    assert_true(ocs_ball_tau(93, 1) == 0.9647);
    assert_true(ocs_ball_tau(1001, 1) == ocs_ball_tau(1099, 1));
    assert_true(ocs_ball_tau(1099, 1) != ocs_ball_tau(1100, 1));
    assert_true(fabs(ocs_ball_tau(1050, 1) - ocs_ball_tau(1100, 0)) <= 0.5e-5);
    assert_true(fabs(ocs_ball_tau(7000, 1) - ocs_ball_tau(7100, 0)) <= 0.5e-5);
    assert_true(ocs_ball_tau(7001, 1) == 0.999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_sizes),
        cmocka_unit_test(the_edge_is_float32),
        cmocka_unit_test(chords_cover_the_ball),
        cmocka_unit_test(refuses),
        cmocka_unit_test(tau_solves_its_equation),
        cmocka_unit_test(tau_as_the_reference_rounds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
