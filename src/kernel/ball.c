/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ball.h"

#include "fail.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static enum ocs_status check(const struct ocs_ball_shape *shape, struct ocs_error *error)
{
    for (int axis = 0; axis < 3; ++axis) {
        const unsigned size = shape->size[axis];
        if (size < 3 || size % 2 == 0 || size > 2 * OCS_BALL_RADIUS_MAX + 1)
            return ocs_fail(error, OCS_USAGE, "planning", NULL,
                            "kernel size %u is not an odd number from 3 to %d", size,
                            2 * OCS_BALL_RADIUS_MAX + 1);
        if (!(shape->radius[axis] > 0))
            return ocs_fail(error, OCS_USAGE, "planning", NULL, "kernel radius %g is not positive",
                            (double)shape->radius[axis]);
    }
    return OCS_OK;
}

/* Both comparisons are in float32: a radius such as 2.236068 holds the offset (1,2,0) whose length
 * it prints. */
static bool holds(const struct ocs_ball_shape *shape, unsigned z, unsigned y, unsigned x)
{
    const float *const radius = shape->radius;
    if (radius[0] == radius[1] && radius[1] == radius[2])
        return sqrtf((float)(z * z + y * y + x * x)) <= radius[0];
    const double rz = z / (double)radius[0], ry = y / (double)radius[1], rx = x / (double)radius[2];
    return (float)sqrt(rz * rz + ry * ry + rx * rx) <= 1.0F;
}

static int half_chord(const struct ocs_ball_shape *shape, unsigned z, unsigned y)
{
    int half = -1;
    for (unsigned x = 0; x <= shape->size[2] / 2 && holds(shape, z, y, x); ++x)
        half = (int)x;
    return half;
}

/* One chord stands for its mirror images in z and y. */
static void add_chord(struct ocs_ball *ball, unsigned z, unsigned y, int half)
{
    ball->half[z][y] = (int8_t)half;
    if (half < 0)
        return;
    const uint64_t mirrors = (z > 0 ? 2U : 1U) * (y > 0 ? 2U : 1U);
    ball->voxels += mirrors * (2 * (uint64_t)half + 1);
    ball->reach_z = z > ball->reach_z ? z : ball->reach_z;
    ball->reach_y = y > ball->reach_y ? y : ball->reach_y;
    ball->reach_x = (unsigned)half > ball->reach_x ? (unsigned)half : ball->reach_x;
}

enum ocs_status ocs_ball_make(const struct ocs_ball_shape *shape, struct ocs_ball *ball_ret,
                              struct ocs_error *error)
{
    const enum ocs_status status = check(shape, error);
    if (status != OCS_OK)
        return status;
    *ball_ret = (struct ocs_ball){.voxels = 0};
    memset(ball_ret->half, -1, sizeof ball_ret->half);
    for (unsigned z = 0; z <= shape->size[0] / 2; ++z)
        for (unsigned y = 0; y <= shape->size[1] / 2; ++y)
            add_chord(ball_ret, z, y, half_chord(shape, z, y));
    return OCS_OK;
}

/* x in (0,1) with x^n + x = 1. The left side rises with x, so halving the interval cannot miss; it
 * ends when no double lies between the ends. */
static double root(double n)
{
    double low = 0, high = 1;
    for (;;) {
        const double middle = (low + high) / 2;
        if (middle <= low || middle >= high)
            return middle;
        if (pow(middle, n) + middle > 1)
            high = middle;
        else
            low = middle;
    }
}

double ocs_ball_tau(uint64_t n_v, int rounded)
{
    if (!rounded)
        return root((double)n_v);
    if (n_v > 7000)
        return 0.999;
    if (n_v > 1000)
        return round(root((double)(1100 + 100 * ((n_v - 1000) / 100))) * 1e5) / 1e5;
    return round(root((double)n_v) * 1e4) / 1e4;
}
