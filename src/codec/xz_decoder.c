/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoder_internal.h"

#include "checked.h"

#include <lzma.h>

enum { ALLOWANCE = 128 << 10 }; /* rounding of what the library says it uses                     */

struct state {
    lzma_stream lzma;
    lzma_allocator allocator;
};

static void *give(void *opaque, size_t count, size_t size)
{
    return ocs_decoder_alloc(opaque, count, size);
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

/* What one stream held is used again for the next. No limit of the library's: the budget has one.
 */
static enum ocs_status begin(struct ocs_decoder *decoder, struct ocs_error *error)
{
    struct state *const state = decoder->state;
    state->allocator = (lzma_allocator){give, take, decoder};
    state->lzma.allocator = &state->allocator;
    if (lzma_stream_decoder(&state->lzma, UINT64_MAX, 0) != LZMA_OK)
        return ocs_decoder_fail_memory(decoder, error);
    return OCS_OK;
}

static const char *reason(lzma_ret result)
{
    switch (result) {
    case LZMA_FORMAT_ERROR:
        return "incorrect mark";
    case LZMA_OPTIONS_ERROR:
        return "unsupported options";
    case LZMA_DATA_ERROR:
        return "incorrect data or checksum";
    default:
        return "no reason given";
    }
}

static enum ocs_status run(struct ocs_decoder *decoder, struct ocs_decoder_step *step,
                           bool *ended_ret, struct ocs_error *error)
{
    lzma_stream *const lzma = &((struct state *)decoder->state)->lzma;
    lzma->next_in = step->in;
    lzma->avail_in = step->in_left;
    lzma->next_out = step->out;
    lzma->avail_out = step->out_left;
    const lzma_ret result = lzma_code(lzma, LZMA_RUN);
    step->in = lzma->next_in;
    step->in_left = lzma->avail_in;
    step->out = lzma->next_out;
    step->out_left = lzma->avail_out;
    *ended_ret = result == LZMA_STREAM_END;
    decoder->need = ocs_max_u64(decoder->need, lzma_memusage(lzma) + ALLOWANCE);
    if (result == LZMA_OK || result == LZMA_STREAM_END || result == LZMA_BUF_ERROR)
        return OCS_OK;
    if (result == LZMA_MEM_ERROR)
        return ocs_decoder_fail_memory(decoder, error);
    return ocs_decoder_fail(decoder, reason(result), error);
}

static void end(struct ocs_decoder *decoder)
{
    struct state *const state = decoder->state;
    lzma_end(&state->lzma);
}

const struct ocs_decoder_kind ocs_xz_kind = {
    .state_bytes = sizeof(struct state),
    .head_wanted = head_wanted,
    .begin = begin,
    .run = run,
    .end = end,
};
