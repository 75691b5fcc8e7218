/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tile_sink.h"

static enum ocs_status open_pen(void *self, void **pen_ret, struct ocs_error *error)
{
    struct ocs_tile_pen *pen;
    const enum ocs_status status = ocs_tile_pen_open(self, &pen, error);
    if (status == OCS_OK)
        *pen_ret = pen;
    return status;
}

static enum ocs_status put_rows(void *pen, uint64_t z, uint64_t y, uint64_t rows,
                                const float *voxels, struct ocs_error *error)
{
    return ocs_tile_pen_rows(pen, z, y, rows, voxels, error);
}

static enum ocs_status close_pen(void *pen, bool keep, struct ocs_error *error)
{
    return ocs_tile_pen_close(pen, keep, error);
}

struct ocs_sink ocs_tile_sink(struct ocs_tile_target *target)
{
    return (struct ocs_sink){
        .self = target, .open = open_pen, .rows = put_rows, .close = close_pen};
}
