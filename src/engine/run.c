/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_internal.h"

#include "fail.h"
#include "resources.h"
#include "sweep.h"
#include "workers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- passes and progress ---- */

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static void tick(void *user, const struct ocs_pass *pass, uint64_t voxels_done)
{
    const struct ocs_run_state *const run = user;
    if (!run->hooks->progress)
        return;
    const unsigned passes = run->plan->summary.pass_count;
    const unsigned index = run->pass_index < passes ? run->pass_index : passes - 1;
    const double fraction = pass->voxels ? (double)voxels_done / (double)pass->voxels : 1;
    const struct ocs_progress progress = {
        .pass = pass->name,
        .pass_index = index,
        .pass_count = passes,
        .pass_fraction = fmin(fraction, 1),
        .total_fraction = (index + fmin(fraction, 1)) / passes,
        .seconds = now() - run->started,
        .voxels_done = voxels_done,
        .voxels_total = pass->voxels,
    };
    run->hooks->progress(run->hooks->user, &progress);
}

static void note_time(struct ocs_report *report, const char *name, double seconds)
{
    const unsigned last = report->pass_count;
    if (last > 0 && strcmp(report->passes[last - 1].name, name) == 0) {
        report->passes[last - 1].seconds += seconds;
        return;
    }
    if (last == OCS_REPORT_PASSES)
        return;
    snprintf(report->passes[last].name, sizeof report->passes[last].name, "%s", name);
    report->passes[last].seconds = seconds;
    ++report->pass_count;
}

enum ocs_status ocs_run_pass(struct ocs_run_state *run, const struct ocs_pass *pass,
                             struct ocs_error *error)
{
    const double before = now();
    const enum ocs_status status =
        ocs_workers_run(pass, run->plan->cut.threads, &run->beat, tick, run, error);
    note_time(run->report, pass->name, now() - before);
    return status;
}

/* ---- the steps ---- */

static struct ocs_slabs slabs_of(const struct ocs_run_state *run)
{
    return (struct ocs_slabs){run->plan->settings.box, run->plan->cut.sweep_planes};
}

static enum ocs_status refuse_nonfinite(const struct ocs_run_state *run,
                                        const struct ocs_survey *survey, struct ocs_error *error)
{
    const struct ocs_box box = run->plan->settings.box;
    const uint64_t at = survey->first_nonfinite;
    ocs_fail(error, OCS_BAD_INPUT, "reading", run->plan->options.map,
             "%llu voxels are not finite, the first at section %llu, row %llu, column %llu",
             (unsigned long long)survey->tally.nonfinite,
             (unsigned long long)(at / box.x / box.y), (unsigned long long)(at / box.x % box.y),
             (unsigned long long)(at % box.x));
    ocs_advise(error, "repair the map, or read them as 0 with --nonfinite zero");
    return OCS_BAD_INPUT;
}

/* Zeros that stand for voxels that were not finite count like any others. */
static void count_replaced(struct ocs_tally *tally)
{
    if (tally->nonfinite == 0)
        return;
    tally->min = tally->voxels ? fminf(tally->min, 0) : 0;
    tally->max = tally->voxels ? fmaxf(tally->max, 0) : 0;
    tally->voxels += tally->nonfinite;
}

static enum ocs_status judge_survey(struct ocs_run_state *run, struct ocs_survey *survey,
                                    struct ocs_error *error)
{
    if (survey->tally.nonfinite > 0 && !survey->zero_nonfinite)
        return refuse_nonfinite(run, survey, error);
    run->tally = survey->tally;
    count_replaced(&run->tally);
    run->report->input.nonfinite = survey->tally.nonfinite;
    run->report->input.statistics =
        (struct ocs_statistics){(double)run->tally.min, (double)run->tally.max,
                                ocs_tally_mean(&run->tally), ocs_tally_rms(&run->tally)};
    if (run->tally.min < run->tally.max)
        return OCS_OK;
    ocs_fail(error, OCS_BAD_INPUT, "reading", run->plan->options.map,
             "the map has no contrast: every voxel is %g", (double)run->tally.min);
    ocs_advise(error, "check that this is the map you meant");
    return OCS_BAD_INPUT;
}

