/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shuffle.h"

#include <assert.h>
#include <string.h>

void ocs_shuffle(const unsigned char *restrict from, unsigned char *restrict to, uint64_t bytes,
                 unsigned element_bytes)
{
    const uint64_t n = bytes / element_bytes;
    assert(n * element_bytes == bytes);
    if (element_bytes == 1)
        memcpy(to, from, bytes);
    else if (element_bytes == 2)
        for (uint64_t i = 0; i < n; ++i) {
            to[i] = from[2 * i];
            to[n + i] = from[2 * i + 1];
        }
    else
        for (uint64_t i = 0; i < n; ++i) {
            to[i] = from[4 * i];
            to[n + i] = from[4 * i + 1];
            to[2 * n + i] = from[4 * i + 2];
            to[3 * n + i] = from[4 * i + 3];
        }
}

void ocs_unshuffle(const unsigned char *restrict from, unsigned char *restrict to, uint64_t bytes,
                   unsigned element_bytes)
{
    const uint64_t n = bytes / element_bytes;
    assert(n * element_bytes == bytes);
    if (element_bytes == 1)
        memcpy(to, from, bytes);
    else if (element_bytes == 2)
        for (uint64_t i = 0; i < n; ++i) {
            to[2 * i] = from[i];
            to[2 * i + 1] = from[n + i];
        }
    else
        for (uint64_t i = 0; i < n; ++i) {
            to[4 * i] = from[i];
            to[4 * i + 1] = from[n + i];
            to[4 * i + 2] = from[2 * n + i];
            to[4 * i + 3] = from[3 * n + i];
        }
}
