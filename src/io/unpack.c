/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unpack.h"

#include "checked.h"
#include "decoder.h"
#include "fail.h"

#include "occustream/limits.h"

#include <stdlib.h>
#include <string.h>

/* The mark is taken from as many chunks as it came in and given to the decoder first. */
struct ocs_unpack {
    struct ocs_flow *flow;
    struct ocs_decoder *decoder; /* NULL: the bytes are plain                              */
    enum ocs_codec codec;
    unsigned char mark[OCS_CODEC_MARK_BYTES];
    const unsigned char *in; /* what is left of the mark or of the chunk                    */
    uint64_t in_left;
    const unsigned char *chunk; /* behind the mark                                          */
    uint64_t chunk_left;
    bool in_mark, flow_ended, ended, garbage;
    uint64_t expansion, taken, given; /* compressed and plain bytes so far                  */
};

/* ---- input ---- */

/* The next bytes to use: of the mark, then of the chunks. */
static enum ocs_status more_input(struct ocs_unpack *unpack, struct ocs_error *error)
{
    if (unpack->in_mark) {
        unpack->in_mark = false;
        unpack->in = unpack->chunk;
        unpack->in_left = unpack->chunk_left;
    }
    enum ocs_status status = OCS_OK;
    if (unpack->in_left == 0 && !unpack->flow_ended) {
        status = ocs_flow_next(unpack->flow, &unpack->in, &unpack->in_left, error);
        unpack->flow_ended = status == OCS_OK && unpack->in_left == 0;
        unpack->taken += unpack->in_left;
    }
    if (unpack->in_left == 0)
        unpack->in = unpack->mark; /* whoever takes no bytes moves a pointer by 0: not NULL */
    return status;
}

static enum ocs_status read_mark(struct ocs_unpack *unpack, struct ocs_error *error)
{
    uint64_t have = 0;
    while (have < sizeof unpack->mark && !unpack->flow_ended) {
        const enum ocs_status status =
            ocs_flow_next(unpack->flow, &unpack->chunk, &unpack->chunk_left, error);
        if (status != OCS_OK)
            return status;
        unpack->flow_ended = unpack->chunk_left == 0;
        unpack->taken += unpack->chunk_left;
        const uint64_t part = ocs_min_u64(unpack->chunk_left, sizeof unpack->mark - have);
        if (part > 0) { /* at the end there are no bytes to point to */
            memcpy(unpack->mark + have, unpack->chunk, part);
            unpack->chunk += part;
        }
        unpack->chunk_left -= part;
        have += part;
    }
    unpack->in = unpack->mark;
    unpack->in_left = have;
    unpack->in_mark = true;
    unpack->codec = ocs_codec_sniff(unpack->mark, have);
    return OCS_OK;
}

/* ---- plain bytes ---- */

static void copy(struct ocs_unpack *unpack, struct ocs_decoder_step *step)
{
    const uint64_t part = ocs_min_u64(step->in_left, step->out_left);
    memcpy(step->out, step->in, part);
    step->in += part;
    step->in_left -= part;
    step->out += part;
    step->out_left -= part;
    unpack->ended = unpack->flow_ended && step->in_left == 0;
}

/* A few bytes can stand for more than anyone has the time to read. */
static enum ocs_status check_expansion(const struct ocs_unpack *unpack, struct ocs_error *error)
{
    const uint64_t whole = ocs_flow_bytes(unpack->flow);
    const uint64_t packed = whole == UINT64_MAX ? unpack->taken : whole;
    uint64_t most;
    if (!ocs_mul_u64(packed, unpack->expansion, &most) ||
        !ocs_add_u64(most, OCS_EXPANSION_FREE_BYTES, &most) || unpack->given <= most)
        return OCS_OK;
    ocs_fail(error, OCS_LIMIT, "reading", ocs_flow_path(unpack->flow),
             "its %llu bytes of %s data give more than %llu times as many",
             (unsigned long long)packed, ocs_codec_name(unpack->codec),
             (unsigned long long)unpack->expansion);
    ocs_advise(error, "if that is meant, raise --max-expansion or unpack it first");
    return OCS_LIMIT;
}

static enum ocs_status run_decoder(struct ocs_unpack *unpack, struct ocs_decoder_step *step,
                                   struct ocs_error *error)
{
    const uint64_t room = step->out_left;
    const enum ocs_status status = ocs_decoder_run(unpack->decoder, step, error);
    unpack->given += room - step->out_left;
    return status == OCS_OK ? check_expansion(unpack, error) : status;
}

