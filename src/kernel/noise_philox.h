/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_NOISE_PHILOX_H
#define OCS_NOISE_PHILOX_H

/* Philox4x32-10, a counter-based generator (Salmon, Moraes, Dror & Shaw, "Parallel random numbers:
 * as easy as 1, 2, 3", SC11): ten rounds that turn a counter of four words into four random words,
 * under a key of two. Any counter may be asked for at any time. */

#include <stdint.h>

enum { PHILOX_ROUNDS = 10 };

#define PHILOX_FACTOR0 0xD2511F53U
#define PHILOX_FACTOR1 0xCD9E8D57U
#define PHILOX_KEY_STEP0 0x9E3779B9U
#define PHILOX_KEY_STEP1 0xBB67AE85U

/* `word` is the counter, and becomes the random words. */
static inline void philox(uint32_t word[4], uint32_t key0, uint32_t key1)
{
    for (int round = 0; round < PHILOX_ROUNDS; ++round) {
        const uint64_t product0 = (uint64_t)word[0] * PHILOX_FACTOR0;
        const uint64_t product1 = (uint64_t)word[2] * PHILOX_FACTOR1;
        word[0] = (uint32_t)(product1 >> 32) ^ word[1] ^ key0;
        word[1] = (uint32_t)product1;
        word[2] = (uint32_t)(product0 >> 32) ^ word[3] ^ key1;
        word[3] = (uint32_t)product0;
        key0 += PHILOX_KEY_STEP0;
        key1 += PHILOX_KEY_STEP1;
    }
}

#endif
