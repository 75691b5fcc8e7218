/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate_command.h"

#include "command_line.h"
#include "help.h"
#include "parse_options.h"
#include "plan_text.h"
#include "progress.h"
#include "say.h"
#include "signals.h"
#include "summary.h"

#include "occustream/estimate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const command = "estimate";

/* Whoever read standard output has enough, as head does: nothing to talk about. */
static bool is_reader_gone(const struct ocs_error *error)
{
    return error->system == EPIPE && strcmp(error->path, "standard output") == 0;
}

static int failed(const struct ocs_error *error)
{
    if (is_reader_gone(error))
        return ocs_status_exit(error->status);
    const int status = cli_report_error(command, error);
    const int signal = error->status == OCS_CANCELLED ? cli_caught_signal() : 0;
    return signal ? 128 + signal : status;
}

/* The report is large: not on the stack. */
static int run_into(struct ocs_plan *plan, const struct cli_request *request,
                    struct ocs_report *report)
{
    struct cli_progress_state progress;
    cli_progress_start(&progress, request);
    const struct ocs_hooks hooks = {
        .progress = progress.how == CLI_PROGRESS_NONE ? NULL : cli_progress_show,
        .user = &progress,
        .cancel = cli_catch_signals(),
    };
    struct ocs_error error;
    const enum ocs_status status = ocs_run(plan, &hooks, report, &error);
    cli_progress_end(&progress);
    if (status == OCS_OK)
        cli_put_summary(request, report);
    ocs_report_free(report);
    return status == OCS_OK ? 0 : failed(&error);
}

static int run_plan(struct ocs_plan *plan, const struct cli_request *request)
{
    if (request->verbose)
        cli_put_plan(stderr, ocs_plan_summary(plan));
    struct ocs_report *const report = calloc(1, sizeof *report);
    if (!report) {
        fputs("occustream: starting: no memory\n", stderr);
        return ocs_status_exit(OCS_LIMIT);
    }
    const int status = run_into(plan, request, report);
    free(report);
    return status;
}

/* Before the first byte of the map is read. */
static enum ocs_status confine(const struct cli_request *request, struct ocs_error *error)
{
    struct ocs_confinement confinement;
    const enum ocs_status status =
        ocs_confine_estimate(&request->options, request->sandbox, &confinement, error);
    if (status == OCS_OK && request->verbose)
        fprintf(stderr, "sandbox      %s\n", confinement.text);
    return status;
}

static int plan_and_run(const struct cli_request *request)
{
    struct ocs_plan *plan;
    struct ocs_error error;
    if (confine(request, &error) != OCS_OK ||
        ocs_plan_make(&request->options, &plan, &error) != OCS_OK)
        return failed(&error);
    int status = 0;
    if (request->plan) {
        cli_put_plan(stdout, ocs_plan_summary(plan));
        status = cli_close_output(0);
    } else {
        status = run_plan(plan, request);
    }
    ocs_plan_destroy(plan);
    return status;
}

int ocs_cli_estimate(int argc, char **argv)
{
    char *const line = cli_command_line(argc, argv); /* before getopt sorts the words */
    struct cli_request request = CLI_REQUEST_DEFAULT;
    request.options.command = line;
    int status;
    if (!cli_parse_options(argc, argv, &request)) {
        status = ocs_status_exit(OCS_USAGE);
    } else if (request.help) {
        cli_put_estimate_help();
        status = cli_close_output(0);
    } else {
        status = plan_and_run(&request);
    }
    free(line);
    return status;
}