static enum ocs_status survey(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_plan *const plan = run->plan;
    const bool tiles = plan->settings.tiles && run->scale_data == &run->raw;
    struct ocs_survey survey = {
        .context = &run->context,
        .volume = &plan->inputs.raw_volume,
        .zero_nonfinite = plan->options.nonfinite == OCS_NONFINITE_ZERO,
        .slabs = slabs_of(run),
        .spectral = plan->settings.lowpass_active ? &plan->settings.lowpass : NULL,
        .store = run->store,
        .grid = &plan->settings.grid,
        .thresholds = run->thresholds,
        .counts = tiles ? run->tile_counts : NULL,
    };
    enum ocs_status status = ocs_survey_begin(&survey, error);
    if (status == OCS_OK) {
        const struct ocs_pass pass = ocs_survey_pass(&survey);
        status = ocs_run_pass(run, &pass, error);
    }
    ocs_survey_end(&survey);
    return status == OCS_OK ? judge_survey(run, &survey, error) : status;
}

static enum ocs_status filter(struct ocs_run_state *run, struct ocs_error *error)
{
    struct ocs_filter filter = {
        .context = &run->context,
        .spectral = &run->plan->settings.lowpass,
        .store = run->store,
        .block_columns = run->plan->cut.filter_columns,
    };
    enum ocs_status status = ocs_filter_begin(&filter, error);
    if (status == OCS_OK) {
        const struct ocs_pass pass = ocs_filter_pass(&filter);
        status = ocs_run_pass(run, &pass, error);
    }
    ocs_filter_end(&filter);
    if (status == OCS_OK)
        status = ocs_synth_create(run->budget, &run->plan->settings.lowpass, run->store,
                                  &run->synth, error);
    run->filtered.synth = run->synth;
    return status;
}

static struct ocs_sweep sweep_over_lowpass(const struct ocs_run_state *run)
{
    const struct ocs_inputs *const inputs = &run->plan->inputs;
    return (struct ocs_sweep){
        .context = &run->context,
        .filtered = &run->filtered,
        .mask = inputs->definition ? &inputs->definition_volume : NULL,
        .slabs = slabs_of(run),
    };
}

static enum ocs_status choose_side(struct ocs_run_state *run, const struct ocs_range *range,
                                   struct ocs_error *error)
{
    if (!run->plan->inputs.definition) {
        run->solvent_min = range->region_min;
        run->solvent_max = range->region_max;
        return OCS_OK;
    }
    if (range->marked.voxels == 0 || range->rest.voxels == 0) {
        ocs_fail(error, OCS_BAD_INPUT, "reading", run->plan->options.solvent_def,
                 "%s voxel of the region is above %g",
                 range->marked.voxels == 0 ? "no" : "every", (double)OCS_DEFINITION_THRESHOLD);
        ocs_advise(error, "a solvent definition must have both solvent and content");
        return OCS_BAD_INPUT;
    }
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
    run->filtered_min = run->solvent_min = run->tally.min;
    run->filtered_max = run->solvent_max = run->tally.max;
    if (!ocs_plan_has_range_pass(run->plan))
        return OCS_OK;
    struct ocs_range range = {.kernels = run->context.kernels,
                              .region = run->plan->settings.region};
    struct ocs_sweep sweep = sweep_over_lowpass(run);
    ocs_range_begin(&range, &sweep);
    const struct ocs_pass pass = ocs_sweep_pass(&sweep);
    enum ocs_status status = ocs_run_pass(run, &pass, error);
    if (status != OCS_OK)
        return status;
    run->filtered_min = range.min;
    run->filtered_max = range.max;
    status = choose_side(run, &range, error);
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
        .grid = settings->tiles && settings->scale_from_lowpass ? &settings->grid : NULL,
        .thresholds = run->thresholds,
        .counts = run->tile_counts,
    };
    struct ocs_sweep sweep = sweep_over_lowpass(run);
    if (run->solvent_side == OCS_SOLVENT_REGION)
        sweep.mask = NULL;
    ocs_density_begin(&density, &sweep);
    const struct ocs_pass pass = ocs_sweep_pass(&sweep);
    const enum ocs_status status = ocs_run_pass(run, &pass, error);
    memcpy(run->solvent_counts, density.solvent, sizeof run->solvent_counts);
    memcpy(run->whole_counts, density.whole, sizeof run->whole_counts);
    return status;
}

