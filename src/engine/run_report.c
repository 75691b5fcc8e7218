/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_internal.h"

#include "occustream/location.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void ocs_report_free(struct ocs_report *report)
{
    free(report->targets);
    report->targets = NULL;
    report->target_count = 0;
}

void ocs_report_warning(struct ocs_report *report, const char *code, const char *text, ...)
{
    if (report->warning_count == OCS_REPORT_NOTES)
        return;
    struct ocs_note *const note = &report->warnings[report->warning_count++];
    snprintf(note->code, sizeof note->code, "%s", code);
    va_list arguments;
    va_start(arguments, text);
    vsnprintf(note->text, sizeof note->text, text, arguments);
    va_end(arguments);
}

static void report_input(const struct ocs_plan *plan, struct ocs_report_input *input)
{
    const struct ocs_mrc *const mrc = ocs_map_mrc(plan->inputs.map);
    *input = (struct ocs_report_input){
        .dims = {mrc->box.z, mrc->box.y, mrc->box.x},
        .voxel_size_ang = {mrc->voxel.z, mrc->voxel.y, mrc->voxel.x},
        .mode = mrc->header.mode,
        .volume = ocs_map_volume(plan->inputs.map),
        .volumes = mrc->volumes,
        .finding_count = mrc->findings.count,
    };
    ocs_location_show(plan->options.map, input->path, sizeof input->path);
    snprintf(input->mode_name, sizeof input->mode_name, "%s", ocs_mrc_mode_name(mrc->header.mode));
    for (unsigned i = 0; i < mrc->findings.count; ++i) {
        snprintf(input->findings[i].code, sizeof input->findings[i].code, "%s",
                 mrc->findings.item[i].code);
        snprintf(input->findings[i].text, sizeof input->findings[i].text, "%s",
                 mrc->findings.item[i].text);
    }
}
_Static_assert(OCS_FINDINGS_MAX <= (int)OCS_REPORT_NOTES, "every finding has room in a report");

static void report_tiles(const struct ocs_settings *settings, struct ocs_report_tiles *tiles)
{
    if (!settings->tiles)
        return;
    const struct ocs_tile_grid *const grid = &settings->grid;
    *tiles = (struct ocs_report_tiles){
        .used = true,
        .side = {grid->z.side, grid->y.side, grid->x.side},
        .step = {grid->z.step, grid->y.step, grid->x.step},
        .edge = {grid->z.edge, grid->y.edge, grid->x.edge},
    };
}

void ocs_run_report_plan(struct ocs_run_state *run)
{
    const struct ocs_plan *const plan = run->plan;
    const struct ocs_settings *const settings = &plan->settings;
    struct ocs_report *const report = run->report;
    report_input(plan, &report->input);
    report_tiles(settings, &report->tiles);
    snprintf(report->rules, sizeof report->rules, "%s", settings->rules.name);
    snprintf(report->scale_data, sizeof report->scale_data, "%s",
             settings->scale_from_lowpass ? "occupancy" : "raw");
    report->lowpass_active = settings->lowpass_active;
    report->lowpass_ang = settings->lowpass_ang;
    report->kernel.voxels = settings->ball.voxels;
    for (int axis = 0; axis < 3; ++axis) {
        report->kernel.size[axis] = settings->kernel_shape.size[axis];
        report->kernel.radius[axis] = (double)settings->kernel_shape.radius[axis];
    }
    report->tau = settings->tau;
    report->hedge_confidence = plan->options.hedge_confidence;
    report->nlrc = plan->options.nlrc;
    report->seed = plan->options.seed;
    report->threads = plan->cut.threads;
    report->scratch_bytes = plan->cut.layout.bytes;
    report->memory_limit_bytes = plan->summary.memory_limit_bytes;
    report->in_memory_bytes = plan->summary.in_memory_bytes;
    report->bytes_read = plan->summary.bytes_read;
    report->bytes_written = plan->summary.bytes_written;
    snprintf(report->simd, sizeof report->simd, "%s", ocs_simd_name(plan->simd));
}
