/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_INPUT_H
#define OCS_FUZZ_INPUT_H

/* Taking an input apart from its front: what is no longer there reads as 0. */

#include "fuzz_check.h"

#include <string.h>

struct fuzz_input {
    const uint8_t *data;
    size_t size;
};

/* `bytes` bytes, the missing ones 0. */
static inline void fuzz_take(struct fuzz_input *input, void *to, size_t bytes)
{
    const size_t have = bytes < input->size ? bytes : input->size;
    memset(to, 0, bytes);
    if (have > 0)
        memcpy(to, input->data, have);
    if (have > 0)
        input->data += have;
    input->size -= have;
}

static inline uint8_t fuzz_take_u8(struct fuzz_input *input)
{
    uint8_t value;
    fuzz_take(input, &value, sizeof value);
    return value;
}

static inline uint16_t fuzz_take_u16(struct fuzz_input *input)
{
    uint16_t value;
    fuzz_take(input, &value, sizeof value);
    return value;
}

static inline uint64_t fuzz_take_u64(struct fuzz_input *input)
{
    uint64_t value;
    fuzz_take(input, &value, sizeof value);
    return value;
}

static inline float fuzz_take_float(struct fuzz_input *input)
{
    float value;
    fuzz_take(input, &value, sizeof value);
    return value;
}

static inline double fuzz_take_double(struct fuzz_input *input)
{
    double value;
    fuzz_take(input, &value, sizeof value);
    return value;
}

/* A block of exactly that size, so that a sanitizer sees what goes beyond it. To be freed. */
static inline void *fuzz_room(size_t bytes)
{
    void *const block = malloc(bytes + (bytes == 0));
    FUZZ_CHECK(block);
    return block;
}

static inline void *fuzz_copy(const void *from, size_t bytes)
{
    void *const copy = fuzz_room(bytes);
    if (bytes > 0)
        memcpy(copy, from, bytes);
    return copy;
}

/* Numbers that look random, from a seed; the same everywhere. */
static inline uint32_t fuzz_random(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(*state >> 33);
}

#endif
