/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scratch_sink.h"

#include "scratch.h"

/* Writing is positioned and needs nothing of its own, so the volume itself is every worker's pen.
 */
static enum ocs_status open_pen(void *self, void **pen_ret, struct ocs_error *error)
{
    (void)error;
    *pen_ret = self;
    return OCS_OK;
}

static enum ocs_status put_rows(void *pen, uint64_t z, uint64_t y, uint64_t rows,
                                const float *voxels, struct ocs_error *error)
{
    const struct ocs_volume *const volume = pen;
    const uint64_t row_bytes = volume->box.x * sizeof(float);
    return ocs_scratch_write(volume->scratch,
                             volume->scratch_offset + (z * volume->box.y + y) * row_bytes, voxels,
                             rows * row_bytes, error);
}

static enum ocs_status close_pen(void *pen, bool keep, struct ocs_error *error)
{
    (void)pen, (void)keep, (void)error;
    return OCS_OK;
}

struct ocs_sink ocs_scratch_sink(struct ocs_volume *volume)
{
    return (struct ocs_sink){
        .self = volume, .open = open_pen, .rows = put_rows, .close = close_pen};
}
