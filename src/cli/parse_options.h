/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_PARSE_OPTIONS_H
#define OCS_CLI_PARSE_OPTIONS_H

#include "request.h"

/* Reads the arguments of `estimate`; argv[0] is the command's own name. Long options must be
 * spelled out. False after wrong usage was reported on standard error. With --help nothing else is
 * checked. */
bool cli_parse_options(int argc, char **argv, struct cli_request *request);

#endif
