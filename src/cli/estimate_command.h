/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_ESTIMATE_COMMAND_H
#define OCS_CLI_ESTIMATE_COMMAND_H

/* `occustream estimate`; argv[0] is "estimate". Returns the exit status. */
int ocs_cli_estimate(int argc, char **argv);

#endif
