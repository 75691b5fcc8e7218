/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_CONVERT_COMMAND_H
#define OCS_CLI_CONVERT_COMMAND_H

/* `occustream convert`; argv[0] is the command's own name. The exit status. */
int ocs_cli_convert(int argc, char **argv);

#endif
