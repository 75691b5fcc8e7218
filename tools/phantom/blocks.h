/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PHANTOM_BLOCKS_H
#define PHANTOM_BLOCKS_H

/* All blocks of a phantom, made by several threads, each written to its place in the files. */

#include "make.h"

/* What one block leaves behind; merged in block order, so that sums do not depend on who did what.
 */
struct phantom_result {
    struct phantom_stats stats;
    uint64_t counts[PHANTOM_MAX_DOMAINS];
};

/* Writes all voxels behind the headers of the files open at `map` and `labels` (-1: not wanted) and
 * returns the sum of the results, or an errno. */
int phantom_make_blocks(const struct phantom *phantom, int map, int labels,
                        struct phantom_result *total_ret);

/* Writes all of it; 0 or an errno. */
int phantom_write_at(int file, const unsigned char *bytes, int64_t count, int64_t offset);

#endif
