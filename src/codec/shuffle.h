/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SHUFFLE_H
#define OCS_SHUFFLE_H

/* All first bytes of the elements, then all second ones, and so on: what makes voxels compress.
 * `bytes` is a multiple of `element_bytes`, which is 1, 2 or 4. `from` and `to` do not overlap. */

#include <stdint.h>

void ocs_shuffle(const unsigned char *from, unsigned char *to, uint64_t bytes,
                 unsigned element_bytes);
void ocs_unshuffle(const unsigned char *from, unsigned char *to, uint64_t bytes,
                   unsigned element_bytes);

#endif
