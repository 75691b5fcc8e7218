/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoder_internal.h"
#include "zstd_library.h"

#include "checked.h"
#include "fail.h"

/* Windows up to WINDOW are always counted on: a first frame may be small and the next not. It is
 * the largest that zstd makes without being asked for more. */
enum { WINDOW = 8 << 20, ALLOWANCE = 32 << 10 };
_Static_assert((int)ZSTD_FRAMEHEADERSIZE_MAX <= (int)OCS_DECODER_HEAD, "a frame's header has room");

struct state {
    ZSTD_DCtx *context;
    uint64_t declared, made; /* plain bytes of the frame; ZSTD_CONTENTSIZE_UNKNOWN: not declared */
};

static void *give(void *opaque, size_t size)
{
    return ocs_decoder_alloc(opaque, 1, size);
}

static void take(void *opaque, void *block)
{
    const struct ocs_decoder *const decoder = opaque;
    ocs_budget_free(decoder->budget, block);
}

static size_t head_wanted(const unsigned char *head, size_t count)
{
    ZSTD_frameHeader header;
    const size_t wanted = ZSTD_getFrameHeader(&header, head, count);
    return ZSTD_isError(wanted) || wanted == 0 ? count : wanted;
}

static enum ocs_status start(struct ocs_decoder *decoder, struct ocs_error *error)
{
    struct state *const state = decoder->state;
    if (state->context)
        return OCS_OK;
    state->context = ZSTD_createDCtx_advanced((ZSTD_customMem){give, take, decoder});
    if (!state->context)
        return ocs_decoder_fail_memory(decoder, error);
    /* No limit but the format's: the budget has one. */
    ZSTD_DCtx_setParameter(state->context, ZSTD_d_windowLogMax, ZSTD_WINDOWLOG_MAX);
    return OCS_OK;
}

static enum ocs_status begin(struct ocs_decoder *decoder, struct ocs_error *error)
{
    const enum ocs_status status = start(decoder, error);
    if (status != OCS_OK)
        return status;
    ZSTD_frameHeader header;
    if (ZSTD_getFrameHeader(&header, decoder->head, decoder->head_count) != 0)
        return ocs_decoder_fail(decoder, "incorrect frame header", error);
    const bool skippable = header.frameType == ZSTD_skippableFrame;
    const uint64_t window = skippable ? 0 : header.windowSize;
    if (window > UINT64_C(1) << ZSTD_WINDOWLOG_MAX)
        return ocs_fail(error, OCS_LIMIT, "reading", decoder->path,
                        "a zstd frame wants a window of %llu bytes, more than any decoder gives",
                        (unsigned long long)window);
    struct state *const state = decoder->state;
    state->declared = skippable ? ZSTD_CONTENTSIZE_UNKNOWN : header.frameContentSize;
    state->made = 0;
    decoder->need = ocs_max_u64(decoder->need,
                                ZSTD_estimateDStreamSize(ocs_max_u64(window, WINDOW)) + ALLOWANCE);
    return OCS_OK;
}

static enum ocs_status run(struct ocs_decoder *decoder, struct ocs_decoder_step *step,
                           bool *ended_ret, struct ocs_error *error)
{
    struct state *const state = decoder->state;
    ZSTD_inBuffer in = {step->in, step->in_left, 0};
    ZSTD_outBuffer out = {step->out, step->out_left, 0};
    const size_t result = ZSTD_decompressStream(state->context, &out, &in);
    step->in += in.pos;
    step->in_left -= in.pos;
    step->out += out.pos;
    step->out_left -= out.pos;
    state->made += out.pos;
    *ended_ret = result == 0;
    /* The library forgets to look when the last block is empty. */
    if (*ended_ret && state->declared != ZSTD_CONTENTSIZE_UNKNOWN && state->declared != state->made)
        return ocs_decoder_fail(decoder, "the frame's size is not the one it declares", error);
    if (!ZSTD_isError(result))
        return OCS_OK;
    if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
        return ocs_decoder_fail_memory(decoder, error);
    return ocs_decoder_fail(decoder, ZSTD_getErrorName(result), error);
}

static void end(struct ocs_decoder *decoder)
{
    struct state *const state = decoder->state;
    ZSTD_freeDCtx(state->context);
}

const struct ocs_decoder_kind ocs_zstd_kind = {
    .state_bytes = sizeof(struct state),
    .head_wanted = head_wanted,
    .begin = begin,
    .run = run,
    .end = end,
};
