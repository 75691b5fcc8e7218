/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_tiles.h"

#include "gather.h"
#include "keeper.h"

enum { SAMPLE_LINES = 6 };

static enum ocs_status gather_values(struct ocs_run_state *run,
                                     const struct ocs_tile_search *search, const uint32_t *tiles,
                                     unsigned count, float *values, struct ocs_error *error)
{
    struct ocs_gather gather = {
        .context = &run->context,
        .source = run->scale_data,
        .grid = search->grid,
        .tiles = tiles,
        .tile_count = count,
    };
    enum ocs_status status = ocs_gather_begin(&gather, error);
    if (status == OCS_OK) {
        const struct ocs_pass pass = ocs_gather_pass(&gather);
        status = ocs_run_pass(run, &pass, NULL, error);
    }
    if (status == OCS_OK)
        ocs_gather_values(&gather, values);
    ocs_gather_end(&gather);
    return status;
}

/* Of what was gathered only the values are kept. */
static enum ocs_status recall_or_gather(struct ocs_run_state *run,
                                        const struct ocs_tile_search *search, const uint32_t *tiles,
                                        unsigned count, float *values, struct ocs_error *error)
{
    struct ocs_found found = {0};
    ocs_found_add(&found, values, count * sizeof *values);
    uint64_t units;
    enum ocs_status status = ocs_keeper_recall(run, "tiles", &found, &units, error);
    if (status != OCS_OK || units == OCS_ALL_UNITS)
        return status;
    status = ocs_keeper_begin(run, &found, 0, error);
    if (status == OCS_OK)
        status = gather_values(run, search, tiles, count, values, error);
    const struct ocs_done done = {.units = OCS_ALL_UNITS, .planes = 1, .planes_done = 1};
    return status == OCS_OK ? ocs_keeper_record(run, "tiles", &found, &done, error) : status;
}

/* The values of some tiles, a few at a time as the memory allows. */
static enum ocs_status tile_values(struct ocs_run_state *run, const struct ocs_tile_search *search,
                                   const uint32_t *tiles, unsigned count, float *values,
                                   struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned first = 0; first < count && status == OCS_OK; first += search->at_once) {
        const unsigned some = (unsigned)ocs_min_u64(search->at_once, count - first);
        status = recall_or_gather(run, search, tiles + first, some, values + first, error);
    }
    return status;
}

/* Where tiles cost whole planes, or the map is still on its way, the sample is taken from the one
 * row of tiles in the middle. */
enum ocs_status ocs_tile_search_sample(struct ocs_run_state *run, struct ocs_tile_search *search,
                                       struct ocs_error *error)
{
    const bool far = !run->scale_data->synth && ocs_volume_is_far(run->scale_data->volume);
    const bool one_row = far || run->scale_data->synth || run->scale_data->volume->stocked;
    uint32_t tiles[OCS_TILES_MAX];
    float values[OCS_TILES_MAX];
    const unsigned count = ocs_tile_sample(
        search->grid, one_row ? (int)(search->grid->z.count / 2) : -1, SAMPLE_LINES, tiles);
    const enum ocs_status status = tile_values(run, search, tiles, count, values, error);
    if (status != OCS_OK)
        return status;
    search->thresholds = ocs_tile_thresholds_of(values, count, far);
    return OCS_OK;
}

/* The extreme of the survivors' values; ties go to the first, and a survivor always lies beyond the
 * threshold. */
static void pick_extremes(struct ocs_tile_search *search, const uint32_t *tiles,
                          const float *values, unsigned count)
{
    search->high = (struct ocs_tile_value){ocs_tile_first_at_high(search->grid, search->counts),
                                           search->thresholds.high};
    search->low = (struct ocs_tile_value){ocs_tile_first_at_low(search->grid, search->counts),
                                          search->thresholds.low};
    for (unsigned i = 0; i < count; ++i) {
        if (values[i] > search->high.value)
            search->high = (struct ocs_tile_value){tiles[i], values[i]};
        if (values[i] < search->low.value)
            search->low = (struct ocs_tile_value){tiles[i], values[i]};
    }
}

enum ocs_status ocs_tile_search_settle(struct ocs_run_state *run, struct ocs_tile_search *search,
                                       struct ocs_error *error)
{
    uint32_t tiles[OCS_TILES_MAX];
    float values[OCS_TILES_MAX];
    const unsigned count = ocs_tile_survivors(search->grid, search->counts, tiles);
    const enum ocs_status status = tile_values(run, search, tiles, count, values, error);
    if (status == OCS_OK)
        pick_extremes(search, tiles, values, count);
    return status;
}

/* ---- the run's own grid ---- */

static struct ocs_tile_search own_search(const struct ocs_run_state *run)
{
    return (struct ocs_tile_search){
        .grid = &run->plan->settings.grid,
        .at_once = run->plan->cut.gather_tiles,
        .thresholds = run->thresholds,
        .counts = run->tile_counts,
    };
}

enum ocs_status ocs_run_sample_tiles(struct ocs_run_state *run, struct ocs_error *error)
{
    struct ocs_tile_search search = own_search(run);
    const enum ocs_status status = ocs_tile_search_sample(run, &search, error);
    run->thresholds = search.thresholds;
    return status;
}

/* First voxel of a tile, and its centre in angstrom along x, y, z from voxel (0,0,0). */
static void report_tile(const struct ocs_run_state *run, uint32_t tile, uint64_t at[3],
                        double at_ang[3])
{
    const struct ocs_tile_grid *const grid = &run->plan->settings.grid;
    const struct ocs_mrc *const mrc = ocs_map_mrc(run->plan->inputs.map);
    const struct ocs_tile_axis *const axes[3] = {&grid->z, &grid->y, &grid->x};
    const struct ocs_voxel_size size = run->plan->settings.voxel;
    const double voxel[3] = {size.z, size.y, size.x};
    uint64_t index = tile;
    for (int axis = 2; axis >= 0; --axis) {
        at[axis] = ocs_tile_first(axes[axis], index % OCS_TILES_PER_AXIS);
        at_ang[mrc->axis_of[axis]] =
            ((double)at[axis] + ((double)axes[axis]->side - 1) / 2) * voxel[axis];
        index /= OCS_TILES_PER_AXIS;
    }
}

enum ocs_status ocs_run_settle_tiles(struct ocs_run_state *run, struct ocs_error *error)
{
    struct ocs_tile_search search = own_search(run);
    const enum ocs_status status = ocs_tile_search_settle(run, &search, error);
    if (status != OCS_OK)
        return status;
    struct ocs_report_tiles *const report = &run->report->tiles;
    run->full_scale = (double)search.high.value;
    report->low = (double)search.low.value;
    report_tile(run, search.high.tile, report->full_at, report->full_at_ang);
    report_tile(run, search.low.tile, report->low_at, report->low_at_ang);
    return OCS_OK;
}
