/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gather.h"

#include "checked.h"
#include "row_desk.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 << 10 };

struct position {
    uint64_t z, y, x; /* first voxel                                                      */
};

/* A volume is read here and there when it is near. One behind a network is read by runs of whole
 * planes instead: an answer takes longer to come than to carry what lies between the rows. */
struct worker {
    struct ocs_synth_desk *desk; /* NULL: the volume is read                                */
    struct ocs_row_desk *direct; /* that reads it when it is near                           */
    struct ocs_reader *run;      /* or when it is far                                        */
    float *rows;                 /* whole rows, as many as are brought at once              */
};

static bool is_far(const struct ocs_volume *volume, bool has_synth)
{
    return !has_synth && ocs_volume_is_far(volume);
}

static struct position first_voxel(const struct ocs_tile_grid *grid, uint32_t tile)
{
    const uint64_t k = tile % OCS_TILES_PER_AXIS;
    const uint64_t j = tile / OCS_TILES_PER_AXIS % OCS_TILES_PER_AXIS;
    const uint64_t i = tile / OCS_TILES_PER_AXIS / OCS_TILES_PER_AXIS;
    return (struct position){ocs_tile_first(&grid->z, i), ocs_tile_first(&grid->y, j),
                             ocs_tile_first(&grid->x, k)};
}

uint64_t ocs_gather_need(const struct ocs_tile_grid *grid, unsigned tile_count)
{
    return ocs_budget_cost(tile_count * ocs_tile_voxels(grid) * sizeof(float)) +
           ocs_budget_cost(tile_count * grid->z.side * sizeof(uint64_t));
}

/* Rows brought in at once: small rows are not worth a read each. */
static uint64_t block_rows(const struct ocs_tile_grid *grid, uint64_t nx)
{
    const uint64_t rows = BLOCK_BYTES / (nx * sizeof(float));
    return ocs_max_u64(1, ocs_min_u64(rows, grid->y.side));
}

uint64_t ocs_gather_worker_need(const struct ocs_reading *reading, const struct ocs_tile_grid *grid,
                                const struct ocs_volume *volume,
                                const struct ocs_spectral *spectral)
{
    const bool far = is_far(volume, spectral != NULL);
    const uint64_t rows = far ? OCS_ROW_BATCH : block_rows(grid, volume->box.x);
    return ocs_budget_cost(sizeof(struct worker)) +
           ocs_budget_cost(rows * volume->box.x * sizeof(float)) +
           (spectral ? ocs_synth_need(spectral)
            : far    ? ocs_reader_need(reading, volume)
                     : ocs_row_desk_need(volume, rows));
}

