/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "signals.h"

#include <stddef.h>

/* A signal handler has nowhere else to write to. */
static volatile sig_atomic_t caught;

static void catch (int signal)
{
    __atomic_store_n(&caught, signal, __ATOMIC_RELAXED); /* threads look at it meanwhile */
}

/* Whoever starts a run with the signal ignored, as nohup does, wants it to go on. */
static void catch_unless_ignored(int signal)
{
    struct sigaction action = {.sa_handler = catch, .sa_flags = (int)(SA_RESTART | SA_RESETHAND)};
    struct sigaction now;
    sigemptyset(&action.sa_mask);
    if (sigaction(signal, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
        sigaction(signal, &action, NULL);
}

const volatile sig_atomic_t *cli_catch_signals(void)
{
    catch_unless_ignored(SIGINT);
    catch_unless_ignored(SIGTERM);
    catch_unless_ignored(SIGHUP);
    return &caught;
}

int cli_caught_signal(void)
{
    return caught;
}
