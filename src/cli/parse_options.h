/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_PARSE_OPTIONS_H
#define OCS_CLI_PARSE_OPTIONS_H

#include "option_table.h"
#include "request.h"

/* Reads the arguments of a command; argv[0] is the command's own name. Long options must be
 * spelled out. False after wrong usage was reported on standard error. With --help nothing else is
 * checked. */
bool cli_parse_options(enum cli_command command, int argc, char **argv,
                       struct cli_request *request);

/* "estimate", "convert" */
const char *cli_command_name(enum cli_command command);

#endif
