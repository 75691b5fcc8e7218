/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_SUMMARY_H
#define OCS_CLI_SUMMARY_H

#include "request.h"

#include "occustream/report.h"

/* What the run found, its warnings, and what was written: a few lines on standard error. */
void cli_put_summary(const struct cli_request *request, const struct ocs_report *report);

/* The same of a conversion. */
void cli_put_conversion(const struct cli_request *request, const struct ocs_report *report);

#endif
