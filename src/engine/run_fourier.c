/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_internal.h"

#include "fail.h"
#include "filter.h"
#include "keeper.h"
#include "scratch_sink.h"
#include "transfer.h"

#include <math.h>

/* `planes` of the spectrum at `offset` of the scratch. */
static void found_spectrum(const struct ocs_run_state *run, const struct ocs_spectral *spectral,
                           uint64_t offset, uint64_t planes, struct ocs_found *found)
{
    if (!run->plan->cut.spectrum_in_memory)
        ocs_found_add_place(found, OCS_SCRATCH_FILE, offset,
                            ocs_spectrum_store_bytes(planes, ocs_spectral_columns(spectral)));
}

enum ocs_status ocs_run_survey(struct ocs_run_state *run, struct ocs_survey *survey,
                               struct ocs_error *error)
{
    struct ocs_found found = {0};
    ocs_found_add(&found, &survey->tally, sizeof survey->tally);
    ocs_found_add(&found, &survey->repeats, sizeof survey->repeats);
    ocs_found_add(&found, &survey->first_nonfinite, sizeof survey->first_nonfinite);
    if (survey->counts)
        ocs_found_add(&found, survey->counts, sizeof *survey->counts);
    if (survey->spectral)
        found_spectrum(run, survey->spectral, 0, survey->spectral->z.n_in, &found);
    enum ocs_status status = ocs_survey_begin(survey, error);
    if (status == OCS_OK) {
        const struct ocs_pass pass = ocs_survey_pass(survey);
        status = ocs_run_pass(run, &pass, &found, error);
    }
    ocs_survey_end(survey);
    return status;
}

static enum ocs_status filter(struct ocs_run_state *run, const struct ocs_step *step,
                              struct ocs_error *error)
{
    struct ocs_filter filter = {
        .context = &run->context,
        .spectral = step->spectral,
        .store = step->store,
        .into = step->filtered,
        .block_columns = run->plan->cut.filter_columns,
    };
    struct ocs_found found = {0};
    found_spectrum(run, step->spectral, run->plan->cut.layout.filtered_spectrum,
                   step->spectral->z.n_out, &found);
    enum ocs_status status = ocs_filter_begin(&filter, error);
    if (status == OCS_OK) {
        const struct ocs_pass pass = ocs_filter_pass(&filter);
        status = ocs_run_pass(run, &pass, &found, error);
    }
    ocs_filter_end(&filter);
    return status;
}

static enum ocs_status open_store(struct ocs_run_state *run, const struct ocs_spectral *spectral,
                                  uint64_t offset, struct ocs_spectrum_store **store_ret,
                                  struct ocs_error *error)
{
    struct ocs_scratch *const scratch = run->plan->cut.spectrum_in_memory ? NULL : run->scratch;
    return ocs_spectrum_store_create(run->budget, scratch, offset, ocs_spectral_planes(spectral),
                                     ocs_spectral_columns(spectral), store_ret, error);
}

/* The spectrum's region is at the start of the scratch file. A filter in place could not be done
 * again. */
static enum ocs_status open_stores(struct ocs_run_state *run, struct ocs_step *step,
                                   struct ocs_error *error)
{
    const enum ocs_status status = open_store(run, step->spectral, 0, &step->store, error);
    step->filtered = step->store;
    if (status != OCS_OK || !run->keeper)
        return status;
    step->filtered = NULL;
    return open_store(run, step->spectral, run->plan->cut.layout.filtered_spectrum, &step->filtered,
                      error);
}

enum ocs_status ocs_run_step_begin(struct ocs_run_state *run, const struct ocs_spectral *spectral,
                                   struct ocs_survey *survey, struct ocs_step *step,
                                   struct ocs_error *error)
{
    *step = (struct ocs_step){.spectral = spectral};
    enum ocs_status status = open_stores(run, step, error);
    if (status != OCS_OK)
        return status;
    survey->spectral = spectral;
    survey->store = step->store;
    status = ocs_run_survey(run, survey, error);
    if (status == OCS_OK)
        status = filter(run, step, error);
    if (status == OCS_OK)
        status = ocs_synth_create(run->budget, spectral, step->filtered, &step->synth, error);
    return status;
}

