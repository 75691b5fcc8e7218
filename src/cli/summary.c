/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "summary.h"

#include "say.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

static void put_written(const struct cli_request *request, const struct ocs_report *report)
{
    fputs("wrote ", stderr);
    for (unsigned i = 0; i < report->output_count; ++i) {
        const char *const path = report->outputs[i].path;
        const char *const slash = strrchr(path, '/');
        cli_put_visible(stderr, slash ? slash + 1 : path);
        fputs(", ", stderr);
    }
    if (request->options.chimerax)
        fputs("a ChimeraX script, ", stderr);
    if (report->target_count > 0)
        fputs("the targets, ", stderr);
    fputs("the report and the log to ", stderr);
    cli_put_visible(stderr, request->options.output_dir);
    fputc('\n', stderr);
}

void cli_put_summary(const struct cli_request *request, const struct ocs_report *report)
{
    if (request->quiet)
        return;
    if (request->verbose)
        put_notes("finding", report->input.findings, report->input.finding_count);
    put_found(report);
    put_notes("warning", report->warnings, report->warning_count);
    put_written(request, report);
}
