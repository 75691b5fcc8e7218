/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_RUN_COMMAND_H
#define OCS_CLI_RUN_COMMAND_H

/* What commands that plan and run have in common. */

#include "progress.h"

/* One line on the failure; returns the exit status. Nothing is said when whoever read standard
 * output has enough, as head does. */
int cli_failed(const char *command, const struct ocs_error *error);

/* Passes on `status`; with --verbose says what was reached. */
enum ocs_status cli_confined(const struct cli_request *request, enum ocs_status status,
                             const struct ocs_confinement *confinement);

/* Runs `run` on `plan` with progress and signals, and `done` with the report when it succeeded. The
 * exit status. */
typedef enum ocs_status cli_run(void *plan, const struct ocs_hooks *hooks,
                                struct ocs_report *report, struct ocs_error *error);
typedef void cli_done(const struct cli_request *request, const struct ocs_report *report);
int cli_run_plan(const char *command, void *plan, const struct ocs_plan_summary *summary,
                 const struct cli_request *request, cli_run *run, cli_done *done);

#endif
