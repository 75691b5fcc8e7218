/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map_pipe_sink.h"

static enum ocs_status open_pen(void *self, void **pen_ret, struct ocs_error *error)
{
    struct ocs_map_pipe_pen *pen;
    const enum ocs_status status = ocs_map_pipe_pen_open(self, &pen, error);
    if (status == OCS_OK)
        *pen_ret = pen;
    return status;
}

static enum ocs_status put_rows(void *pen, uint64_t z, uint64_t y, uint64_t rows,
                                const float *voxels, struct ocs_error *error)
{
    return ocs_map_pipe_rows(pen, z, y, rows, voxels, error);
}

static enum ocs_status close_pen(void *pen, bool keep, struct ocs_error *error)
{
    (void)keep, (void)error;
    ocs_map_pipe_pen_close(pen);
    return OCS_OK;
}

struct ocs_sink ocs_map_pipe_sink(struct ocs_map_pipe *pipe)
{
    return (struct ocs_sink){.self = pipe, .open = open_pen, .rows = put_rows, .close = close_pen};
}
