/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "restore.h"

#include "interpolate.h"

/* Two planes of a working map: those around the native plane that is being made. */
struct pair {
    struct ocs_reader *reader; /* goes through the slab's working planes in order            */
    uint64_t next;             /* working plane it gives next                               */
    float *plane[2];           /* even and odd working planes                               */
    float *rows;               /* a batch of native rows                                    */
};

struct worker {
    struct ocs_reader *map;
    float *map_rows;
    float *row; /* one working row, between its four neighbours                             */
    struct ocs_between *across; /* for every native column                                  */
    struct pair pair[OCS_WORKING_MAPS];
    struct ocs_product_desk *desk;
};

static struct ocs_box working_box(const struct ocs_restore *restore)
{
    return restore->working[OCS_WORKING_SCALE]->box;
}

uint64_t ocs_restore_need(const struct ocs_reading *reading, const struct ocs_volume *map,
                          struct ocs_box working, unsigned working_maps)
{
    const struct ocs_volume volume = {.box = working};
    const uint64_t batch = ocs_budget_cost(OCS_ROW_BATCH * map->box.x * sizeof(float));
    const uint64_t pair = 2 * ocs_budget_cost(working.y * working.x * sizeof(float)) + batch +
                          ocs_reader_need(reading, &volume);
    return ocs_budget_cost(sizeof(struct worker)) + batch + ocs_reader_need(reading, map) +
           ocs_budget_cost(working.x * sizeof(float)) +
           ocs_budget_cost(map->box.x * sizeof(struct ocs_between)) + working_maps * pair +
           ocs_products_need(map->box);
}

static void close_worker(void *self, void *worker)
{
    struct ocs_restore *const restore = self;
    struct ocs_budget *const budget = restore->context->budget;
    struct worker *const state = worker;
    ocs_products_close(restore->products, state->desk);
    ocs_reader_close(state->map);
    ocs_budget_free(budget, state->map_rows);
    ocs_budget_free(budget, state->row);
    ocs_budget_free(budget, state->across);
    for (int map = 0; map < OCS_WORKING_MAPS; ++map) {
        struct pair *const pair = &state->pair[map];
        ocs_reader_close(pair->reader);
        ocs_budget_free(budget, pair->plane[0]);
        ocs_budget_free(budget, pair->plane[1]);
        ocs_budget_free(budget, pair->rows);
    }
    ocs_budget_free(budget, state);
}

static bool open_pair(const struct ocs_restore *restore, struct pair *pair, struct ocs_error *error)
{
    struct ocs_budget *const budget = restore->context->budget;
    const struct ocs_box working = working_box(restore);
    const uint64_t plane = working.y * working.x, batch = OCS_ROW_BATCH * restore->map->box.x;
    return (pair->plane[0] = ocs_budget_array(budget, plane, sizeof(float), error)) &&
           (pair->plane[1] = ocs_budget_array(budget, plane, sizeof(float), error)) &&
           (pair->rows = ocs_budget_array(budget, batch, sizeof(float), error));
}

static bool open_buffers(const struct ocs_restore *restore, struct worker *worker,
                         struct ocs_error *error)
{
    struct ocs_budget *const budget = restore->context->budget;
    const uint64_t nx = restore->map->box.x, working_nx = working_box(restore).x;
    if (!(worker->map_rows = ocs_budget_array(budget, OCS_ROW_BATCH * nx, sizeof(float), error)) ||
        !(worker->row = ocs_budget_array(budget, working_nx, sizeof(float), error)) ||
        !(worker->across = ocs_budget_array(budget, nx, sizeof *worker->across, error)))
        return false;
    for (uint64_t x = 0; x < nx; ++x)
        worker->across[x] = ocs_between_at(x, nx, working_nx);
    for (int map = 0; map < OCS_WORKING_MAPS; ++map)
        if (restore->working[map] && !open_pair(restore, &worker->pair[map], error))
            return false;
    return ocs_products_open(restore->products, &worker->desk, error) == OCS_OK;
}

static enum ocs_status open_worker(void *self, void **worker_ret, struct ocs_error *error)
{
    struct ocs_restore *const restore = self;
    struct worker *const worker = ocs_budget_alloc(restore->context->budget, sizeof *worker, error);
    if (!worker)
        return error->status;
    if (!open_buffers(restore, worker, error)) {
        close_worker(self, worker);
        return error->status;
    }
    *worker_ret = worker;
    return OCS_OK;
}

/* Brings both working planes of `along` into the pair. */
static enum ocs_status advance(const struct ocs_restore *restore, struct pair *pair,
                               const struct ocs_between *along, struct ocs_error *error)
{
    const struct ocs_box working = working_box(restore);
    enum ocs_status status = OCS_OK;
    while (pair->next <= along->second && status == OCS_OK) {
        status = ocs_reader_rows(pair->reader, working.y, pair->plane[pair->next % 2], error);
        ++pair->next;
    }
    return status;
}

