/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place_sum.h"

#include "checked.h"

#include <string.h>

/* Multilinear: every 32-bit word of the whole times a key of its place. */

enum { WORD = 8 };

/* The finisher of SplitMix64, which spreads consecutive numbers over all bits. */
static uint64_t key_of(uint64_t place)
{
    uint64_t mixed = (place + 1) * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static uint64_t word_sum(uint64_t index, uint64_t word)
{
    return (word & UINT32_MAX) * (key_of(2 * index) | 1) +
           (word >> 32) * (key_of(2 * index + 1) | 1);
}

static uint64_t load(const unsigned char *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

/* Bytes within one word: the rest of it counts as 0. */
static uint64_t part_sum(uint64_t offset, const unsigned char *bytes, uint64_t count)
{
    unsigned char whole[WORD] = {0};
    memcpy(whole + offset % WORD, bytes, count);
    return word_sum(offset / WORD, load(whole));
}

uint64_t ocs_place_sum(uint64_t offset, const void *bytes, uint64_t count)
{
    if (count == 0) /* of nothing, which may be nowhere */
        return 0;
    const unsigned char *from = bytes;
    uint64_t sum = 0;
    const uint64_t front = ocs_min_u64((WORD - offset % WORD) % WORD, count);
    if (front > 0)
        sum += part_sum(offset, from, front);
    offset += front;
    from += front;
    count -= front;
    for (; count >= WORD; count -= WORD, offset += WORD, from += WORD)
        sum += word_sum(offset / WORD, load(from));
    return count > 0 ? sum + part_sum(offset, from, count) : sum;
}
