/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "signals.h"

#include <stddef.h>

/* A signal handler has nowhere else to write to. */
static volatile sig_atomic_t caught;

static void catch (int signal)
{
    __atomic_store_n(&caught, signal, __ATOMIC_RELAXED); /* threads look at it meanwhile */
}

const volatile sig_atomic_t *cli_catch_signals(void)
{
    struct sigaction action = {.sa_handler = catch, .sa_flags = (int)(SA_RESTART | SA_RESETHAND)};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &caught;
}

int cli_caught_signal(void)
{
    return caught;
}