/* One native row of one working map: between planes and rows first, then along the row. */
static void make_row(const struct ocs_restore *restore, struct worker *worker,
                     const struct pair *pair, const struct ocs_between *along, uint64_t y,
                     float *to)
{
    const struct ocs_box working = working_box(restore), native = restore->map->box;
    const struct ocs_between down = ocs_between_at(y, native.y, working.y);
    const float *const first = pair->plane[along->first % 2];
    const float *const second = pair->plane[along->second % 2];
    for (uint64_t x = 0; x < working.x; ++x) {
        const uint64_t up = down.first * working.x + x, low = down.second * working.x + x;
        worker->row[x] =
            ocs_between(ocs_between(first[up], second[up], along->weight),
                        ocs_between(first[low], second[low], along->weight), down.weight);
    }
    for (uint64_t x = 0; x < native.x; ++x) {
        const struct ocs_between *const across = &worker->across[x];
        to[x] =
            ocs_between(worker->row[across->first], worker->row[across->second], across->weight);
    }
}

static const float *make_rows(const struct ocs_restore *restore, struct worker *worker, int map,
                              const struct ocs_between *along, uint64_t y, uint64_t rows)
{
    struct pair *const pair = &worker->pair[map];
    if (!restore->working[map])
        return NULL;
    for (uint64_t row = 0; row < rows; ++row)
        make_row(restore, worker, pair, along, y + row, pair->rows + row * restore->map->box.x);
    return pair->rows;
}

static enum ocs_status do_rows(const struct ocs_restore *restore, struct worker *worker,
                               const struct ocs_between *along, uint64_t z, uint64_t y,
                               uint64_t count, struct ocs_error *error)
{
    if (worker->map) {
        const enum ocs_status status = ocs_reader_rows(worker->map, count, worker->map_rows, error);
        if (status != OCS_OK)
            return status;
    }
    const struct ocs_product_rows rows = {
        .z = z,
        .y = y,
        .rows = count,
        .map = worker->map_rows,
        .scale = make_rows(restore, worker, OCS_WORKING_SCALE, along, y, count),
        .confidence = make_rows(restore, worker, OCS_WORKING_CONFIDENCE, along, y, count),
        .lowpass = make_rows(restore, worker, OCS_WORKING_LOWPASS, along, y, count),
    };
    return ocs_products_rows(worker->desk, &rows, error);
}

static enum ocs_status do_plane(const struct ocs_restore *restore, struct worker *worker,
                                const struct ocs_part *part, uint64_t z, struct ocs_error *error)
{
    const struct ocs_box native = restore->map->box;
    const struct ocs_between along = ocs_between_at(z, native.z, working_box(restore).z);
    enum ocs_status status = OCS_OK;
    for (int map = 0; map < OCS_WORKING_MAPS && status == OCS_OK; ++map)
        if (restore->working[map])
            status = advance(restore, &worker->pair[map], &along, error);
    for (uint64_t y = part->y0; y < part->y1 && status == OCS_OK; y += OCS_ROW_BATCH)
        status =
            do_rows(restore, worker, &along, z, y, ocs_min_u64(OCS_ROW_BATCH, part->y1 - y), error);
    const uint64_t voxels = (part->y1 - part->y0) * native.x;
    return status == OCS_OK ? ocs_beat(restore->context->beat, voxels, error) : status;
}

static enum ocs_status start_slab(const struct ocs_restore *restore, struct worker *worker,
                                  const struct ocs_part *part, struct ocs_error *error)
{
    const struct ocs_box native = restore->map->box, working = working_box(restore);
    const struct ocs_reading *const reading = restore->context->reading;
    const uint64_t first = ocs_between_at(part->z0, native.z, working.z).first;
    const struct ocs_part planes = {first, working.z, 0, working.y};
    enum ocs_status status = OCS_OK;
    if (ocs_products_need_map(restore->products))
        status = ocs_reader_open(reading, restore->map, part, &worker->map, error);
    for (int map = 0; map < OCS_WORKING_MAPS && status == OCS_OK; ++map) {
        if (!restore->working[map])
            continue;
        worker->pair[map].next = first;
        status = ocs_reader_open(reading, restore->working[map], &planes, &worker->pair[map].reader,
                                 error);
    }
    return status == OCS_OK ? ocs_products_start(worker->desk, part, error) : status;
}

static void end_slab(struct worker *worker)
{
    ocs_reader_close(worker->map);
    worker->map = NULL;
    for (int map = 0; map < OCS_WORKING_MAPS; ++map) {
        ocs_reader_close(worker->pair[map].reader);
        worker->pair[map].reader = NULL;
    }
}

static enum ocs_status do_unit(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    struct ocs_restore *const restore = self;
    struct worker *const state = worker;
    const struct ocs_part part = ocs_slab_part(&restore->slabs, unit);
    enum ocs_status status = start_slab(restore, state, &part, error);
    for (uint64_t z = part.z0; z < part.z1 && status == OCS_OK; ++z)
        status = do_plane(restore, state, &part, z, error);
    if (status == OCS_OK && state->map)
        status = ocs_reader_check(state->map, error);
    end_slab(state);
    struct ocs_error later;
    const bool good = status == OCS_OK;
    const enum ocs_status stopped = ocs_products_stop(state->desk, good, good ? error : &later);
    return good ? stopped : status;
}

struct ocs_pass ocs_restore_pass(struct ocs_restore *restore)
{
    const struct ocs_box box = restore->map->box;
    return (struct ocs_pass){
        .name = "restore",
        .self = restore,
        .units = ocs_slab_count(&restore->slabs),
        .voxels = box.z * box.y * box.x,
        .open = open_worker,
        .unit = do_unit,
        .close = close_worker,
    };
}
