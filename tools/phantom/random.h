/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PHANTOM_RANDOM_H
#define PHANTOM_RANDOM_H

/* Random numbers by position instead of by turn: number `index` of stream `key` is a pure function
 * of both, so any thread can make any part and nothing has to be kept. The mixing is splitmix64's.
 */

#include <stdint.h>

static inline uint64_t phantom_hash(uint64_t key, uint64_t index)
{
    uint64_t bits = key + (index + 1) * UINT64_C(0x9E3779B97F4A7C15);
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
    return bits ^ (bits >> 31);
}

#endif
