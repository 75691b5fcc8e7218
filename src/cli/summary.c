/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "summary.h"

#include "say.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MOST_TARGETS = 40 };

static void put_notes(const char *title, const struct ocs_note *notes, unsigned count)
{
    for (unsigned i = 0; i < count; ++i) {
        fprintf(stderr, "%s: ", title);
        cli_put_visible(stderr, notes[i].text);
        fputc('\n', stderr);
    }
}

static void put_found(const struct ocs_report *report)
{
    fprintf(stderr, "full scale %.6g; solvent mean %.6g, sigma %.6g", report->full_scale,
            report->solvent_fit.mean, report->solvent_fit.sigma);
    fprintf(stderr, "; confidence limit %.4g", report->confidence_limit);
    if (isfinite(report->variability_limit))
        fprintf(stderr, ", variability limit %.4g", report->variability_limit);
    fputc('\n', stderr);
}

static void put_share(int width, double value)
{
    if (isfinite(value))
        fprintf(stderr, "%*.3f", width, value);
    else
        fprintf(stderr, "%*s", width, "-");
}

static void put_target(const struct ocs_report_target *target, bool is_mask)
{
    char name[24] = "mask";
    if (!is_mask)
        snprintf(name, sizeof name, "%" PRId64, target->label);
    fprintf(stderr, "%9s%12" PRIu64, name, target->voxels);
    put_share(11, target->occupancy);
    put_share(10, target->relative);
    put_share(13, target->scale_quartile[0]);
    put_share(8, target->scale_quartile[1]);
    put_share(8, target->scale_quartile[2]);
    fputc('\n', stderr);
}

/* The first ones: a label map may have thousands. The mask comes before the labels. */
static void put_targets(const struct cli_request *request, const struct ocs_report *report)
{
    if (report->target_count == 0)
        return;
    fprintf(stderr, "%9s%12s%11s%10s%13s%8s%8s\n", "target", "voxels", "occupancy", "relative",
            "scale  25 %", "50 %", "75 %");
    const unsigned shown =
        report->target_count < MOST_TARGETS ? report->target_count : MOST_TARGETS;
    for (unsigned i = 0; i < shown; ++i)
        put_target(&report->targets[i], i == 0 && request->options.target_mask);
    if (shown < report->target_count)
        fprintf(stderr, "and %u more\n", report->target_count - shown);
}

static void put_written(const struct cli_request *request, const struct ocs_report *report)
{
    if (strcmp(request->options.output_dir, "-") == 0) {
        fputs("wrote the map to standard output\n", stderr);
        return;
    }
    fputs("wrote ", stderr);
    for (unsigned i = 0; i < report->output_count; ++i) {
        const char *const path = report->outputs[i].path;
        const char *const slash = strrchr(path, '/');
        cli_put_visible(stderr, slash ? slash + 1 : path);
        fputs(", ", stderr);
    }
    if (request->options.chimerax && request->options.format == OCS_FORMAT_MRC)
        fputs("a ChimeraX script, ", stderr);
    if (report->target_count > 0)
        fputs("the targets, ", stderr);
    fputs("the report and the log to ", stderr);
    cli_put_visible(stderr, request->options.output_dir);
    fputc('\n', stderr);
}

void cli_put_beginning(const struct cli_request *request, const struct ocs_plan_summary *plan)
{
    if (request->quiet || plan->left_count == 0)
        return;
    fputs("note: ", stderr);
    cli_put_visible(stderr, plan->left_path);
    if (plan->left_count > 1)
        fprintf(stderr, " and %u more were", plan->left_count - 1);
    else
        fputs(" was", stderr);
    fputs(" left by a run that was interrupted; --resume with its options goes on from a folder "
          ".resume, anything else only takes space: rm -r removes what is not wanted\n",
          stderr);
}

/* Passes in the order of the run, each name once in a row. */
static void put_taken_over(const struct ocs_report *report)
{
    const char *before = "taken over from the interrupted run: ";
    for (unsigned i = 0; i < report->pass_count; ++i) {
        if (!report->passes[i].taken_over)
            continue;
        fprintf(stderr, "%s%s", before, report->passes[i].name);
        before = ", ";
    }
    if (before[0] == ',')
        fputc('\n', stderr);
}

void cli_put_summary(const struct cli_request *request, const struct ocs_report *report)
{
    if (request->quiet)
        return;
    if (request->verbose)
        put_notes("finding", report->input.findings, report->input.finding_count);
    put_taken_over(report);
    put_found(report);
    put_targets(request, report);
    put_notes("warning", report->warnings, report->warning_count);
    put_written(request, report);
}

void cli_put_conversion(const struct cli_request *request, const struct ocs_report *report)
{
    if (request->quiet)
        return;
    if (request->verbose)
        put_notes("finding", report->input.findings, report->input.finding_count);
    put_notes("warning", report->warnings, report->warning_count);
    fputs("wrote ", stderr);
    if (strcmp(request->convert.out, "-") == 0)
        fputs("the map to standard output", stderr);
    else
        cli_put_visible(stderr, report->outputs[0].path);
    fputs(request->convert.verify ? " and read it again: all voxels are the same\n" : "\n", stderr);
}
