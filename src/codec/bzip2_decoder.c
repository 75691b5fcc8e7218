/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoder_internal.h"

#include "checked.h"

#include <bzlib.h>
#include <limits.h>

/* Blocks of 900 000 bytes at most, 4 bytes of memory each, and 64 kB; a later stream may have
 * larger blocks. */
enum { ALLOWANCE = 900000 * 4 + (96 << 10) };

struct state {
    bz_stream bz;
    bool started;
};

static void *give(void *opaque, int count, int size)
{
    return ocs_decoder_alloc(opaque, (uint64_t)count, (uint64_t)size);
}

static void take(void *opaque, void *block)
{
    const struct ocs_decoder *const decoder = opaque;
    ocs_budget_free(decoder->budget, block);
}

static size_t head_wanted(const unsigned char *head, size_t count)
{
    (void)head;
    return count;
}

static void end(struct ocs_decoder *decoder)
{
    struct state *const state = decoder->state;
    if (state->started)
        BZ2_bzDecompressEnd(&state->bz);
    state->started = false;
}

static enum ocs_status begin(struct ocs_decoder *decoder, struct ocs_error *error)
{
    struct state *const state = decoder->state;
    end(decoder);
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
