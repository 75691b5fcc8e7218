/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what a conversion wrote, as any other map, and comparing. */
#include "convert_plan.h"

#include "checksum.h"
#include "cut_spool.h"
#include "fail.h"
#include "frames.h"
#include "row_desk.h"
#include "zarr_input.h"

/* ---- what can be read at any place ---- */

struct rows {
    struct ocs_run_state *run;
    struct ocs_volume volume;
    struct ocs_slabs slabs;
    _Atomic uint64_t sum;
};

struct row_worker {
    struct ocs_row_desk *desk;
    float *voxels; /* a batch of rows */
};

static void close_rows(void *self, void *worker)
{
    struct rows *const rows = self;
    struct row_worker *const state = worker;
    ocs_row_desk_close(state->desk);
    ocs_budget_free(rows->run->budget, state->voxels);
    ocs_budget_free(rows->run->budget, state);
}

static enum ocs_status open_rows(void *self, void **worker_ret, struct ocs_error *error)
{
    struct rows *const rows = self;
    struct ocs_budget *const budget = rows->run->budget;
    struct row_worker *const worker = ocs_budget_alloc(budget, sizeof *worker, error);
    if (!worker)
        return error->status;
    worker->voxels =
        ocs_budget_array(budget, OCS_ROW_BATCH * rows->volume.box.x, sizeof(float), error);
    const enum ocs_status status =
        worker->voxels ? ocs_row_desk_open(budget, &rows->volume, rows->run->plan->simd,
                                           OCS_ROW_BATCH, &worker->desk, error)
                       : error->status;
    if (status != OCS_OK) {
        close_rows(self, worker);
        return status;
    }
    *worker_ret = worker;
    return OCS_OK;
}

static enum ocs_status sum_batch(const struct rows *rows, const struct row_worker *worker,
                                 uint64_t z, uint64_t y, uint64_t count, uint64_t *sum,
                                 struct ocs_error *error)
{
    const struct ocs_box box = rows->volume.box;
    const enum ocs_status status =
        ocs_row_desk_read(worker->desk, z, y, count, worker->voxels, error);
    for (uint64_t row = 0; row < count && status == OCS_OK; ++row)
        *sum += ocs_checksum_row(box, z, y + row, 0, worker->voxels + row * box.x, box.x);
    return status;
}

static enum ocs_status sum_part(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    struct rows *const rows = self;
    const struct ocs_part part = ocs_slab_part(&rows->slabs, unit);
    uint64_t sum = 0;
    enum ocs_status status = OCS_OK;
    for (uint64_t z = part.z0; z < part.z1 && status == OCS_OK; ++z) {
        for (uint64_t y = part.y0; y < part.y1 && status == OCS_OK; y += OCS_ROW_BATCH)
            status =
                sum_batch(rows, worker, z, y, ocs_min_u64(OCS_ROW_BATCH, part.y1 - y), &sum, error);
        if (status == OCS_OK)
            status =
                ocs_beat(rows->run->context.beat, (part.y1 - part.y0) * rows->volume.box.x, error);
    }
    atomic_fetch_add(&rows->sum, sum);
    return status;
}

static enum ocs_status sum_rows(struct ocs_run_state *run, const struct ocs_map *map,
                                uint64_t *sum_ret, struct ocs_error *error)
{
    struct rows rows = {.run = run,
                        .volume = {.box = ocs_map_mrc(map)->box, .map = map},
                        .slabs = ocs_run_output_slabs(run)};
    const struct ocs_pass pass = {
        .name = "verify",
        .self = &rows,
        .units = ocs_slab_count(&rows.slabs),
        .voxels = ocs_box_voxels(rows.volume.box),
        .open = open_rows,
        .unit = sum_part,
        .close = close_rows,
    };
    const enum ocs_status status = ocs_run_pass(run, &pass, NULL, error);
    *sum_ret = rows.sum;
    return status;
}

/* ---- a store ---- */

struct strips {
    struct ocs_run_state *run;
    struct ocs_zarr_strips strips;
    const struct ocs_mrc *mrc;
    _Atomic uint64_t sum;
};

static enum ocs_status open_checker(void *self, void **worker_ret, struct ocs_error *error)
{
    struct strips *const strips = self;
    struct ocs_strip_checker *checker;
    const enum ocs_status status =
        ocs_strip_checker_open(strips->run->budget, &strips->strips, strips->mrc,
                               strips->run->plan->simd, &checker, error);
    if (status == OCS_OK)
        *worker_ret = checker;
    return status;
}

