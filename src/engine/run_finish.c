/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_internal.h"

#include "match.h"
#include "scratch_sink.h"
#include "transfer.h"

/* ---- back from a working box ---- */

enum ocs_status ocs_run_restore(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    struct ocs_products products;
    ocs_run_restore_products(run, &products);
    struct ocs_restore restore = {
        .context = &run->context,
        .map = &run->plan->inputs.volume,
        .working = {&run->map_volume[OCS_WORKING_SCALE], &run->map_volume[OCS_WORKING_CONFIDENCE]},
        .slabs = ocs_run_output_slabs(run),
        .products = &products,
    };
    if (settings->outputs & OCS_OUTPUT_LOWPASS)
        restore.working[OCS_WORKING_LOWPASS] = &run->map_volume[OCS_WORKING_LOWPASS];
    const struct ocs_pass pass = ocs_restore_pass(&restore);
    const enum ocs_status status = ocs_run_pass(run, &pass, error);
    ocs_run_keep_tallies(run, &products);
    return status;
}

/* ---- matching by rank ---- */

/* The distribution of one volume. The bins are about 320 kB, so they come from the budget too. */
struct distribution {
    struct ocs_rank_bins *bins;
    struct ocs_rank_cell *cells;
};

static void free_distribution(struct ocs_run_state *run, struct distribution *distribution)
{
    ocs_budget_free(run->budget, distribution->bins);
    ocs_budget_free(run->budget, distribution->cells);
    *distribution = (struct distribution){0};
}

static enum ocs_status sweep_once(struct ocs_run_state *run, struct ocs_sweep *sweep,
                                  struct ocs_error *error)
{
    const struct ocs_pass pass = ocs_sweep_pass(sweep);
    return ocs_run_pass(run, &pass, error);
}

static enum ocs_status learn_bins(struct ocs_run_state *run, struct ocs_sweep *sweep,
                                  struct ocs_rank_bins *bins, struct ocs_error *error)
{
    uint64_t *const counts = ocs_budget_array(run->budget, OCS_RANK_TOPS, sizeof *counts, error);
    if (!counts)
        return error->status;
    ocs_match_tops_begin(counts, sweep);
    const enum ocs_status status = sweep_once(run, sweep, error);
    if (status == OCS_OK)
        ocs_rank_bins_make(counts, OCS_MATCH_CELLS, bins);
    ocs_budget_free(run->budget, counts);
    return status;
}

static enum ocs_status learn_cells(struct ocs_run_state *run, struct ocs_sweep *sweep,
                                   const struct distribution *distribution, struct ocs_error *error)
{
    struct ocs_match_cells match = {.bins = distribution->bins, .cells = distribution->cells};
    match.filled = ocs_budget_array(run->budget, OCS_RANK_TOPS, sizeof *match.filled, error);
    if (!match.filled)
        return error->status;
    ocs_match_cells_begin(&match, sweep);
    const enum ocs_status status = sweep_once(run, sweep, error);
    ocs_budget_free(run->budget, match.filled);
    return status;
}

static enum ocs_status learn(struct ocs_run_state *run, const struct ocs_feed_source *source,
                             struct distribution *distribution, struct ocs_error *error)
{
    struct ocs_sweep sweep = {
        .context = &run->context,
        .filtered = source,
        .slabs = ocs_run_slabs(run, run->plan->settings.native_box),
    };
    distribution->bins = ocs_budget_alloc(run->budget, sizeof *distribution->bins, error);
    if (!distribution->bins)
        return error->status;
    enum ocs_status status = learn_bins(run, &sweep, distribution->bins, error);
    if (status != OCS_OK)
        return status;
    distribution->cells = ocs_budget_array(run->budget, distribution->bins->cells,
                                           sizeof *distribution->cells, error);
    if (!distribution->cells)
        return error->status;
    status = learn_cells(run, &sweep, distribution, error);
    if (status == OCS_OK)
        ocs_rank_settle(distribution->bins, distribution->cells);
    return status;
}

/* ---- the last sweep of one modification ---- */

static enum ocs_status write_out(struct ocs_run_state *run, unsigned index,
                                 const struct ocs_feed_source *source,
                                 const struct ocs_rank_bins *bins,
                                 const struct ocs_rank_step *steps, struct ocs_error *error)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    const bool excluded = (1u << index) == OCS_OUTPUT_SOLVENT_EXCLUDED;
    struct ocs_transfer transfer = {
        .name = "finish",
        .context = &run->context,
        .source = source,
        .slabs = ocs_run_output_slabs(run),
        .match_bins = bins,
        .match_steps = steps,
        .clip = !steps && (!excluded || settings->rules.clip_excluded),
        .clip_min = run->tally.min,
        .clip_max = run->tally.max,
        .sink = &run->plan->results.sink[index],
    };
    const struct ocs_pass pass = ocs_transfer_pass(&transfer);
    const enum ocs_status status = ocs_run_pass(run, &pass, error);
    run->output_tally[index] = transfer.tally;
    return status;
}

