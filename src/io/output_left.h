/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_OUTPUT_LEFT_H
#define OCS_OUTPUT_LEFT_H

/* What runs that were killed left of their results under hidden names. */

#include <stdbool.h>
#include <stdint.h>

/* Files and trees of the forms ".NAME.xxxxxx.part" and ".NAME.resume.part" in `folder` that are
 * ours and that no process holds: adds how many to *count, and puts the path of the first of all,
 * when *count was 0, into `path_ret`. `resumable`: those of the second form, too. */
void ocs_output_find_left(const char *folder, bool resumable, unsigned *count, char *path_ret,
                          uint64_t path_bytes);

#endif
