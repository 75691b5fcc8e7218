/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert_plan.h"

#include "checksum.h"
#include "clock.h"
#include "fail.h"
#include "resources.h"
#include "run_spool.h"
#include "transfer.h"

#include <stdlib.h>
#include <string.h>

/* One conversion under way. */
struct conversion {
    struct ocs_convert_plan *plan;
    struct ocs_run_state *run;
    struct ocs_checksum_sink checksum;
    struct ocs_tally tally; /* of the voxels handed over                                    */
};

/* ---- the output ---- */

static const char *const no_label = "";

static enum ocs_status create_pipe(struct conversion *conversion, struct ocs_error *error)
{
    const struct ocs_convert_plan *const plan = conversion->plan;
    const struct ocs_run_state *const run = conversion->run;
    struct ocs_results *const results = &conversion->plan->base.results;
    const struct ocs_map_pipe_spec spec = {
        .like = ocs_map_mrc(plan->base.inputs.map),
        .label = no_label,
        .statistics = plan->has_statistics ? &plan->statistics : NULL,
        .dtype = plan->base.options.dtype,
        .simd = plan->base.simd,
        .scratch = run->scratch,
        .scratch_offset = plan->base.cut.layout.pipe,
    };
    const enum ocs_status status = ocs_map_pipe_open(run->budget, &spec, &results->pipe, error);
    if (status == OCS_OK)
        results->sink[0] = ocs_map_pipe_sink(results->pipe);
    return status;
}

static enum ocs_status create_output(struct conversion *conversion, struct ocs_error *error)
{
    const struct ocs_plan *const plan = &conversion->plan->base;
    const struct ocs_run_state *const run = conversion->run;
    struct ocs_results *const results = &conversion->plan->base.results;
    if (results->to_standard_output)
        return create_pipe(conversion, error);
    const struct ocs_result_map_spec spec = {
        .path = results->map_path[0],
        .force = results->force,
        .tiled = &plan->settings.tiled,
        .dtype = plan->options.dtype,
        .like = ocs_map_mrc(plan->inputs.map),
        .label = no_label,
        .simd = plan->simd,
        .writer = run->writer,
        .budget = run->budget,
        .scratch = run->scratch,
        .scratch_offset = plan->cut.layout.pyramid[0],
        .band_rows = plan->cut.output_rows,
    };
    return ocs_result_map_create(&results->map[0], &spec, &results->sink[0], error);
}

/* ---- sweeps ---- */

static enum ocs_status transfer(struct conversion *conversion, struct ocs_error *error)
{
    struct ocs_run_state *const run = conversion->run;
    const struct ocs_plan *const plan = &conversion->plan->base;
    struct ocs_sink sink = plan->results.sink[0];
    conversion->checksum.budget = run->budget;
    conversion->checksum.sink = &plan->results.sink[0];
    conversion->checksum.box = plan->settings.native_box;
    conversion->checksum.halves = plan->settings.tiled.voxels.mode == OCS_MODE_FLOAT16;
    if (conversion->plan->verify)
        sink = ocs_checksum_sink(&conversion->checksum);
    const struct ocs_feed_source source = {.volume = &plan->inputs.volume};
    struct ocs_transfer transfer = {
        .name = "convert",
        .context = &run->context,
        .source = &source,
        .slabs = ocs_run_output_slabs(run),
        .sink = &sink,
    };
    const struct ocs_pass pass = ocs_transfer_pass(&transfer);
    const enum ocs_status status = ocs_run_pass(run, &pass, NULL, error);
    conversion->tally = transfer.tally;
    return status;
}

static enum ocs_status sweep_all(struct conversion *conversion, struct ocs_error *error)
{
    struct ocs_run_state *const run = conversion->run;
    enum ocs_status status = ocs_run_spool(run, error);
    if (status == OCS_OK)
        status = transfer(conversion, error);
    if (status == OCS_OK)
        status = ocs_run_pyramids(run, error);
    if (status == OCS_OK && run->writer)
        status = ocs_writer_drain(run->writer, error);
    return status == OCS_OK ? ocs_results_drain(&run->plan->results, &run->beat, error) : status;
}

/* ---- the end ---- */

/* Where something is not finite nothing is said, as MRC2014 has it. */
static struct ocs_statistics statistics_of(const struct conversion *conversion)
{
    const struct ocs_tally *const tally = &conversion->tally;
    if (conversion->plan->has_statistics)
        return conversion->plan->statistics;
    if (tally->nonfinite > 0 || tally->voxels == 0)
        return (struct ocs_statistics){.min = 0, .max = -1, .mean = -2, .rms = -1};
    return (struct ocs_statistics){(double)tally->min, (double)tally->max, ocs_tally_mean(tally),
                                   ocs_tally_rms(tally)};
}

/* It can still be taken back. */
static enum ocs_status make_appear(struct conversion *conversion, struct ocs_error *error)
{
    struct ocs_report *const report = conversion->run->report;
    struct ocs_results *const results = &conversion->plan->base.results;
    struct ocs_report_output *const output = &report->outputs[0];
    report->output_count = 1;
    report->input.nonfinite = conversion->tally.nonfinite;
    output->statistics = statistics_of(conversion);
    memcpy(output->path, results->map_path[0], sizeof output->path);
    enum ocs_status status =
        ocs_result_map_finish(&results->map[0], &output->statistics, NULL, error);
    if (status == OCS_OK)
        status = ocs_result_map_appear(&results->map[0], error);
    return status;
}

static enum ocs_status convert(struct conversion *conversion, struct ocs_error *error)
{
    enum ocs_status status = ocs_run_open_means(conversion->run, true, error);
    if (status == OCS_OK)
        status = create_output(conversion, error);
    if (status == OCS_OK)
        status = sweep_all(conversion, error);
    if (status == OCS_OK)
        status = make_appear(conversion, error);
    if (status == OCS_OK && conversion->plan->verify)
        status =
            ocs_convert_verify(conversion->run, conversion->plan, conversion->checksum.sum, error);
    if (status == OCS_OK)
        ocs_result_map_leave(&conversion->plan->base.results.map[0]);
    return status;
}

static void close_all(struct ocs_run_state *run)
{
    ocs_run_free_spools(run);
    ocs_writer_destroy(run->writer);
    ocs_results_abandon(&run->plan->results, false);
    ocs_scratch_close(run->scratch);
}

enum ocs_status ocs_convert_run(struct ocs_convert_plan *plan, const struct ocs_hooks *hooks,
                                struct ocs_report *report_ret, struct ocs_error *error)
{
    static const struct ocs_hooks no_hooks = {0};
    *report_ret = (struct ocs_report){0};
    struct ocs_run_state *const run = calloc(1, sizeof *run);
    if (!run)
        return ocs_fail(error, OCS_LIMIT, "starting", NULL, "no memory");
    run->plan = &plan->base;
    run->hooks = hooks ? hooks : &no_hooks;
    run->report = report_ret;
    run->beat.cancel = run->hooks->cancel;
    run->started = ocs_clock_seconds();
    ocs_run_report_plan(run);
    struct conversion conversion = {.plan = plan, .run = run};
    const enum ocs_status status = convert(&conversion, error);
    close_all(run);
    report_ret->seconds = ocs_clock_seconds() - run->started;
    report_ret->memory_peak_bytes = ocs_peak_memory();
    free(run);
    return status;
}
