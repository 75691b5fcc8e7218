/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spooling.h"

uint64_t ocs_spooling_need(const struct ocs_spool_shape *shape)
{
    return ocs_spool_pen_need(shape);
}

static enum ocs_status open_worker(void *self, void **worker_ret, struct ocs_error *error)
{
    const struct ocs_spooling *const spooling = self;
    struct ocs_spool_pen *pen;
    const enum ocs_status status =
        ocs_spool_pen_open(spooling->context->budget, spooling->spool, &pen, error);
    if (status == OCS_OK)
        *worker_ret = pen;
    return status;
}

static enum ocs_status do_unit(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    (void)unit;
    const struct ocs_spooling *const spooling = self;
    struct ocs_beat *const beat = spooling->context->beat;
    const unsigned char *plain;
    uint64_t group;
    enum ocs_status status = ocs_spool_filler_take(spooling->filler, beat, &plain, &group, error);
    if (status != OCS_OK || !plain)
        return status;
    status = ocs_spool_put(worker, group, plain, error);
    ocs_spool_filler_give(spooling->filler, plain);
    const uint64_t rows = ocs_spool_group(ocs_spool_shape(spooling->spool), group).rows;
    return status == OCS_OK ? ocs_beat(beat, rows * spooling->row_voxels, error) : status;
}

static void close_worker(void *self, void *worker)
{
    (void)self;
    ocs_spool_pen_close(worker);
}

struct ocs_pass ocs_spooling_pass(struct ocs_spooling *spooling)
{
    const struct ocs_spool_shape *const shape = ocs_spool_shape(spooling->spool);
    return (struct ocs_pass){
        .name = "spool",
        .self = spooling,
        .units = ocs_spool_groups(shape) + 1,
        .voxels = shape->planes * shape->plane_rows * spooling->row_voxels,
        .open = open_worker,
        .unit = do_unit,
        .close = close_worker,
    };
}
