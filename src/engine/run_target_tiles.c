/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_targets_internal.h"
#include "run_tiles.h"

#include "cut_targets.h"
#include "target_tiles.h"

static enum ocs_status count_tiles(struct ocs_run_state *run, const struct ocs_tile_search *search,
                                   struct ocs_tile_counts *counts, struct ocs_error *error)
{
    struct ocs_target_tiles tiles = {
        .kernels = run->context.kernels,
        .grid = search->grid,
        .thresholds = search->thresholds,
        .counts = counts,
    };
    struct ocs_sweep sweep = ocs_target_sweep(run, run->scale_data, NULL);
    ocs_target_tiles_begin(&tiles, &sweep);
    struct ocs_found found = {0};
    ocs_found_add(&found, counts, sizeof *counts);
    return ocs_run_target_sweep(run, &sweep, &found, error);
}

static enum ocs_status search_tiles(struct ocs_run_state *run, const struct ocs_tile_grid *grid,
                                    double *full_ret, struct ocs_error *error)
{
    struct ocs_tile_counts *const counts = ocs_budget_alloc(run->budget, sizeof *counts, error);
    if (!counts)
        return error->status;
    struct ocs_tile_search search = {
        .grid = grid, .at_once = OCS_TARGET_TILES_AT_ONCE, .counts = counts};
    enum ocs_status status = ocs_tile_search_sample(run, &search, error);
    if (status == OCS_OK)
        status = count_tiles(run, &search, counts, error);
    if (status == OCS_OK)
        status = ocs_tile_search_settle(run, &search, error);
    ocs_budget_free(run->budget, counts);
    *full_ret = (double)search.high.value;
    return status;
}

enum ocs_status ocs_target_reference_full_scale(struct ocs_run_state *run, uint64_t voxels,
                                                double *tau_ret, double *full_ret,
                                                struct ocs_error *error)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    *tau_ret = ocs_ball_tau(voxels, settings->rules.rounded_tau);
    struct ocs_tile_grid grid;
    const enum ocs_status status = ocs_tile_grid_make(
        run->scale_data->volume->box, OCS_TARGET_TILE_SIDE, settings->region.ball,
        settings->rules.shifted_tile_ball, *tau_ret, &grid, error);
    return status == OCS_OK ? search_tiles(run, &grid, full_ret, error) : status;
}
