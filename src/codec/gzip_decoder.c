/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoder_internal.h"

#include "checked.h"

#include <limits.h>
#include <zlib.h>

enum { GZIP_ONLY = 16, ALLOWANCE = 64 << 10 /* inflate takes about 7 kB and its 32 kB window */ };

struct state {
    z_stream z;
    bool started;
};

static void *give(void *opaque, unsigned count, unsigned size)
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

static enum ocs_status begin(struct ocs_decoder *decoder, struct ocs_error *error)
{
    struct state *const state = decoder->state;
    decoder->need = ALLOWANCE;
    if (state->started)
        return inflateReset(&state->z) == Z_OK ? OCS_OK : ocs_decoder_fail(decoder, "state", error);
    state->z = (z_stream){.zalloc = give, .zfree = take, .opaque = decoder};
    if (inflateInit2(&state->z, MAX_WBITS + GZIP_ONLY) != Z_OK)
        return ocs_decoder_fail_memory(decoder, error);
    state->started = true;
    return OCS_OK;
}

static enum ocs_status run(struct ocs_decoder *decoder, struct ocs_decoder_step *step,
                           bool *ended_ret, struct ocs_error *error)
{
    z_stream *const z = &((struct state *)decoder->state)->z;
    const uInt in = (uInt)ocs_min_u64(step->in_left, UINT_MAX);
    const uInt out = (uInt)ocs_min_u64(step->out_left, UINT_MAX);
    z->next_in = (z_const Bytef *)(uintptr_t)step->in;
    z->avail_in = in;
    z->next_out = step->out;
    z->avail_out = out;
    const int result = inflate(z, Z_NO_FLUSH);
    step->in += in - z->avail_in;
    step->in_left -= in - z->avail_in;
    step->out += out - z->avail_out;
    step->out_left -= out - z->avail_out;
    *ended_ret = result == Z_STREAM_END;
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR)
        return OCS_OK;
    if (result == Z_MEM_ERROR)
        return ocs_decoder_fail_memory(decoder, error);
    return ocs_decoder_fail(decoder, z->msg ? z->msg : "no reason given", error);
}

static void end(struct ocs_decoder *decoder)
{
    struct state *const state = decoder->state;
    if (state->started)
        inflateEnd(&state->z);
}

const struct ocs_decoder_kind ocs_gzip_kind = {
    .state_bytes = sizeof(struct state),
    .head_wanted = head_wanted,
    .begin = begin,
    .run = run,
    .end = end,
};
