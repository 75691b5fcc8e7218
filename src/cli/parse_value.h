/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_PARSE_VALUE_H
#define OCS_CLI_PARSE_VALUE_H

#include "option_table.h"
#include "request.h"

enum { CLI_PROBLEM_BYTES = 400 };

/* Reads `text` (NULL for options without a value) as the value of `option` and stores it. False,
 * with one clause in `problem`, when it is not one. `request` keeps `text` of options that take
 * text. */
bool cli_parse_value(const struct cli_option *option, const char *text, struct cli_request *request,
                     char problem[CLI_PROBLEM_BYTES]);

#endif
