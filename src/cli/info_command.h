/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_INFO_COMMAND_H
#define OCS_INFO_COMMAND_H

/* `occustream info [options] MAP...`: what the files are and where they depart
 * from MRC2014. argv[0] is the command's name. Returns the program's exit status, that of the worst
 * file; a file that is refused costs one line on standard error and does not stop the others. */
int ocs_cli_info(int argc, char **argv);

#endif
