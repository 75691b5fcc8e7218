/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLOCK_H
#define OCS_CLOCK_H

/* A clock that nobody sets, and waiting by it. */

#include <pthread.h>

/* Seconds from an arbitrary beginning. */
double ocs_clock_seconds(void);

/* Makes a condition that ocs_clock_wait can wait for. */
void ocs_clock_condition_init(pthread_cond_t *condition);

/* Waits for `condition` for at most so many `seconds`, at least 0. The caller holds `lock`. */
void ocs_clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, double seconds);

#endif
