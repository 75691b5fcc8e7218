/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_internal.h"

#include "fail.h"

#include <math.h>
#include <string.h>

/* ---- survey of the working volume ---- */

static struct ocs_survey working_survey(struct ocs_run_state *run, const struct ocs_volume *volume)
{
    const struct ocs_plan *const plan = run->plan;
    const bool tiles = plan->settings.tiles && run->scale_data == &run->raw;
    return (struct ocs_survey){
        .context = &run->context,
        .volume = volume,
        .zero_nonfinite = plan->options.nonfinite == OCS_NONFINITE_ZERO,
        .slabs = ocs_run_slabs(run, volume->box),
        .grid = &plan->settings.grid,
        .thresholds = run->thresholds,
        .counts = tiles ? run->tile_counts : NULL,
    };
}

/* The map is judged when it is first read: here, unless it was cropped before. */
static enum ocs_status survey(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    struct ocs_survey survey =
        working_survey(run, settings->cropped ? &run->working : &run->plan->inputs.raw_volume);
    enum ocs_status status =
        settings->lowpass_active
            ? ocs_run_step_begin(run, &settings->lowpass, &survey, &run->lowpass, error)
            : ocs_run_survey(run, &survey, error);
    if (status == OCS_OK && !settings->cropped)
        status = ocs_run_judge_map(run, &survey, error);
    run->working_tally = settings->cropped ? survey.tally : run->tally;
    run->filtered.synth = run->lowpass.synth;
    return status;
}

/* ---- range and solvent ---- */

static struct ocs_sweep sweep_over_lowpass(const struct ocs_run_state *run)
{
    return (struct ocs_sweep){
        .context = &run->context,
        .filtered = &run->filtered,
        .mask = run->plan->inputs.definition ? &run->definition : NULL,
        .slabs = ocs_run_slabs(run, run->working.box),
    };
}

static enum ocs_status refuse_definition(const struct ocs_run_state *run, bool none_marked,
                                         struct ocs_error *error)
{
    ocs_fail(error, OCS_BAD_INPUT, "reading", run->plan->options.solvent_def,
             "%s voxel of the region is above %g", none_marked ? "no" : "every",
             (double)OCS_DEFINITION_THRESHOLD);
    ocs_advise(error, "a solvent definition must have both solvent and content");
    return OCS_BAD_INPUT;
}

static enum ocs_status choose_solvent(struct ocs_run_state *run, const struct ocs_range *range,
                                      struct ocs_error *error)
{
    if (!run->plan->inputs.definition) {
        run->solvent_min = range->region_min;
        run->solvent_max = range->region_max;
        return OCS_OK;
    }
    if (range->marked.voxels == 0 || range->rest.voxels == 0)
        return refuse_definition(run, range->marked.voxels == 0, error);
    const bool marked = ocs_tally_rms(&range->marked) < ocs_tally_rms(&range->rest);
    const struct ocs_tally *const solvent = marked ? &range->marked : &range->rest;
    run->solvent_side = marked ? OCS_SOLVENT_MARKED : OCS_SOLVENT_REST;
    run->solvent_min = solvent->min;
    run->solvent_max = solvent->max;
    return OCS_OK;
}

static enum ocs_status check_solvent_contrast(const struct ocs_run_state *run,
                                              struct ocs_error *error)
{
    if (run->solvent_min < run->solvent_max)
        return OCS_OK;
    ocs_fail(error, OCS_BAD_INPUT, "filtering", run->plan->options.map,
             "the solvent region has no contrast at %g angstrom", run->plan->settings.lowpass_ang);
    ocs_advise(error, "give a finer --lowpass, another --region or a --solvent-def");
    return OCS_BAD_INPUT;
}

/* Without this pass the survey already knows all of it. */
static enum ocs_status range(struct ocs_run_state *run, struct ocs_error *error)
{
    run->filtered_min = run->solvent_min = run->working_tally.min;
    run->filtered_max = run->solvent_max = run->working_tally.max;
    if (!ocs_plan_has_range_pass(run->plan))
        return check_solvent_contrast(run, error);
    struct ocs_range range = {.kernels = run->context.kernels,
                              .region = run->plan->settings.region};
    struct ocs_sweep sweep = sweep_over_lowpass(run);
    ocs_range_begin(&range, &sweep);
    struct ocs_found found = {0};
    float *const extremes[] = {&range.min, &range.max, &range.region_min, &range.region_max};
    for (int i = 0; i < 4; ++i)
        ocs_found_add(&found, extremes[i], sizeof *extremes[i]);
    ocs_found_add(&found, &range.marked, sizeof range.marked);
    ocs_found_add(&found, &range.rest, sizeof range.rest);
    const struct ocs_pass pass = ocs_sweep_pass(&sweep);
    enum ocs_status status = ocs_run_pass(run, &pass, &found, error);
    if (status != OCS_OK)
        return status;
    run->filtered_min = range.min;
    run->filtered_max = range.max;
    status = choose_solvent(run, &range, error);
    return status == OCS_OK ? check_solvent_contrast(run, error) : status;
}

