/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_COMMAND_LINE_H
#define OCS_CLI_COMMAND_LINE_H

/* "occustream" and the arguments as one line that a shell would read back as the same words. To be
 * freed with free(); NULL when there is no memory. */
char *cli_command_line(int argc, char **argv);

#endif
