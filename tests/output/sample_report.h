/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SAMPLE_REPORT_H
#define OCS_SAMPLE_REPORT_H

/* A report in which every field has a value of its own, so that a mix-up shows. Values are repeated
 * in check_results.py. */

#include "occustream/report.h"

#include <math.h>
#include <stdio.h>

static struct ocs_report_target sample_targets[] = {
    {.label = 7,
     .voxels = 1234,
     .tau = 0.91,
     .occupancy = 0.5,
     .relative = 1.0,
     .scale_quartile = {0.25, 0.5, 0.75}},
    {.label = -3,
     .voxels = 10,
     .tau = 0.92,
     .occupancy = NAN,
     .relative = NAN,
     .scale_quartile = {0.125, 0.25, NAN}},
};

static void sample_output(struct ocs_report *report, enum ocs_output kind, const char *path)
{
    const double i = 1.0 + report->output_count;
    struct ocs_report_output *const output = &report->outputs[report->output_count++];
    output->kind = kind;
    output->statistics = (struct ocs_statistics){.min = -i, .max = i, .mean = i / 16, .rms = i / 8};
    snprintf(output->path, sizeof output->path, "%s", path);
}

static void sample_notes(struct ocs_report *report)
{
    report->input.finding_count = 1;
    snprintf(report->input.findings[0].code, sizeof report->input.findings[0].code, "map_id");
    snprintf(report->input.findings[0].text, sizeof report->input.findings[0].text,
             "no \"MAP \" \x1b[31m in the header");
    report->warning_count = 2;
    snprintf(report->warnings[0].code, sizeof report->warnings[0].code, "poor_fit");
    snprintf(report->warnings[0].text, sizeof report->warnings[0].text, "the model looks poor");
    snprintf(report->warnings[1].code, sizeof report->warnings[1].code, "other");
    snprintf(report->warnings[1].text, sizeof report->warnings[1].text, "tab\tand \\ and \"");
}

static void sample_run(struct ocs_report *report)
{
    report->pass_count = 2;
    snprintf(report->passes[0].name, sizeof report->passes[0].name, "survey");
    report->passes[0].seconds = 1.5;
    snprintf(report->passes[1].name, sizeof report->passes[1].name, "emit");
    report->passes[1].seconds = 2.25;
    report->bytes_read = UINT64_C(1) << 41;
    report->bytes_written = 4097;
    report->scratch_bytes = 4098;
    report->memory_limit_bytes = 1u << 30;
    report->memory_peak_bytes = 123456789;
    report->in_memory_bytes = 16384000;
    report->threads = 3;
    report->seconds = 3.75;
    snprintf(report->simd, sizeof report->simd, "avx2");
}

/* Of a map at `path`, without outputs. */
static void sample_report(struct ocs_report *report, const char *path)
{
    *report = (struct ocs_report){
        .input = {.dims = {30, 40, 50},
                  .voxel_size_ang = {1.5, 1.25, 1.0},
                  .mode = 2,
                  .mode_name = "float32",
                  .volume = 1,
                  .volumes = 1,
                  .nonfinite = 5,
                  .statistics = {-1.0, 2.0, 0.1, 0.3}},
        .rules = "default",
        .scale_data = "raw",
        .lowpass_active = true,
        .lowpass_ang = 8.5,
        .kernel = {.size = {3, 5, 7}, .radius = {1.1, 2.2, 3.3}, .voxels = 93},
        .tau = 0.9647,
        .tiles = {.used = true,
                  .side = {2, 4, 6},
                  .step = {2, -1, 3},
                  .edge = {-1, 0, 1},
                  .full_at = {11, 12, 13},
                  .full_at_ang = {13.5, 14.5, 15.5},
                  .low_at = {21, 22, 23},
                  .low_at_ang = {23.5, 24.5, 25.5},
                  .low = -0.25},
        .full_scale = 0.75,
        .solvent_fit = {10.5, 0.001, 0.05},
        .content_at_1pct = 0.125,
        .solvent_edge = 0.25,
        .variability_limit = NAN,
        .confidence_limit = 0.0625,
        .hedge_confidence = 2,
        .nlrc = true,
        .seed = INT64_MAX,
    };
    snprintf(report->input.path, sizeof report->input.path, "%s", path);
    for (int i = 0; i < OCS_REPORT_CURVE; ++i)
        report->confidence_curve[i] = i / 999.0;
    report->targets = sample_targets;
    report->target_count = 2;
    sample_notes(report);
    sample_run(report);
}

#endif