static enum ocs_status solvent(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    ocs_bins_make(run->solvent_min, run->solvent_max, &run->solvent_bins);
    ocs_bins_make(run->filtered_min, run->filtered_max, &run->whole_bins);
    struct ocs_density density = {
        .kernels = run->context.kernels,
        .solvent_bins = &run->solvent_bins,
        .whole_bins = &run->whole_bins,
        .region = settings->region,
        .side = run->solvent_side,
        .grid = settings->tiles && run->scale_data != &run->raw ? &settings->grid : NULL,
        .thresholds = run->thresholds,
        .counts = run->tile_counts,
    };
    struct ocs_sweep sweep = sweep_over_lowpass(run);
    if (run->solvent_side == OCS_SOLVENT_REGION)
        sweep.mask = NULL;
    ocs_density_begin(&density, &sweep);
    struct ocs_found found = {0};
    ocs_found_add(&found, density.solvent, sizeof density.solvent);
    ocs_found_add(&found, density.whole, sizeof density.whole);
    if (density.grid)
        ocs_found_add(&found, run->tile_counts, sizeof *run->tile_counts);
    const struct ocs_pass pass = ocs_sweep_pass(&sweep);
    const enum ocs_status status = ocs_run_pass(run, &pass, &found, error);
    memcpy(run->solvent_counts, density.solvent, sizeof run->solvent_counts);
    memcpy(run->whole_counts, density.whole, sizeof run->whole_counts);
    return status;
}

static enum ocs_status normalise(struct ocs_run_state *run, struct ocs_error *error)
{
    if (run->plan->settings.tiles)
        return ocs_run_settle_tiles(run, error);
    const float largest = run->scale_data == &run->raw ? run->working_tally.max : run->filtered_max;
    run->full_scale = run->plan->settings.tau * (double)largest;
    return OCS_OK;
}

/* ---- emit ---- */

static void report_variability(struct ocs_run_state *run, const struct ocs_emit *emit)
{
    run->report->variability_limit =
        emit->full_voxels
            ? ocs_exact_sum_value(&emit->full_sum) / (double)emit->full_voxels / run->full_scale
            : (double)NAN;
}

static enum ocs_status emit(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_plan *const plan = run->plan;
    struct ocs_products products;
    ocs_run_emit_products(run, &products);
    struct ocs_emit emit = {
        .context = &run->context,
        .scale_data = run->scale_data,
        .filtered = &run->filtered,
        .map = run->scale_data->synth ? &run->raw : run->scale_data,
        .model = {.ball = &plan->settings.ball,
                  .full = (float)run->full_scale,
                  .limit = plan->options.nlrc ? (float)run->report->confidence_limit : 0,
                  .lookup = ocs_confidence_lookup(&run->confidence, &run->whole_bins,
                                                  plan->settings.rules.early_lookup)},
        .cut = {plan->cut.band_rows, plan->cut.emit_planes},
        .products = &products,
    };
    struct ocs_found found = {0};
    ocs_found_add(&found, &emit.full_sum, sizeof emit.full_sum);
    ocs_found_add(&found, &emit.full_voxels, sizeof emit.full_voxels);
    ocs_run_found_products(run, &products, &found);
    const struct ocs_pass pass = ocs_emit_pass(&emit);
    const enum ocs_status status = ocs_run_pass(run, &pass, &found, error);
    report_variability(run, &emit);
    ocs_run_keep_tallies(run, &products);
    return status;
}

/* Tiles of V are sampled before the survey, which counts them; those of L before the solvent sweep.
 */
enum ocs_status ocs_run_estimate(struct ocs_run_state *run, struct ocs_error *error)
{
    const bool tiles = run->plan->settings.tiles, of_map = run->scale_data == &run->raw;
    enum ocs_status status = OCS_OK;
    if (tiles && of_map)
        status = ocs_run_sample_tiles(run, error);
    if (status == OCS_OK)
        status = survey(run, error);
    if (status == OCS_OK)
        status = range(run, error);
    if (status == OCS_OK && tiles && !of_map)
        status = ocs_run_sample_tiles(run, error);
    if (status == OCS_OK)
        status = solvent(run, error);
    if (status == OCS_OK)
        status = normalise(run, error);
    if (status == OCS_OK)
        status = ocs_run_make_model(run, error);
    if (status == OCS_OK)
        status = ocs_run_measure_targets(run, error);
    if (status == OCS_OK)
        status = emit(run, error);
    ocs_run_step_end(run, &run->lowpass);
    return status;
}
