/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "region.h"

#include <math.h>

static double off_centre(uint64_t at, uint64_t n)
{
    return (double)at - ((double)n - 1) / 2;
}

static float radius_of(struct ocs_box box)
{
    const uint64_t shortest =
        box.z < box.y ? (box.z < box.x ? box.z : box.x) : (box.y < box.x ? box.y : box.x);
    return (float)((double)shortest / 2);
}

/* The comparison is the reference's, in float32; it only gets worse away from the centre, so the
 * ends of the row's chord are found from a guess. */
void ocs_region_row(const struct ocs_region_shape *region, uint64_t z, uint64_t y, uint64_t *x0_ret,
                    uint64_t *x1_ret)
{
    const struct ocs_box box = region->box;
    *x0_ret = 0;
    *x1_ret = box.x;
    if (!region->ball)
        return;
    const double dz = off_centre(z, box.z), dy = off_centre(y, box.y);
    const float radius = radius_of(box);
    const double plane = dz * dz + dy * dy, left = (double)radius * radius - plane;
    const double reach = left > 0 ? sqrt(left) + 1 : 1;
    const double guess = ceil(((double)box.x - 1) / 2 - reach) - 1;
    uint64_t x = guess > 0 ? (uint64_t)guess : 0;
    while (2 * x < box.x) {
        const double dx = off_centre(x, box.x);
        if (sqrtf((float)(plane + dx * dx)) <= radius)
            break;
        ++x;
    }
    const bool empty = 2 * x >= box.x;
    *x0_ret = empty ? 0 : x;
    *x1_ret = empty ? 0 : box.x - x;
}
