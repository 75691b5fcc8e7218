/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoder_internal.h"

#include "checked.h"

#include <bzlib.h>
#include <limits.h>

/* Blocks of 900 000 bytes at most, 4 bytes of memory each, and 64 kB; a later stream may have
 * larger blocks. */
enum { ALLOWANCE = 900000 * 4 + (96 << 10) };

/* The library wants a block when a stream begins and one when it has read how large they are, and
 * gives both back at its end. A stream may have 14 bytes, and new memory takes time for each of its
 * pages: so both are kept for the next stream. */
enum { BLOCKS = 2 };

struct state {
    bz_stream bz;
    bool started;
    void *block[BLOCKS];
    uint64_t bytes[BLOCKS];
    unsigned used; /* that many are with the library, the first ones first                  */
};

static void *give(void *opaque, int count, int size)
{
    struct ocs_decoder *const decoder = opaque;
    struct state *const state = decoder->state;
    const uint64_t bytes = (uint64_t)count * (uint64_t)size;
    if (state->used == BLOCKS)
        return NULL;
    const unsigned index = state->used;
    if (state->block[index] && state->bytes[index] != bytes) {
        ocs_budget_free(decoder->budget, state->block[index]);
        state->block[index] = NULL;
    }
    if (!state->block[index])
        state->block[index] = ocs_decoder_alloc(decoder, 1, bytes);
    state->bytes[index] = bytes;
    state->used += state->block[index] != NULL;
    return state->block[index];
}

/* Both are given back together, in whatever order. */
static void take(void *opaque, void *block)
{
    const struct ocs_decoder *const decoder = opaque;
    (void)block;
    --((struct state *)decoder->state)->used;
}

static size_t head_wanted(const unsigned char *head, size_t count)
{
    (void)head;
    return count;
}

static void end_stream(struct state *state)
{
    if (state->started)
        BZ2_bzDecompressEnd(&state->bz);
    state->started = false;
}

static void end(struct ocs_decoder *decoder)
{
    struct state *const state = decoder->state;
    end_stream(state);
    for (unsigned i = 0; i < BLOCKS; ++i)
        ocs_budget_free(decoder->budget, state->block[i]);
}

static enum ocs_status begin(struct ocs_decoder *decoder, struct ocs_error *error)
{
    struct state *const state = decoder->state;
    end_stream(state);
    decoder->need = ALLOWANCE;
    state->bz = (bz_stream){.bzalloc = give, .bzfree = take, .opaque = decoder};
    if (BZ2_bzDecompressInit(&state->bz, 0, 0) != BZ_OK)
        return ocs_decoder_fail_memory(decoder, error);
    state->started = true;
    return OCS_OK;
}

static const char *reason(int result)
{
    switch (result) {
    case BZ_DATA_ERROR:
        return "incorrect data or checksum";
    case BZ_DATA_ERROR_MAGIC:
        return "incorrect mark";
    default:
        return "no reason given";
    }
}

static enum ocs_status run(struct ocs_decoder *decoder, struct ocs_decoder_step *step,
                           bool *ended_ret, struct ocs_error *error)
{
    bz_stream *const bz = &((struct state *)decoder->state)->bz;
    const unsigned in = (unsigned)ocs_min_u64(step->in_left, UINT_MAX);
    const unsigned out = (unsigned)ocs_min_u64(step->out_left, UINT_MAX);
    bz->next_in = (char *)(uintptr_t)step->in;
    bz->avail_in = in;
    bz->next_out = (char *)step->out;
    bz->avail_out = out;
    const int result = BZ2_bzDecompress(bz);
    step->in += in - bz->avail_in;
    step->in_left -= in - bz->avail_in;
    step->out += out - bz->avail_out;
    step->out_left -= out - bz->avail_out;
    *ended_ret = result == BZ_STREAM_END;
    if (result == BZ_OK || result == BZ_STREAM_END)
        return OCS_OK;
    if (result == BZ_MEM_ERROR)
        return ocs_decoder_fail_memory(decoder, error);
    return ocs_decoder_fail(decoder, reason(result), error);
}

const struct ocs_decoder_kind ocs_bzip2_kind = {
    .state_bytes = sizeof(struct state),
    .head_wanted = head_wanted,
    .begin = begin,
    .run = run,
    .end = end,
};
