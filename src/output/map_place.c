/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map_place.h"

#include <math.h>
#include <stdlib.h>

/* Angles that no cell can have are taken as right ones, as viewers do. */
static bool is_right_angled(const struct ocs_mrc_header *header)
{
    const float angles[3] = {header->alpha, header->beta, header->gamma};
    for (int i = 0; i < 3; ++i)
        if (angles[i] > 0 && angles[i] < 180 && fabsf(angles[i] - 90) > 0.01f)
            return false;
    return true;
}

/* NXSTART.. so far out that the field was never filled in. */
static bool is_start_used(const struct ocs_mrc *mrc, const int64_t start[3])
{
    const uint64_t limit =
        10 * (mrc->box.x > mrc->box.y ? (mrc->box.x > mrc->box.z ? mrc->box.x : mrc->box.z)
                                      : (mrc->box.y > mrc->box.z ? mrc->box.y : mrc->box.z));
    for (int i = 0; i < 3; ++i)
        if ((uint64_t)llabs(start[i]) > limit)
            return false;
    return true;
}

bool ocs_map_place(const struct ocs_mrc *mrc, double first_ang[3])
{
    const struct ocs_mrc_header *const header = &mrc->header;
    const double origin[3] = {(double)header->origin_x, (double)header->origin_y,
                              (double)header->origin_z};
    /* along sections, rows, columns */
    const int64_t start[3] = {header->nzstart, header->nystart, header->nxstart};
    const double voxel[3] = {mrc->voxel.z, mrc->voxel.y, mrc->voxel.x};
    const bool finite = isfinite(origin[0]) && isfinite(origin[1]) && isfinite(origin[2]);
    const bool by_origin = finite && (origin[0] != 0 || origin[1] != 0 || origin[2] != 0);
    const bool by_start = !by_origin && is_start_used(mrc, start);
    for (int i = 0; i < 3; ++i) {
        const unsigned axis = mrc->axis_of[i];
        first_ang[axis] = by_origin ? origin[axis] : by_start ? (double)start[i] * voxel[i] : 0.0;
    }
    return is_right_angled(header);
}
