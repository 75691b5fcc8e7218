/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_NOISE_PHILOX_H
#define OCS_NOISE_PHILOX_H

/* Philox4x32-10, a counter-based generator (Salmon, Moraes, Dror & Shaw, "Parallel random numbers:
 * as easy as 1, 2, 3", SC11): ten rounds that turn a counter of four words into four random words,
 * under a key of two. Any counter may be asked for at any time. */

#include <stdint.h>

enum { PHILOX_ROUNDS = 10 };

/* `word` is the counter, and becomes the random words. The low half is a product of its own, which
 * vectors of 32-bit lanes find faster than the truncated long one. */
static inline void philox(uint32_t word[4], uint32_t key0, uint32_t key1)
{
    const uint32_t factor0 = 0xD2511F53U, factor1 = 0xCD9E8D57U;
    for (int round = 0; round < PHILOX_ROUNDS; ++round) {
        const uint32_t high0 = (uint32_t)((uint64_t)word[0] * factor0 >> 32);
        const uint32_t high1 = (uint32_t)((uint64_t)word[2] * factor1 >> 32);
        const uint32_t low0 = word[0] * factor0, low1 = word[2] * factor1;
        word[0] = high1 ^ word[1] ^ key0;
        word[1] = low1;
        word[2] = high0 ^ word[3] ^ key1;
        word[3] = low0;
        key0 += 0x9E3779B9U;
        key1 += 0xBB67AE85U;
    }
}

#endif