static void report_outputs(struct ocs_run_state *run, const struct ocs_emit *emit)
{
    struct ocs_report *const report = run->report;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i) {
        if (!emit->sinks[i])
            continue;
        const struct ocs_tally *const tally = &emit->tally[i];
        struct ocs_report_output *const output = &report->outputs[report->output_count++];
        output->kind = (enum ocs_output)(1 << i);
        snprintf(output->path, sizeof output->path, "%s", run->plan->results.map_path[i]);
        output->statistics =
            (struct ocs_statistics){(double)tally->min, (double)tally->max, ocs_tally_mean(tally),
                                    ocs_tally_rms(tally)};
    }
    report->variability_limit = emit->full_voxels ? ocs_exact_sum_value(&emit->full_sum) /
                                                        (double)emit->full_voxels / run->full_scale
                                                  : (double)NAN;
}

static enum ocs_status emit(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_plan *const plan = run->plan;
    struct ocs_emit emit = {
        .context = &run->context,
        .scale_data = run->scale_data,
        .filtered = &run->filtered,
        .model = {.ball = &plan->settings.ball,
                  .full = (float)run->full_scale,
                  .limit = plan->options.nlrc ? (float)run->report->confidence_limit : 0,
                  .lookup = ocs_confidence_lookup(&run->confidence, &run->whole_bins,
                                                  plan->settings.rules.early_lookup)},
        .cut = {plan->cut.band_rows, plan->cut.emit_planes},
    };
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        emit.sinks[i] = plan->results.map[i] ? &plan->results.sink[i] : NULL;
    const struct ocs_pass pass = ocs_emit_pass(&emit);
    enum ocs_status status = ocs_run_pass(run, &pass, error);
    if (status == OCS_OK)
        status = ocs_writer_drain(run->writer, error);
    if (status == OCS_OK)
        report_outputs(run, &emit);
    return status;
}

static enum ocs_status normalise(struct ocs_run_state *run, struct ocs_error *error)
{
    if (run->plan->settings.tiles)
        return ocs_run_settle_tiles(run, error);
    const float largest = run->scale_data == &run->raw ? run->tally.max : run->filtered_max;
    run->full_scale = run->plan->settings.tau * (double)largest;
    return OCS_OK;
}

static enum ocs_status sweep_all(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    enum ocs_status status = OCS_OK;
    if (settings->tiles && !settings->scale_from_lowpass)
        status = ocs_run_sample_tiles(run, error);
    if (status == OCS_OK)
        status = survey(run, error);
    ++run->pass_index;
    if (status == OCS_OK && settings->lowpass_active)
        status = filter(run, error);
    ++run->pass_index;
    if (status == OCS_OK)
        status = range(run, error);
    if (status == OCS_OK && settings->tiles && settings->scale_from_lowpass)
        status = ocs_run_sample_tiles(run, error);
    ++run->pass_index;
    if (status == OCS_OK)
        status = solvent(run, error);
    ++run->pass_index;
    if (status == OCS_OK)
        status = normalise(run, error);
    if (status == OCS_OK)
        status = ocs_run_make_model(run, error);
    ++run->pass_index;
    return status == OCS_OK ? emit(run, error) : status;
}

/* ---- setting up and clearing away ---- */

static uint64_t budget_bytes(const struct ocs_plan *plan)
{
    return plan->summary.memory_limit_bytes - ocs_process_bytes(plan->cut.threads);
}

