/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emit.h"

#include "emit_worker.h"
#include "slabs.h"

/* The part of the box a unit makes, and what it must see for that. */
struct unit {
    struct ocs_part out; /* planes and rows to make                                        */
    struct ocs_part in;  /* with the halo, cut at the box                                  */
};

/* ---- one batch of rows of a complete plane ---- */

/* The scale data of plane z, row y, in the ring. */
static float *ring_row(const struct ocs_emit *emit, const struct ocs_emit_worker *worker,
                       const struct unit *unit, uint64_t z, uint64_t y)
{
    const struct ocs_box box = ocs_emit_box(emit);
    const uint64_t plane_voxels =
        ocs_emit_band_with_halo(box.y, emit->cut.band_rows, emit->model.ball) * box.x;
    return worker->ring + z % worker->ring_planes * plane_voxels + (y - unit->in.y0) * box.x;
}

/* Sum of A where the scale is 1, over 16 lanes so that it does not depend on how it is compiled. */
static void add_full(struct ocs_emit_worker *worker, const float *data, const float *scale,
                     uint64_t n)
{
    enum { LANES = 16 };
    double lane[LANES] = {0};
    uint64_t count = 0;
    for (uint64_t x = 0; x < n; ++x) {
        const bool full = scale[x] == 1.0f;
        lane[x % LANES] += full ? (double)data[x] : 0.0;
        count += full;
    }
    if (count == 0)
        return;
    double sum = 0;
    for (int i = 0; i < LANES; ++i)
        sum += lane[i];
    ocs_exact_sum_add(&worker->full_sum, sum);
    worker->full_voxels += count;
}

/* The rows of L and V beside those of the scale data. */
static enum ocs_status side_rows(const struct ocs_emit *emit, struct ocs_emit_worker *worker,
                                 struct ocs_product_rows *rows, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    if (ocs_emit_reads_filtered(emit)) {
        status =
            ocs_feed_rows(&worker->filtered, rows->z, rows->y, rows->rows, worker->lowpass, error);
        rows->lowpass = worker->lowpass;
    }
    if (status == OCS_OK && ocs_emit_reads_map(emit)) {
        status = ocs_feed_rows(&worker->map, rows->z, rows->y, rows->rows, worker->map_rows, error);
        rows->map = worker->map_rows;
    }
    return status;
}

static enum ocs_status do_rows(const struct ocs_emit *emit, struct ocs_emit_worker *worker,
                               const struct unit *unit, uint64_t z, uint64_t y, uint64_t count,
                               struct ocs_error *error)
{
    const struct ocs_kernels *const kernels = emit->context->kernels;
    const uint64_t nx = ocs_emit_box(emit).x, n = count * nx;
    const float *const data = ring_row(emit, worker, unit, z, y);
    struct ocs_product_rows rows = {
        .z = z,
        .y = y,
        .rows = count,
        .map = data,
        .scale = worker->scale,
        .confidence = worker->confidence,
        .lowpass = data,
    };
    const enum ocs_status status = side_rows(emit, worker, &rows, error);
    if (status != OCS_OK)
        return status;
    const float *const largest =
        ocs_ball_max_plane(worker->ball_max, (int64_t)z) + (y - unit->out.y0) * nx;
    kernels->scale(largest, worker->scale, n, emit->model.full, emit->model.limit);
    kernels->lookup(&emit->model.lookup, rows.lowpass, worker->confidence, n);
    for (uint64_t row = 0; row < count; ++row)
        add_full(worker, data + row * nx, worker->scale + row * nx, nx);
    return ocs_products_rows(worker->desk, &rows, error);
}

static enum ocs_status do_plane(const struct ocs_emit *emit, struct ocs_emit_worker *worker,
                                const struct unit *unit, uint64_t z, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (uint64_t y = unit->out.y0; y < unit->out.y1 && status == OCS_OK; y += OCS_ROW_BATCH)
        status =
            do_rows(emit, worker, unit, z, y, ocs_min_u64(OCS_ROW_BATCH, unit->out.y1 - y), error);
    if (status != OCS_OK)
        return status;
    return ocs_beat(emit->context->beat, (unit->out.y1 - unit->out.y0) * ocs_emit_box(emit).x,
                    error);
}

/* ---- a unit ---- */

