/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_NOISE_LANES_H
#define OCS_NOISE_LANES_H

/* Rows of Philox counters. A product of two 32-bit words has 64 bits, which vectors on x86 find
 * from the even ones of their 32-bit lanes; so even and odd counters take turns, each in a lane of
 * 64 bits of which only the low half counts. Compilers do not find this by themselves: they
 * shuffle every product's halves apart and find the low ones a second time. */

#include "noise_philox.h"

enum { PHILOX_ROW = 64, PHILOX_MULTIPLE = 32 };

/* `count` counters from `counter` on, a multiple of PHILOX_MULTIPLE and at most PHILOX_ROW, become
 * four random words each. */
static void philox_row(uint64_t counter, uint64_t seed, uint32_t words[4][PHILOX_ROW],
                       uint32_t count);

#if defined(__AVX2__)

#include <immintrin.h>

#if defined(__AVX512F__)

typedef __m512i lanes;

/* Every second counter from this one on. */
static inline lanes lanes_count(uint64_t first)
{
    const lanes steps = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
    return _mm512_add_epi64(_mm512_set1_epi64((long long)first), steps);
}

static inline void lanes_store(uint32_t *to, lanes v)
{
    _mm512_storeu_si512(to, v);
}

static inline lanes lanes_all(uint32_t word)
{
    return _mm512_set1_epi64((long long)word);
}

static inline lanes lanes_product(lanes a, lanes b)
{
    return _mm512_mul_epu32(a, b);
}

static inline lanes lanes_high(lanes v)
{
    return _mm512_srli_epi64(v, 32);
}

/* The low halves of both, in turn. */
static inline lanes lanes_join(lanes even, lanes odd)
{
    return _mm512_mask_shuffle_epi32(even, 0xAAAA, odd, _MM_PERM_CCAA);
}

#else

typedef __m256i lanes;

/* Every second counter from this one on. */
static inline lanes lanes_count(uint64_t first)
{
    const lanes steps = _mm256_setr_epi64x(0, 2, 4, 6);
    return _mm256_add_epi64(_mm256_set1_epi64x((long long)first), steps);
}

static inline void lanes_store(uint32_t *to, lanes v)
{
    _mm256_storeu_si256((__m256i *)to, v);
}

static inline lanes lanes_all(uint32_t word)
{
    return _mm256_set1_epi64x((long long)word);
}

static inline lanes lanes_product(lanes a, lanes b)
{
    return _mm256_mul_epu32(a, b);
}

static inline lanes lanes_high(lanes v)
{
    return _mm256_srli_epi64(v, 32);
}

static inline lanes lanes_join(lanes even, lanes odd)
{
    return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
}

#endif

enum { LANE_WORDS = sizeof(lanes) / sizeof(uint32_t) };

/* A round waits for its products, so the rounds of several counters take turns. */
enum { PHILOX_TURNS = 4 };

static inline void philox_round(lanes word[4], lanes key0, lanes key1)
{
    const lanes product0 = lanes_product(word[0], lanes_all(PHILOX_FACTOR0));
    const lanes product1 = lanes_product(word[2], lanes_all(PHILOX_FACTOR1));
    word[0] = lanes_high(product1) ^ (word[1] ^ key0);
    word[1] = product1;
    word[2] = lanes_high(product0) ^ (word[3] ^ key1);
    word[3] = product0;
}

/* Unrolled, so that all words stay in registers. */
static inline void philox_rounds(lanes word[PHILOX_TURNS][4], uint64_t seed)
{
    uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < PHILOX_ROUNDS; ++round) {
        const lanes keys0 = lanes_all(key0), keys1 = lanes_all(key1);
#pragma GCC unroll 4
        for (int turn = 0; turn < PHILOX_TURNS; ++turn)
            philox_round(word[turn], keys0, keys1);
        key0 += PHILOX_KEY_STEP0;
        key1 += PHILOX_KEY_STEP1;
    }
}

/* Turns 0 and 1 have the even and the odd ones of the first counters, 2 and 3 those of the next. */
static void philox_row(uint64_t counter, uint64_t seed, uint32_t words[4][PHILOX_ROW],
                       uint32_t count)
{
    for (uint32_t i = 0; i < count; i += PHILOX_TURNS / 2 * LANE_WORDS) {
        lanes word[PHILOX_TURNS][4];
        for (uint32_t turn = 0; turn < PHILOX_TURNS; ++turn) {
            word[turn][0] = lanes_count(counter + i + turn / 2 * LANE_WORDS + turn % 2);
            word[turn][1] = lanes_high(word[turn][0]);
            word[turn][2] = word[turn][3] = lanes_all(0);
        }
        philox_rounds(word, seed);
        for (int w = 0; w < 4; ++w) {
            lanes_store(words[w] + i, lanes_join(word[0][w], word[1][w]));
            lanes_store(words[w] + i + LANE_WORDS, lanes_join(word[2][w], word[3][w]));
        }
    }
}

#else

static void philox_row(uint64_t counter, uint64_t seed, uint32_t words[4][PHILOX_ROW],
                       uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t word[4] = {(uint32_t)(counter + i), (uint32_t)((counter + i) >> 32), 0, 0};
        philox(word, (uint32_t)seed, (uint32_t)(seed >> 32));
        for (int w = 0; w < 4; ++w)
            words[w][i] = word[w];
    }
}

#endif

#endif
