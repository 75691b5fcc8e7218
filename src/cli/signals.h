/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_SIGNALS_H
#define OCS_CLI_SIGNALS_H

#include <signal.h>

/* From here on the first SIGINT, SIGTERM or SIGHUP sets the flag; a second one of the same kind
 * ends the process at once. What was ignored when the program started stays ignored. */
const volatile sig_atomic_t *cli_catch_signals(void);

/* The signal that was caught, or 0. */
int cli_caught_signal(void);

#endif
