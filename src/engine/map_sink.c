/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map_sink.h"

#include "fail.h"

#include <stdlib.h>

static enum ocs_status open_pen(void *self, void **pen_ret, struct ocs_error *error)
{
    struct ocs_map_pen *const pen = malloc(sizeof *pen);
    if (!pen)
        return ocs_fail(error, OCS_LIMIT, "writing", NULL, "no memory");
    ocs_map_pen_start(pen, self);
    *pen_ret = pen;
    return OCS_OK;
}

static enum ocs_status put_rows(void *pen, uint64_t z, uint64_t y, uint64_t rows,
                                const float *voxels, struct ocs_error *error)
{
    return ocs_map_pen_rows(pen, z, y, rows, voxels, error);
}

static enum ocs_status close_pen(void *pen, bool keep, struct ocs_error *error)
{
    (void)error;
    ocs_map_pen_end(pen, keep);
    free(pen);
    return OCS_OK;
}

struct ocs_sink ocs_map_sink(struct ocs_map_file *file)
{
    return (struct ocs_sink){.self = file, .open = open_pen, .rows = put_rows, .close = close_pen};
}
