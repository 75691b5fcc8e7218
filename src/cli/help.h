/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_HELP_H
#define OCS_CLI_HELP_H

/* On standard output. */
void cli_put_help(void);
void cli_put_estimate_help(void);
void cli_put_convert_help(void);
void cli_put_version(void);

#endif
