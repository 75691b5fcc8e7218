/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preloaded: the clock of the day jumps back by an hour with every look at it. */

#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

static atomic_long looks;

EXPORTED int clock_gettime(clockid_t clock, struct timespec *at)
{
    const int result = (int)syscall(SYS_clock_gettime, clock, at);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        at->tv_sec -= 3600 * atomic_fetch_add(&looks, 1);
    return result;
}

EXPORTED int gettimeofday(struct timeval *at, void *zone)
{
    (void)zone;
    struct timespec now;
    const int result = clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return result;
}

EXPORTED time_t time(time_t *at_ret)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at_ret)
        *at_ret = now.tv_sec;
    return now.tv_sec;
}
