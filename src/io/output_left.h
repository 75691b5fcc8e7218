/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_OUTPUT_LEFT_H
#define OCS_OUTPUT_LEFT_H

/* What runs that were killed left of their results under hidden names. */

#include <stdbool.h>
#include <stdint.h>

/* Whether an entry of the form ".NAME.resume.part" is what the run that asks goes on with. */
typedef bool ocs_output_is_own(const void *self, const char *entry);

/* Files and trees of the forms ".NAME.xxxxxx.part" and ".NAME.resume.part" in `folder` that are
 * this user's and that no process holds: adds how many to *count, and puts the path of the first of
 * all, when *count was 0, into `path_ret`. Without those that `is_own` says are the run's own;
 * NULL: none is. */
void ocs_output_find_left(const char *folder, ocs_output_is_own *is_own, const void *self,
                          unsigned *count, char *path_ret, uint64_t path_bytes);

#endif