static uint64_t bands(const struct ocs_emit *emit)
{
    return ocs_div_up_u64(ocs_emit_box(emit).y, emit->cut.band_rows);
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* Bands of one slab are neighbours in the order of units, so that readers stay close together in
 * the file. */
static struct unit unit_of(const struct ocs_emit *emit, uint64_t index)
{
    const struct ocs_box box = ocs_emit_box(emit);
    const uint64_t z0 = index / bands(emit) * emit->cut.slab_planes;
    const uint64_t y0 = index % bands(emit) * emit->cut.band_rows;
    const uint64_t reach_z = emit->model.ball->reach_z, reach_y = emit->model.ball->reach_y;
    struct unit unit = {.out = {z0, ocs_min_u64(z0 + emit->cut.slab_planes, box.z), y0,
                                ocs_min_u64(y0 + emit->cut.band_rows, box.y)}};
    unit.in =
        (struct ocs_part){less(unit.out.z0, reach_z), ocs_min_u64(unit.out.z1 + reach_z, box.z),
                          less(unit.out.y0, reach_y), ocs_min_u64(unit.out.y1 + reach_y, box.y)};
    return unit;
}

static enum ocs_status start_unit(const struct ocs_emit *emit, struct ocs_emit_worker *worker,
                                  const struct unit *unit, struct ocs_error *error)
{
    ocs_ball_max_start(worker->ball_max, (int64_t)unit->out.z0, (int64_t)unit->out.z1,
                       unit->out.y0 - unit->in.y0, unit->out.y1 - unit->out.y0,
                       unit->in.y1 - unit->out.y1);
    enum ocs_status status = ocs_feed_start(&worker->scale_data, &unit->in, error);
    if (status == OCS_OK && ocs_emit_reads_filtered(emit))
        status = ocs_feed_start(&worker->filtered, &unit->out, error);
    if (status == OCS_OK && ocs_emit_reads_map(emit))
        status = ocs_feed_start(&worker->map, &unit->out, error);
    return status == OCS_OK ? ocs_products_start(worker->desk, &unit->out, error) : status;
}

/* Planes [z, end), a group at most. */
static enum ocs_status push_planes(const struct ocs_emit *emit, struct ocs_emit_worker *worker,
                                   const struct unit *unit, uint64_t z, uint64_t end,
                                   struct ocs_error *error)
{
    const float *planes[OCS_BALL_GROUP_MAX];
    unsigned count = 0;
    for (; z < end; ++z) {
        float *const plane = ring_row(emit, worker, unit, z, unit->in.y0);
        const enum ocs_status status = ocs_feed_rows(&worker->scale_data, z, unit->in.y0,
                                                     unit->in.y1 - unit->in.y0, plane, error);
        if (status != OCS_OK)
            return status;
        planes[count++] = plane;
    }
    ocs_ball_max_push(worker->ball_max, planes, count);
    return OCS_OK;
}

/* Every plane of `in` goes in, a group at a time; every plane of `out` comes out as soon as all it
 * can see is in. */
static enum ocs_status run_planes(const struct ocs_emit *emit, struct ocs_emit_worker *worker,
                                  const struct unit *unit, struct ocs_error *error)
{
    const uint64_t reach = emit->model.ball->reach_z;
    uint64_t next = unit->out.z0;
    for (uint64_t z = unit->in.z0; z < unit->in.z1;) {
        const uint64_t end = ocs_min_u64(z + worker->group, unit->in.z1);
        enum ocs_status status = push_planes(emit, worker, unit, z, end, error);
        while (status == OCS_OK && next < unit->out.z1 &&
               (next + reach < end || end == unit->in.z1))
            status = do_plane(emit, worker, unit, next++, error);
        if (status != OCS_OK)
            return status;
        z = end;
    }
    return OCS_OK;
}

static enum ocs_status finish_feeds(const struct ocs_emit *emit, struct ocs_emit_worker *worker,
                                    struct ocs_error *error)
{
    enum ocs_status status = ocs_feed_finish(&worker->scale_data, error);
    if (status == OCS_OK && ocs_emit_reads_filtered(emit))
        status = ocs_feed_finish(&worker->filtered, error);
    if (status == OCS_OK && ocs_emit_reads_map(emit))
        status = ocs_feed_finish(&worker->map, error);
    return status;
}

static enum ocs_status do_unit(void *self, void *worker, uint64_t index, struct ocs_error *error)
{
    struct ocs_emit *const emit = self;
    struct ocs_emit_worker *const state = worker;
    const struct unit unit = unit_of(emit, index);
    enum ocs_status status = start_unit(emit, state, &unit, error);
    if (status == OCS_OK)
        status = run_planes(emit, state, &unit, error);
    if (status == OCS_OK)
        status = finish_feeds(emit, state, error);
    struct ocs_error later;
    const bool good = status == OCS_OK;
    const enum ocs_status stopped = ocs_products_stop(state->desk, good, good ? error : &later);
    return good ? stopped : status;
}

struct ocs_pass ocs_emit_pass(struct ocs_emit *emit)
{
    const struct ocs_box box = ocs_emit_box(emit);
    return (struct ocs_pass){
        .name = "emit",
        .self = emit,
        .units = bands(emit) * ocs_div_up_u64(box.z, emit->cut.slab_planes),
        .voxels = box.z * box.y * box.x,
        .planes = box.z,
        .unit_planes = emit->cut.slab_planes,
        .together = bands(emit),
        .open = ocs_emit_worker_open,
        .unit = do_unit,
        .close = ocs_emit_worker_close,
    };
}