static enum ocs_status decode(struct ocs_unpack *unpack, struct ocs_decoder_step *step,
                              struct ocs_error *error)
{
    const enum ocs_status status = run_decoder(unpack, step, error);
    if (status != OCS_OK || step->out_left == 0)
        return status;
    const enum ocs_decoder_place place = ocs_decoder_place(unpack->decoder);
    unpack->garbage = step->in_left > 0 || (unpack->flow_ended && place == OCS_DECODER_GARBAGE);
    unpack->ended = unpack->flow_ended || unpack->garbage;
    if (!unpack->flow_ended || unpack->garbage || place == OCS_DECODER_BETWEEN)
        return OCS_OK;
    ocs_fail(error, OCS_BAD_INPUT, "reading", ocs_flow_path(unpack->flow),
             "the %s data end too early", ocs_codec_name(unpack->codec));
    ocs_advise(error, "it was cut short: get it again");
    return OCS_BAD_INPUT;
}

enum ocs_status ocs_unpack_read(struct ocs_unpack *unpack, void *to, uint64_t wanted,
                                uint64_t *got_ret, struct ocs_error *error)
{
    struct ocs_decoder_step step = {.out = to, .out_left = wanted};
    enum ocs_status status = OCS_OK;
    while (step.out_left > 0 && !unpack->ended && status == OCS_OK) {
        if (unpack->in_left == 0)
            status = more_input(unpack, error);
        if (status != OCS_OK)
            break;
        step.in = unpack->in;
        step.in_left = unpack->in_left;
        if (unpack->decoder)
            status = decode(unpack, &step, error);
        else
            copy(unpack, &step);
        unpack->in = step.in;
        unpack->in_left = step.in_left;
    }
    *got_ret = wanted - step.out_left;
    return status;
}

enum ocs_status ocs_unpack_look_behind(struct ocs_unpack *unpack, void *buffer, uint64_t room,
                                       bool *more_ret, struct ocs_error *error)
{
    uint64_t seen = 0, got = 1;
    enum ocs_status status = OCS_OK;
    while (got > 0 && seen < OCS_BEHIND_BYTES && status == OCS_OK) {
        status = ocs_unpack_read(unpack, buffer, ocs_min_u64(room, OCS_BEHIND_BYTES), &got, error);
        seen += got;
    }
    *more_ret = seen > 0;
    return status;
}

/* ---- the rest ---- */

static enum ocs_status set_up(struct ocs_unpack *unpack, struct ocs_budget *budget,
                              struct ocs_error *error)
{
    const enum ocs_status status = read_mark(unpack, error);
    if (status != OCS_OK || unpack->codec == OCS_CODEC_NONE)
        return status;
    return ocs_decoder_create(budget, unpack->codec, ocs_flow_path(unpack->flow), &unpack->decoder,
                              error);
}

enum ocs_status ocs_unpack_open(struct ocs_budget *budget, struct ocs_flow *flow,
                                struct ocs_unpack **unpack_ret, struct ocs_error *error)
{
    struct ocs_unpack *const unpack = calloc(1, sizeof *unpack);
    if (!unpack) {
        ocs_fail(error, OCS_LIMIT, "opening", ocs_flow_path(flow), "no memory");
        ocs_flow_close(flow);
        return OCS_LIMIT;
    }
    unpack->flow = flow;
    unpack->expansion = OCS_EXPANSION_DEFAULT;
    const enum ocs_status status = set_up(unpack, budget, error);
    if (status != OCS_OK) {
        ocs_unpack_close(unpack);
        return status;
    }
    *unpack_ret = unpack;
    return OCS_OK;
}

void ocs_unpack_set_expansion(struct ocs_unpack *unpack, uint64_t expansion)
{
    unpack->expansion = expansion;
}

enum ocs_codec ocs_unpack_codec(const struct ocs_unpack *unpack)
{
    return unpack->codec;
}

const struct ocs_flow *ocs_unpack_flow(const struct ocs_unpack *unpack)
{
    return unpack->flow;
}

bool ocs_unpack_has_garbage(const struct ocs_unpack *unpack)
{
    return unpack->garbage;
}

uint64_t ocs_unpack_need(const struct ocs_unpack *unpack)
{
    return ocs_flow_need(unpack->flow) + (unpack->decoder ? ocs_decoder_need(unpack->decoder) : 0);
}

void ocs_unpack_interrupt(struct ocs_unpack *unpack)
{
    ocs_flow_interrupt(unpack->flow);
}

void ocs_unpack_close(struct ocs_unpack *unpack)
{
    if (!unpack)
        return;
    ocs_decoder_destroy(unpack->decoder);
    ocs_flow_close(unpack->flow);
    free(unpack);
}