static enum ocs_status open_store(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_plan *const plan = run->plan;
    const struct ocs_spectral *const lowpass = &plan->settings.lowpass;
    if (!plan->settings.lowpass_active)
        return OCS_OK;
    if (!plan->cut.spectrum_in_memory) {
        const enum ocs_status status = ocs_scratch_create(
            plan->options.scratch_dir, plan->cut.scratch_bytes, &run->scratch, error);
        if (status != OCS_OK)
            return status;
    }
    return ocs_spectrum_store_create(run->budget, run->scratch, 0, ocs_spectral_planes(lowpass),
                                     ocs_spectral_columns(lowpass), &run->store, error);
}

static void set_contexts(struct ocs_run_state *run)
{
    struct ocs_plan *const plan = run->plan;
    run->reading = (struct ocs_reading){
        .loop = run->loop,
        .budget = run->budget,
        .simd = plan->simd,
        .chunk_bytes = plan->cut.chunk_bytes,
        .depth = plan->cut.reads_ahead,
    };
    run->context = (struct ocs_run_context){
        .budget = run->budget,
        .kernels = ocs_kernels_for(plan->simd),
        .reading = &run->reading,
        .beat = &run->beat,
    };
    run->raw.volume = run->filtered.volume = &plan->inputs.volume;
    run->scale_data = plan->settings.scale_from_lowpass || !plan->settings.lowpass_active
                          ? &run->filtered
                          : &run->raw;
}

static enum ocs_status open_run(struct ocs_run_state *run, struct ocs_error *error)
{
    struct ocs_plan *const plan = run->plan;
    enum ocs_status status = ocs_budget_create(budget_bytes(plan), &run->budget, error);
    if (status == OCS_OK)
        status = ocs_loop_create(&run->loop, error);
    if (status != OCS_OK)
        return status;
    set_contexts(run);
    status = ocs_writer_create(run->loop, run->budget, plan->cut.chunk_bytes,
                               plan->cut.write_buffers, &run->writer, error);
    if (status == OCS_OK)
        status = ocs_results_create(&plan->results, &plan->options, ocs_map_mrc(plan->inputs.map),
                                    plan->simd, run->writer, error);
    if (status == OCS_OK)
        status = open_store(run, error);
    if (status == OCS_OK && plan->settings.tiles) {
        run->tile_counts = ocs_budget_alloc(run->budget, sizeof *run->tile_counts, error);
        status = run->tile_counts ? OCS_OK : error->status;
    }
    return status;
}

static void close_run(struct ocs_run_state *run)
{
    ocs_synth_destroy(run->synth);
    ocs_spectrum_store_destroy(run->store);
    if (run->scratch)
        ocs_scratch_close(run->scratch);
    ocs_budget_free(run->budget, run->tile_counts);
    ocs_writer_destroy(run->writer);
    ocs_results_abandon(&run->plan->results);
    if (run->loop)
        ocs_loop_destroy(run->loop);
    ocs_budget_destroy(run->budget);
}

static enum ocs_status publish(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_plan *const plan = run->plan;
    ocs_run_warn(run);
    run->report->seconds = now() - run->started;
    run->report->memory_peak_bytes = ocs_peak_memory();
    return ocs_results_publish(&run->plan->results, run->report, plan->options.command,
                               ocs_map_mrc(plan->inputs.map), error);
}

enum ocs_status ocs_run(struct ocs_plan *plan, const struct ocs_hooks *hooks,
                        struct ocs_report *report_ret, struct ocs_error *error)
{
    static const struct ocs_hooks no_hooks = {0};
    *report_ret = (struct ocs_report){0};
    struct ocs_run_state *const run = calloc(1, sizeof *run);
    if (!run)
        return ocs_fail(error, OCS_LIMIT, "starting", NULL, "no memory");
    run->plan = plan;
    run->hooks = hooks ? hooks : &no_hooks;
    run->report = report_ret;
    run->beat.cancel = run->hooks->cancel;
    run->started = now();
    ocs_run_report_plan(run);
    enum ocs_status status = open_run(run, error);
    if (status == OCS_OK)
        status = sweep_all(run, error);
    if (status == OCS_OK)
        status = publish(run, error);
    close_run(run);
    free(run);
    return status;
}
