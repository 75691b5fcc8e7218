/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "estimate_command.h"

#include "command_line.h"
#include "help.h"
#include "parse_options.h"
#include "run_command.h"
#include "say.h"
#include "summary.h"

#include <stdlib.h>

static enum ocs_status run(void *plan, const struct ocs_hooks *hooks, struct ocs_report *report,
                           struct ocs_error *error)
{
    return ocs_run(plan, hooks, report, error);
}

/* Before the first byte of the map is read. */
static enum ocs_status confine(const struct cli_request *request, struct ocs_error *error)
{
    struct ocs_confinement confinement;
    const enum ocs_status status =
        ocs_confine_estimate(&request->options, request->sandbox, &confinement, error);
    return cli_confined(request, status, &confinement);
}

static int plan_and_run(const struct cli_request *request)
{
    const char *const command = cli_command_name(CLI_ESTIMATE);
    struct ocs_plan *plan;
    struct ocs_error error;
    if (confine(request, &error) != OCS_OK ||
        ocs_plan_make(&request->options, &plan, &error) != OCS_OK)
        return cli_failed(command, &error);
    const int status =
        cli_run_plan(command, plan, ocs_plan_summary(plan), request, run, cli_put_summary);
    ocs_plan_destroy(plan);
    return status;
}

int ocs_cli_estimate(int argc, char **argv)
{
    char *const line = cli_command_line(argc, argv); /* before getopt sorts the words */
    struct cli_request request = CLI_REQUEST_DEFAULT;
    request.options.command = line;
    int status;
    if (!cli_parse_options(CLI_ESTIMATE, argc, argv, &request)) {
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
