/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "working_header.h"

#include <math.h>

/* A count of voxels along one axis, or a position among them, in the coarser sampling. */
static int32_t scaled(int32_t value, double factor)
{
    return (int32_t)lround(value * factor);
}

/* Along one spatial axis: the sampling intervals per cell, and where the box starts. */
static void scale_axis(struct ocs_mrc_header *header, unsigned axis, double factor)
{
    int32_t *const intervals[3] = {&header->mx, &header->my, &header->mz};
    *intervals[axis] = scaled(*intervals[axis], factor);
}

struct ocs_mrc ocs_working_header(const struct ocs_mrc *native, struct ocs_box box)
{
    struct ocs_mrc working = *native;
    struct ocs_mrc_header *const header = &working.header;
    const double factor[3] = {(double)box.z / (double)native->box.z,
                              (double)box.y / (double)native->box.y,
                              (double)box.x / (double)native->box.x};
    for (int axis = 0; axis < 3; ++axis)
        scale_axis(header, native->axis_of[axis], factor[axis]);
    header->nz = (int32_t)box.z;
    header->ny = (int32_t)box.y;
    header->nx = (int32_t)box.x;
    header->nzstart = scaled(header->nzstart, factor[0]);
    header->nystart = scaled(header->nystart, factor[1]);
    header->nxstart = scaled(header->nxstart, factor[2]);
    working.box = box;
    working.voxel.z /= factor[0];
    working.voxel.y /= factor[1];
    working.voxel.x /= factor[2];
    return working;
}
