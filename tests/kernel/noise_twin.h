/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NOISE_TWIN_H
#define NOISE_TWIN_H

/* The solvent noise once more, in double and by the C library, one deviate at a time. */

#include <math.h>
#include <stdint.h>

static inline void twin_round(uint64_t counter[4], const uint64_t key[2])
{
    const uint64_t a = 0xD2511F53U * counter[0], b = 0xCD9E8D57U * counter[2];
    const uint64_t next[4] = {b / 4294967296U ^ counter[1] ^ key[0], b % 4294967296U,
                              a / 4294967296U ^ counter[3] ^ key[1], a % 4294967296U};
    for (int i = 0; i < 4; ++i)
        counter[i] = next[i];
}

static inline void twin_philox(uint64_t counter[4], uint64_t key0, uint64_t key1)
{
    for (uint64_t round = 0; round < 10; ++round) {
        const uint64_t key[2] = {(key0 + round * 0x9E3779B9U) % 4294967296U,
                                 (key1 + round * 0xBB67AE85U) % 4294967296U};
        twin_round(counter, key);
    }
}

static inline double twin_normal(uint64_t seed, uint64_t index)
{
    const uint64_t n = index / 64 * 16 + index % 16, lane = index % 64 / 16, pair = lane & 2;
    uint64_t words[4] = {n % 4294967296U, n / 4294967296U, 0, 0};
    twin_philox(words, seed % 4294967296U, seed / 4294967296U);
    /* Of the uniform number only a float's digits count. */
    const double u = (double)(((float)(words[pair] / 2) + 0.5F) / 2147483648.0F);
    const double angle = 6.283185307179586477 * (double)words[pair + 1] / 4294967296.0;
    return sqrt(-2 * log(u)) * (lane % 2 ? sin(angle) : cos(angle));
}

#endif