static int compare(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* The planes that any tile touches, each once. */
static void list_planes(struct ocs_gather *gather)
{
    const uint64_t side = gather->grid->z.side;
    uint64_t n = 0;
    for (unsigned tile = 0; tile < gather->tile_count; ++tile)
        for (uint64_t dz = 0; dz < side; ++dz)
            gather->planes[n++] = first_voxel(gather->grid, gather->tiles[tile]).z + dz;
    qsort(gather->planes, n, sizeof *gather->planes, compare);
    for (uint64_t i = 0; i < n; ++i)
        if (gather->plane_count == 0 ||
            gather->planes[gather->plane_count - 1] != gather->planes[i])
            gather->planes[gather->plane_count++] = gather->planes[i];
}

enum ocs_status ocs_gather_begin(struct ocs_gather *gather, struct ocs_error *error)
{
    struct ocs_budget *const budget = gather->context->budget;
    const uint64_t voxels = gather->tile_count * ocs_tile_voxels(gather->grid);
    gather->plane_count = 0;
    gather->voxels = ocs_budget_array(budget, voxels, sizeof(float), error);
    if (gather->voxels)
        gather->planes = ocs_budget_array(budget, gather->tile_count * gather->grid->z.side,
                                          sizeof(uint64_t), error);
    if (!gather->planes)
        return error->status;
    list_planes(gather);
    return OCS_OK;
}

static void close_worker(void *self, void *worker)
{
    struct ocs_gather *const gather = self;
    struct worker *const state = worker;
    ocs_synth_close(state->desk);
    ocs_row_desk_close(state->direct);
    ocs_reader_close(state->run);
    ocs_budget_free(gather->context->budget, state->rows);
    ocs_budget_free(gather->context->budget, state);
}

static enum ocs_status open_rows(const struct ocs_gather *gather, struct worker *worker,
                                 struct ocs_error *error)
{
    struct ocs_budget *const budget = gather->context->budget;
    const struct ocs_volume *const volume = gather->source->volume;
    const bool far = is_far(volume, gather->source->synth != NULL);
    const uint64_t rows = far ? OCS_ROW_BATCH : block_rows(gather->grid, volume->box.x);
    worker->rows = ocs_budget_array(budget, rows * volume->box.x, sizeof(float), error);
    if (!worker->rows)
        return error->status;
    if (gather->source->synth)
        return ocs_synth_open(gather->source->synth, &worker->desk, error);
    if (far)
        return OCS_OK;
    return ocs_row_desk_open(budget, volume, gather->context->reading->simd, rows, &worker->direct,
                             error);
}

static enum ocs_status open_worker(void *self, void **worker_ret, struct ocs_error *error)
{
    struct ocs_gather *const gather = self;
    struct worker *const worker = ocs_budget_alloc(gather->context->budget, sizeof *worker, error);
    if (!worker)
        return error->status;
    const enum ocs_status status = open_rows(gather, worker, error);
    if (status != OCS_OK) {
        close_worker(self, worker);
        return status;
    }
    *worker_ret = worker;
    return OCS_OK;
}

static enum ocs_status bring_rows(struct worker *worker, uint64_t z, uint64_t y, uint64_t rows,
                                  struct ocs_error *error)
{
    if (!worker->desk)
        return ocs_row_desk_read(worker->direct, z, y, rows, worker->rows, error);
    ocs_synth_rows(worker->desk, y, rows, worker->rows);
    return OCS_OK;
}

/* Rows y .. y + rows of plane z, at `from`, into all tiles [first, end), which differ only along x.
 */
static void copy_rows(struct ocs_gather *gather, const float *from, unsigned first, unsigned end,
                      uint64_t z, uint64_t y, uint64_t rows)
{
    const struct ocs_tile_grid *const grid = gather->grid;
    const uint64_t nx = gather->source->volume->box.x, side = grid->x.side;
    for (unsigned tile = first; tile < end; ++tile) {
        const struct position at = first_voxel(grid, gather->tiles[tile]);
        float *const to = gather->voxels + tile * ocs_tile_voxels(grid) +
                          ((z - at.z) * grid->y.side + (y - at.y)) * side;
        for (uint64_t row = 0; row < rows; ++row)
            memcpy(to + row * side, from + row * nx + at.x, side * sizeof *to);
    }
}

static enum ocs_status copy_line(struct ocs_gather *gather, struct worker *worker, unsigned first,
                                 unsigned end, uint64_t z, struct ocs_error *error)
{
    const uint64_t side = gather->grid->y.side;
    const uint64_t block = block_rows(gather->grid, gather->source->volume->box.x);
    const uint64_t y = first_voxel(gather->grid, gather->tiles[first]).y;
    for (uint64_t dy = 0; dy < side; dy += block) {
        const uint64_t rows = ocs_min_u64(block, side - dy);
        const enum ocs_status status = bring_rows(worker, z, y + dy, rows, error);
        if (status != OCS_OK)
            return status;
        copy_rows(gather, worker->rows, first, end, z, y + dy, rows);
    }
    return OCS_OK;
}

/* The tiles from `first` on that differ from it only along x. */
static unsigned end_of_line(const struct ocs_gather *gather, unsigned first)
{
    unsigned end = first + 1;
    while (end < gather->tile_count &&
           gather->tiles[end] / OCS_TILES_PER_AXIS == gather->tiles[first] / OCS_TILES_PER_AXIS)
        ++end;
    return end;
}

static bool is_on_plane(const struct ocs_gather *gather, unsigned tile, uint64_t z)
{
    const uint64_t z0 = first_voxel(gather->grid, gather->tiles[tile]).z;
    return z >= z0 && z < z0 + gather->grid->z.side;
}

static enum ocs_status do_plane(struct ocs_gather *gather, struct worker *worker, uint64_t z,
                                struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    if (worker->desk)
        status = ocs_synth_load(worker->desk, z, error);
    unsigned end;
    for (unsigned first = 0; first < gather->tile_count && status == OCS_OK; first = end) {
        end = end_of_line(gather, first);
        if (is_on_plane(gather, first, z))
            status = copy_line(gather, worker, first, end, z, error);
    }
    return status;
}

/* ---- runs of planes ---- */

/* What the rows y .. y + rows of plane z, just read, are to the tiles. */
static void share_rows(struct ocs_gather *gather, const struct worker *worker, uint64_t z,
                       uint64_t y, uint64_t rows)
{
    const uint64_t nx = gather->source->volume->box.x, side = gather->grid->y.side;
    unsigned end;
    for (unsigned first = 0; first < gather->tile_count; first = end) {
        end = end_of_line(gather, first);
        const uint64_t y0 = first_voxel(gather->grid, gather->tiles[first]).y;
        const uint64_t from = ocs_max_u64(y, y0), to = ocs_min_u64(y + rows, y0 + side);
        if (from < to && is_on_plane(gather, first, z))
            copy_rows(gather, worker->rows + (from - y) * nx, first, end, z, from, to - from);
    }
}

static enum ocs_status read_run(struct ocs_gather *gather, struct worker *worker,
                                const struct ocs_part *part, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (uint64_t z = part->z0; z < part->z1 && status == OCS_OK; ++z)
        for (uint64_t y = 0; y < part->y1 && status == OCS_OK; y += OCS_ROW_BATCH) {
            const uint64_t rows = ocs_min_u64(OCS_ROW_BATCH, part->y1 - y);
            status = ocs_reader_rows(worker->run, rows, worker->rows, error);
            if (status == OCS_OK)
                share_rows(gather, worker, z, y, rows);
        }
    return status == OCS_OK ? ocs_reader_check(worker->run, error) : status;
}

/* The whole run if the plane is the first of one; another unit has it otherwise. */
static enum ocs_status do_run(struct ocs_gather *gather, struct worker *worker, uint64_t plane,
                              struct ocs_error *error)
{
    const uint64_t *const planes = gather->planes;
    if (plane > 0 && planes[plane] == planes[plane - 1] + 1)
        return OCS_OK;
    const struct ocs_volume *const volume = gather->source->volume;
    struct ocs_part part = {planes[plane], planes[plane], 0, volume->box.y};
    while (plane < gather->plane_count && planes[plane] == part.z1) {
        ++part.z1;
        ++plane;
    }
    enum ocs_status status =
        ocs_reader_open(gather->context->reading, volume, &part, &worker->run, error);
    if (status == OCS_OK)
        status = read_run(gather, worker, &part, error);
    ocs_reader_close(worker->run);
    worker->run = NULL;
    return status;
}

static enum ocs_status do_unit(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    struct ocs_gather *const gather = self;
    const struct ocs_feed_source *const source = gather->source;
    const enum ocs_status status = is_far(source->volume, source->synth != NULL)
                                       ? do_run(gather, worker, unit, error)
                                       : do_plane(gather, worker, gather->planes[unit], error);
    return status == OCS_OK ? ocs_beat(gather->context->beat, 1, error) : status;
}

struct ocs_pass ocs_gather_pass(struct ocs_gather *gather)
{
    return (struct ocs_pass){
        .name = "tiles",
        .self = gather,
        .units = gather->plane_count,
        .voxels = gather->plane_count,
        .open = open_worker,
        .unit = do_unit,
        .close = close_worker,
    };
}

void ocs_gather_values(struct ocs_gather *gather, float *values)
{
    const uint64_t voxels = ocs_tile_voxels(gather->grid);
    for (unsigned tile = 0; tile < gather->tile_count; ++tile)
        values[tile] = ocs_select(gather->voxels + tile * voxels, voxels, gather->grid->rank);
}

void ocs_gather_end(struct ocs_gather *gather)
{
    ocs_budget_free(gather->context->budget, gather->voxels);
    ocs_budget_free(gather->context->budget, gather->planes);
    gather->voxels = NULL;
    gather->planes = NULL;
}
