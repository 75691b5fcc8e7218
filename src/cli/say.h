/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_SAY_H
#define OCS_CLI_SAY_H

#include "occustream/error.h"

#include <stdio.h>

/* "occustream: ...; see occustream COMMAND --help" on standard error, one line. `command` may be
 * "". Returns the exit status for wrong usage. */
OCS_PRINTF(2, 3) int cli_usage_error(const char *command, const char *format, ...);

/* "occustream: " and the error, one line. Returns the exit status that goes with it. */
int cli_report_error(const char *command, const struct ocs_error *error);

/* Text from outside: what could move the cursor becomes `?`. */
void cli_put_visible(FILE *to, const char *text);

/* Sees to it that all was written to standard output. Returns `status`, or another one when it was
 * not. */
int cli_close_output(int status);

#endif
