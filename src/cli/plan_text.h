/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_PLAN_TEXT_H
#define OCS_CLI_PLAN_TEXT_H

#include "occustream/estimate.h"

#include <stdio.h>

/* The plan as a table for people. */
void cli_put_plan(FILE *to, const struct ocs_plan_summary *plan);

#endif
