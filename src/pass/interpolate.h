/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_INTERPOLATE_H
#define OCS_INTERPOLATE_H

/* Linear interpolation between a working axis of b voxels and a native one of n >= b (see
 * restore.h). */

#include "checked.h"

struct ocs_between {
    uint64_t first, second; /* working voxels on either side                               */
    float weight;           /* of the second                                               */
};

static inline struct ocs_between ocs_between_at(uint64_t i, uint64_t n, uint64_t b)
{
    const double at = (double)i * ((double)b / (double)n);
    const uint64_t first = ocs_min_u64((uint64_t)at, b - 1);
    return (struct ocs_between){first, ocs_min_u64(first + 1, b - 1), (float)(at - (double)first)};
}

static inline float ocs_between(float first, float second, float weight)
{
    return first + weight * (second - first);
}

#endif
