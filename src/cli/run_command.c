/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_command.h"

#include "plan_text.h"
#include "say.h"
#include "signals.h"
#include "summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_reader_gone(const struct ocs_error *error)
{
    return error->system == EPIPE && strcmp(error->path, "standard output") == 0;
}

int cli_failed(const char *command, const struct ocs_error *error)
{
    if (is_reader_gone(error))
        return ocs_status_exit(error->status);
    const int status = cli_report_error(command, error);
    const int signal = error->status == OCS_CANCELLED ? cli_caught_signal() : 0;
    return signal ? 128 + signal : status;
}

enum ocs_status cli_confined(const struct cli_request *request, enum ocs_status status,
                             const struct ocs_confinement *confinement)
{
    if (status == OCS_OK && request->verbose)
        fprintf(stderr, "sandbox      %s\n", confinement->text);
    return status;
}

static int run_into(const char *command, void *plan, const struct cli_request *request,
                    cli_run *run, cli_done *done, struct ocs_report *report)
{
    struct cli_progress_state progress;
    cli_progress_start(&progress, request);
    const struct ocs_hooks hooks = {
        .progress = progress.how == CLI_PROGRESS_NONE ? NULL : cli_progress_show,
        .user = &progress,
        .cancel = cli_catch_signals(),
    };
    struct ocs_error error;
    const enum ocs_status status = run(plan, &hooks, report, &error);
    cli_progress_end(&progress);
    if (status == OCS_OK)
        done(request, report);
    ocs_report_free(report);
    return status == OCS_OK ? 0 : cli_failed(command, &error);
}

/* The report is large: not on the stack. */
int cli_run_plan(const char *command, void *plan, const struct ocs_plan_summary *summary,
                 const struct cli_request *request, cli_run *run, cli_done *done)
{
    if (request->plan) {
        cli_put_plan(stdout, summary);
        return cli_close_output(0);
    }
    cli_put_beginning(request, summary);
    if (request->verbose)
        cli_put_plan(stderr, summary);
    struct ocs_report *const report = calloc(1, sizeof *report);
    if (!report) {
        fputs("occustream: starting: no memory\n", stderr);
        return ocs_status_exit(OCS_LIMIT);
    }
    const int status = run_into(command, plan, request, run, done, report);
    free(report);
    return status;
}
