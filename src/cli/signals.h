/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_SIGNALS_H
#define OCS_CLI_SIGNALS_H

#include <signal.h>

/* From here on the first SIGINT or SIGTERM sets the flag; a second one ends the process at once. */
const volatile sig_atomic_t *cli_catch_signals(void);

/* The signal that was caught, or 0. */
int cli_caught_signal(void);

#endif