static enum ocs_status match_and_write(struct ocs_run_state *run, unsigned index,
                                       const struct ocs_feed_source *source,
                                       const struct distribution *input, struct ocs_error *error)
{
    struct distribution own = {0};
    struct ocs_rank_step *steps = NULL;
    enum ocs_status status = learn(run, source, &own, error);
    if (status == OCS_OK) {
        steps = ocs_budget_array(run->budget, own.bins->cells, sizeof *steps, error);
        status = steps ? OCS_OK : error->status;
    }
    if (status == OCS_OK) {
        ocs_rank_steps(own.cells, own.bins->cells, input->cells, input->bins->cells, steps);
        status = write_out(run, index, source, own.bins, steps, error);
    }
    ocs_budget_free(run->budget, steps);
    free_distribution(run, &own);
    return status;
}

/* `input` is the map's distribution, NULL without matching. */
static enum ocs_status last_sweep(struct ocs_run_state *run, unsigned index,
                                  const struct ocs_feed_source *source,
                                  const struct distribution *input, struct ocs_error *error)
{
    return input ? match_and_write(run, index, source, input, error)
                 : write_out(run, index, source, NULL, NULL, error);
}

/* ---- Fourier steps before it ---- */

static struct ocs_survey survey_of(struct ocs_run_state *run, const struct ocs_volume *volume)
{
    return (struct ocs_survey){
        .context = &run->context, .volume = volume, .slabs = ocs_run_slabs(run, volume->box)};
}

static enum ocs_status copy_to(struct ocs_run_state *run, const struct ocs_feed_source *source,
                               struct ocs_volume *target, struct ocs_error *error)
{
    const struct ocs_sink sink = ocs_scratch_sink(target);
    struct ocs_transfer transfer = {
        .name = "lowpass",
        .context = &run->context,
        .source = source,
        .slabs = ocs_run_slabs(run, target->box),
        .sink = &sink,
    };
    const struct ocs_pass pass = ocs_transfer_pass(&transfer);
    return ocs_run_pass(run, &pass, error);
}

/* Low-pass in the working box into an intermediate of its own, ready to be padded. */
static enum ocs_status lowpass_into(struct ocs_run_state *run, const struct ocs_volume *modified,
                                    struct ocs_volume *target, struct ocs_error *error)
{
    struct ocs_survey survey = survey_of(run, modified);
    struct ocs_step step;
    enum ocs_status status =
        ocs_run_step_begin(run, &run->plan->settings.output_lowpass, &survey, &step, error);
    if (status == OCS_OK) {
        const struct ocs_feed_source filtered = {.volume = modified, .synth = step.synth};
        status = copy_to(run, &filtered, target, error);
    }
    ocs_run_step_end(&step);
    return status;
}

/* The last Fourier step, if any, feeds the last sweep directly. */
static enum ocs_status finish_through(struct ocs_run_state *run, unsigned index,
                                      const struct ocs_volume *volume,
                                      const struct ocs_spectral *spectral,
                                      const struct distribution *input, struct ocs_error *error)
{
    struct ocs_feed_source source = {.volume = volume};
    if (!spectral)
        return last_sweep(run, index, &source, input, error);
    struct ocs_survey survey = survey_of(run, volume);
    struct ocs_step step;
    enum ocs_status status = ocs_run_step_begin(run, spectral, &survey, &step, error);
    source.synth = step.synth;
    if (status == OCS_OK)
        status = last_sweep(run, index, &source, input, error);
    ocs_run_step_end(&step);
    return status;
}

static enum ocs_status finish_one(struct ocs_run_state *run, unsigned index,
                                  const struct distribution *input, struct ocs_error *error)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    const struct ocs_volume *const modified = &run->modified_volume[index];
    const struct ocs_spectral *const lowpass =
        settings->output_lowpass_active ? &settings->output_lowpass : NULL;
    if (!settings->padded)
        return finish_through(run, index, modified, lowpass, input, error);
    if (!lowpass)
        return finish_through(run, index, modified, &settings->pad, input, error);
    struct ocs_volume filtered =
        ocs_run_intermediate(run, settings->box, run->plan->cut.layout.filtered);
    const enum ocs_status status = lowpass_into(run, modified, &filtered, error);
    return status == OCS_OK ? finish_through(run, index, &filtered, &settings->pad, input, error)
                            : status;
}

enum ocs_status ocs_run_finish(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_feed_source map = {.volume = &run->plan->inputs.volume};
    const bool matched = run->plan->options.hist_match && run->plan->settings.finished;
    struct distribution input = {0};
    enum ocs_status status = matched ? learn(run, &map, &input, error) : OCS_OK;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS && status == OCS_OK; ++i)
        if (run->plan->settings.finished >> i & 1)
            status = finish_one(run, i, matched ? &input : NULL, error);
    free_distribution(run, &input);
    return status;
}