void ocs_run_step_end(struct ocs_run_state *run, struct ocs_step *step)
{
    if (step->store) {
        ocs_keeper_forget(run, OCS_SCRATCH_FILE, 0);
        ocs_keeper_forget(run, OCS_SCRATCH_FILE, run->plan->cut.layout.filtered_spectrum);
    }
    ocs_synth_destroy(step->synth);
    if (step->filtered != step->store)
        ocs_spectrum_store_destroy(step->filtered);
    ocs_spectrum_store_destroy(step->store);
    *step = (struct ocs_step){0};
}

/* ---- judging the map ---- */

static enum ocs_status refuse_nonfinite(const struct ocs_run_state *run,
                                        const struct ocs_survey *survey, struct ocs_error *error)
{
    const struct ocs_box box = survey->volume->box;
    const uint64_t at = survey->first_nonfinite;
    ocs_fail(error, OCS_BAD_INPUT, "reading", run->plan->options.map,
             "%llu voxels are not finite, the first at section %llu, row %llu, column %llu",
             (unsigned long long)survey->tally.nonfinite, (unsigned long long)(at / box.x / box.y),
             (unsigned long long)(at / box.x % box.y), (unsigned long long)(at % box.x));
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

enum ocs_status ocs_run_judge_map(struct ocs_run_state *run, const struct ocs_survey *survey,
                                  struct ocs_error *error)
{
    if (survey->tally.nonfinite > 0 && !survey->zero_nonfinite)
        return refuse_nonfinite(run, survey, error);
    run->tally = survey->tally;
    run->repeats = survey->repeats;
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

/* ---- the working box ---- */

static enum ocs_status crop_into(struct ocs_run_state *run, struct ocs_survey *survey,
                                 struct ocs_volume *target, struct ocs_error *error)
{
    struct ocs_step step;
    enum ocs_status status =
        ocs_run_step_begin(run, &run->plan->settings.crop, survey, &step, error);
    if (status == OCS_OK) {
        const struct ocs_feed_source cropped = {.volume = survey->volume, .synth = step.synth};
        const struct ocs_sink sink = ocs_scratch_sink(target);
        struct ocs_transfer transfer = {
            .name = "crop",
            .context = &run->context,
            .source = &cropped,
            .slabs = ocs_run_slabs(run, target->box),
            .sink = &sink,
        };
        struct ocs_found found = {0};
        ocs_found_add_volume(&found, target);
        const struct ocs_pass pass = ocs_transfer_pass(&transfer);
        status = ocs_run_pass(run, &pass, &found, error);
    }
    ocs_run_step_end(run, &step);
    return status;
}

static enum ocs_status crop_map(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_plan *const plan = run->plan;
    struct ocs_survey survey = {
        .context = &run->context,
        .volume = &plan->inputs.raw_volume,
        .zero_nonfinite = plan->options.nonfinite == OCS_NONFINITE_ZERO,
        .slabs = ocs_run_slabs(run, plan->settings.native_box),
    };
    run->working = ocs_run_intermediate(run, plan->settings.box, plan->cut.layout.working);
    const enum ocs_status status = crop_into(run, &survey, &run->working, error);
    return status == OCS_OK ? ocs_run_judge_map(run, &survey, error) : status;
}

static enum ocs_status crop_definition(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_plan *const plan = run->plan;
    struct ocs_survey survey = {
        .context = &run->context,
        .volume = &plan->inputs.definition_volume,
        .slabs = ocs_run_slabs(run, plan->settings.native_box),
    };
    run->definition = ocs_run_intermediate(run, plan->settings.box, plan->cut.layout.definition);
    return crop_into(run, &survey, &run->definition, error);
}

enum ocs_status ocs_run_crop(struct ocs_run_state *run, struct ocs_error *error)
{
    const enum ocs_status status = crop_map(run, error);
    if (status != OCS_OK || !run->plan->inputs.definition)
        return status;
    return crop_definition(run, error);
}
