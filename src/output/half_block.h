/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HALF_BLOCK_H
#define OCS_HALF_BLOCK_H

/* The same sums as half_sums.c makes, of a block of values of usual size, in vectors. For
 * processors of any level but the scalar one. */

#include "half_sums.h"

#include <stdbool.h>

enum { OCS_HALF_BLOCK = 8192 }; /* most values */

/* False, and nothing is added, when one of them is 128 or larger, infinite, or NaN. `n` > 0. */
bool ocs_half_block_add(struct ocs_half_sums *sums, const unsigned char *halves, uint64_t n);

#endif
