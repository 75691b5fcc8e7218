/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_spool.h"

#include "clock.h"
#include "fail.h"
#include "keeper_internal.h"
#include "resources.h"
#include "working_header.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t budget_bytes(const struct ocs_plan *plan)
{
    return plan->summary.memory_limit_bytes - ocs_process_bytes(plan->cut.threads) -
           ocs_inputs_outside_bytes(&plan->inputs);
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
    run->working = plan->inputs.volume;
    run->definition = plan->inputs.definition_volume;
    run->raw.volume = run->filtered.volume = &run->working;
    run->scale_data = plan->settings.scale_from_lowpass || !plan->settings.lowpass_active
                          ? &run->filtered
                          : &run->raw;
}

static enum ocs_status create_results(struct ocs_run_state *run, enum ocs_output_keeping keeping,
                                      struct ocs_error *error)
{
    struct ocs_plan *const plan = run->plan;
    const struct ocs_mrc *const map = ocs_map_mrc(plan->inputs.map);
    const struct ocs_mrc working = ocs_working_header(map, plan->settings.box);
    struct ocs_results_means means = {
        .options = &plan->options,
        .tiled = &plan->settings.tiled,
        .map = map,
        .plain = plan->settings.padded ? &working : map,
        .simd = plan->simd,
        .keeping = keeping,
        .writer = run->writer,
        .budget = run->budget,
        .scratch = run->scratch,
        .layout = &plan->cut.layout,
    };
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        means.band_rows[i] = plan->settings.restored || plan->settings.finished >> i & 1
                                 ? plan->cut.output_rows
                                 : plan->cut.band_rows;
    return ocs_results_create(&plan->results, &means, error);
}

static enum ocs_status open_scratch(struct ocs_run_state *run, bool fresh, struct ocs_error *error)
{
    const struct ocs_plan *const plan = run->plan;
    const uint64_t bytes = plan->cut.layout.bytes;
    if (bytes == 0)
        return OCS_OK;
    if (!run->keeper)
        return ocs_scratch_create(plan->options.scratch_dir, bytes, &run->scratch, error);
    char path[OCS_REPORT_PATH + sizeof "/scratch"];
    snprintf(path, sizeof path, "%s/scratch", plan->resume_folder);
    return ocs_scratch_open_kept(path, fresh, bytes, &run->scratch, error);
}

enum ocs_status ocs_run_open_means(struct ocs_run_state *run, bool fresh, struct ocs_error *error)
{
    struct ocs_plan *const plan = run->plan;
    run->budget = plan->inputs.budget;
    run->loop = plan->inputs.loop;
    ocs_budget_set_limit(run->budget, budget_bytes(plan));
    ocs_budget_fail_nth(run->budget, plan->fail_allocation);
    set_contexts(run);
    enum ocs_status status = ocs_inputs_stock(&plan->inputs, plan->cut.stocked, error);
    if (status == OCS_OK && plan->cut.write_buffers > 0)
        status = ocs_writer_create(run->loop, run->budget, plan->cut.chunk_bytes,
                                   plan->cut.write_buffers, &run->writer, error);
    return status == OCS_OK ? open_scratch(run, fresh, error) : status;
}

static enum ocs_status open_files(struct ocs_run_state *run, bool fresh, struct ocs_error *error)
{
    const enum ocs_output_keeping keeping = !run->keeper ? OCS_OUTPUT_NOT_KEPT
                                            : fresh      ? OCS_OUTPUT_KEPT_FRESH
                                                         : OCS_OUTPUT_KEPT;
    enum ocs_status status = ocs_run_open_means(run, fresh, error);
    if (status == OCS_OK)
        status = create_results(run, keeping, error);
    if (status == OCS_OK && run->keeper)
        ocs_keeper_watch(run);
    if (status == OCS_IO && error->system == ENOENT && keeping == OCS_OUTPUT_KEPT)
        ocs_keeper_advise(run->plan->resume_folder, error);
    return status;
}

static enum ocs_status open_run(struct ocs_run_state *run, struct ocs_error *error)
{
    bool fresh = true;
    enum ocs_status status = OCS_OK;
    if (run->plan->options.resume)
        status = ocs_keeper_open(run, &fresh, &run->published, error);
    if (status != OCS_OK || run->published)
        return status;
    run->accepted = true;
    status = open_files(run, fresh, error);
    if (status == OCS_OK && run->plan->settings.tiles) {
        run->tile_counts = ocs_budget_alloc(run->budget, sizeof *run->tile_counts, error);
        status = run->tile_counts ? OCS_OK : error->status;
    }
    return status;
}

/* Whether a later run may get further. What the map or the request is to blame for stays as it is.
 */
static bool is_worth_keeping(enum ocs_status status)
{
    return status != OCS_OK && status != OCS_BAD_INPUT && status != OCS_USAGE;
}

static void close_run(struct ocs_run_state *run, enum ocs_status status, struct ocs_error *error)
{
    const bool refused = !run->accepted && !run->published;
    const bool leave = ocs_keeper_has_records(run) && (refused || is_worth_keeping(status));
    ocs_run_free_spools(run);
    ocs_inputs_unstock(&run->plan->inputs);
    ocs_budget_free(run->budget, run->tile_counts);
    ocs_run_free_targets(run);
    ocs_writer_destroy(run->writer);
    ocs_results_abandon(&run->plan->results, leave);
    ocs_scratch_close(run->scratch);
    if (leave && !refused && !error->advice[0])
        ocs_advise(error, "the same command goes on from there");
    ocs_keeper_close(run, leave);
}

static enum ocs_status sweep_all(struct ocs_run_state *run, struct ocs_error *error)
{
    enum ocs_status status = ocs_run_spool(run, error);
    if (status == OCS_OK && run->plan->settings.cropped)
        status = ocs_run_crop(run, error);
    if (status == OCS_OK)
        status = ocs_run_estimate(run, error);
    if (status == OCS_OK && run->plan->settings.restored)
        status = ocs_run_restore(run, error);
    if (status == OCS_OK)
        status = ocs_run_finish(run, error);
    if (status == OCS_OK)
        status = ocs_run_pyramids(run, error);
    if (status == OCS_OK && run->writer)
        status = ocs_writer_drain(run->writer, error);
    return status == OCS_OK ? ocs_results_drain(&run->plan->results, &run->beat, error) : status;
}

static enum ocs_status publish(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_plan *const plan = run->plan;
    ocs_run_report_outputs(run);
    ocs_run_report_targets(run);
    ocs_run_warn(run);
    run->report->seconds = ocs_clock_seconds() - run->started;
    run->report->memory_peak_bytes = ocs_peak_memory();
    enum ocs_status status =
        ocs_results_complete(&run->plan->results, run->report, plan->options.command,
                             ocs_map_mrc(plan->inputs.map), error);
    if (status == OCS_OK)
        status = ocs_keeper_record_publishing(run, error);
    return status == OCS_OK ? ocs_results_publish(&run->plan->results, error) : status;
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
    run->started = ocs_clock_seconds();
    ocs_run_report_plan(run);
    enum ocs_status status = open_run(run, error);
    if (status == OCS_OK && !run->published)
        status = sweep_all(run, error);
    if (status == OCS_OK && !run->published)
        status = publish(run, error);
    run->complete = status == OCS_OK;
    close_run(run, status, error);
    free(run);
    return status;
}
