/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLOCK_H
#define OCS_CLOCK_H

/* Seconds of a clock that nobody sets, from an arbitrary beginning. */
double ocs_clock_seconds(void);

#endif
