/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chunk_spooling.h"

uint64_t ocs_chunk_spooling_need(const struct ocs_zarr_strips *strips)
{
    return ocs_zarr_spooler_need(strips);
}

static enum ocs_status open_worker(void *self, void **worker_ret, struct ocs_error *error)
{
    const struct ocs_chunk_spooling *const spooling = self;
    struct ocs_zarr_spooler *spooler;
    const enum ocs_status status = ocs_zarr_spooler_open(
        spooling->context->budget, &spooling->strips, spooling->spool, &spooler, error);
    if (status == OCS_OK)
        *worker_ret = spooler;
    return status;
}

static enum ocs_status do_unit(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    const struct ocs_chunk_spooling *const spooling = self;
    uint64_t voxels;
    const enum ocs_status status = ocs_zarr_spooler_run(worker, unit, &voxels, error);
    return status == OCS_OK ? ocs_beat(spooling->context->beat, voxels, error) : status;
}

static void close_worker(void *self, void *worker)
{
    (void)self;
    ocs_zarr_spooler_close(worker);
}

struct ocs_pass ocs_chunk_spooling_pass(struct ocs_chunk_spooling *spooling)
{
    const struct ocs_spool_shape *const shape = ocs_spool_shape(spooling->spool);
    return (struct ocs_pass){
        .name = "spool",
        .self = spooling,
        .units = ocs_zarr_strips_count(&spooling->strips),
        .voxels = shape->planes * shape->plane_rows * spooling->row_voxels,
        .open = open_worker,
        .unit = do_unit,
        .close = close_worker,
    };
}