static enum ocs_status check_strip(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    struct strips *const strips = self;
    uint64_t voxels, sum = 0;
    const enum ocs_status status = ocs_strip_checker_run(worker, unit, &sum, &voxels, error);
    if (status != OCS_OK)
        return status;
    atomic_fetch_add(&strips->sum, sum);
    return ocs_beat(strips->run->context.beat, voxels, error);
}

static void close_checker(void *self, void *worker)
{
    (void)self;
    ocs_strip_checker_close(worker);
}

static enum ocs_status sum_strips(struct ocs_run_state *run, const struct ocs_map *map,
                                  uint64_t *sum_ret, struct ocs_error *error)
{
    struct strips strips = {
        .run = run, .strips = ocs_cut_strips(map, &run->plan->cut), .mrc = ocs_map_mrc(map)};
    const struct ocs_pass pass = {
        .name = "verify",
        .self = &strips,
        .units = ocs_zarr_strips_count(&strips.strips),
        .voxels = ocs_box_voxels(strips.mrc->box),
        .open = open_checker,
        .unit = check_strip,
        .close = close_checker,
    };
    const enum ocs_status status = ocs_run_pass(run, &pass, NULL, error);
    *sum_ret = strips.sum;
    return status;
}

/* ---- both ---- */

enum ocs_status ocs_convert_verify(struct ocs_run_state *run, const struct ocs_convert_plan *plan,
                                   uint64_t sum, struct ocs_error *error)
{
    const char *const path = plan->base.results.map_path[0];
    const struct ocs_map_spec spec = {
        .path = path,
        .io = OCS_IO_READ,
        .volume = 1,
        .max_voxels = UINT64_MAX,
        .max_expansion = UINT64_MAX,
        .level = OCS_LEVEL_AUTO,
        .loop = run->loop,
        .budget = run->budget,
    };
    struct ocs_map *map;
    enum ocs_status status = ocs_map_open(&spec, &map, error);
    if (status != OCS_OK)
        return status;
    uint64_t found = 0;
    const bool fits = ocs_box_same(ocs_map_mrc(map)->box, plan->base.settings.native_box);
    if (fits)
        status = ocs_map_zarr(map) ? sum_strips(run, map, &found, error)
                                   : sum_rows(run, map, &found, error);
    ocs_map_close(map);
    if (status != OCS_OK || (fits && found == sum))
        return status;
    ocs_fail(error, OCS_IO, "verifying", path, "what was read back is not what was written");
    ocs_advise(error, "check the disk and the memory");
    return OCS_IO;
}

/* As the store will be read. */
static uint64_t strips_need(const struct ocs_convert_plan *plan)
{
    const struct ocs_tiled *const tiled = &plan->base.settings.tiled;
    const struct ocs_zarr_input like = {
        .array = ocs_zarr_map_array(tiled->zarr_version, plan->base.settings.native_box,
                                    tiled->chunk, &tiled->voxels, &tiled->codec)};
    const struct ocs_zarr_strips strips = ocs_cut_strips_of(&like, &plan->base.cut);
    return ocs_strip_checker_need(&strips);
}

static uint64_t rows_need(const struct ocs_convert_plan *plan)
{
    const struct ocs_settings *const settings = &plan->base.settings;
    const uint64_t batch = OCS_ROW_BATCH * settings->native_box.x * sizeof(float);
    /* the desk, and the rows as they stand in the file, which are no longer than floats */
    uint64_t need = 2 * ocs_budget_cost(batch) + 2 * ocs_budget_cost(sizeof(struct row_worker));
    if (settings->tiled.format == OCS_FORMAT_MRC_ZST) {
        const struct ocs_tiling tiling =
            ocs_tiling_of_frames(settings->native_box, &settings->tiled.voxels);
        need += ocs_frame_desk_need_of(ocs_tiling_tile_bytes(&tiling));
    }
    return need;
}

uint64_t ocs_convert_verify_need(const struct ocs_convert_plan *plan)
{
    const unsigned threads = plan->base.cut.threads;
    if (!plan->verify)
        return 0;
    return threads * (plan->base.settings.tiled.format == OCS_FORMAT_ZARR ? strips_need(plan)
                                                                          : rows_need(plan));
}
