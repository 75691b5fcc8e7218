/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoder_internal.h"

#include "checked.h"
#include "fail.h"

#include <assert.h>

static const struct ocs_decoder_kind *kind_of(enum ocs_codec codec)
{
    switch (codec) {
    case OCS_CODEC_GZIP:
        return &ocs_gzip_kind;
    case OCS_CODEC_BZIP2:
        return &ocs_bzip2_kind;
    case OCS_CODEC_XZ:
        return &ocs_xz_kind;
    case OCS_CODEC_ZSTD:
        return &ocs_zstd_kind;
    case OCS_CODEC_NONE:
        break;
    }
    assert(codec != OCS_CODEC_NONE);
    return NULL;
}

void *ocs_decoder_alloc(struct ocs_decoder *decoder, uint64_t count, uint64_t size)
{
    uint64_t bytes;
    if (!ocs_mul_u64(count, size, &bytes))
        bytes = UINT64_MAX;
    return ocs_budget_alloc_slowly(decoder->budget, bytes, &decoder->short_of);
}

enum ocs_status ocs_decoder_fail(const struct ocs_decoder *decoder, const char *why,
                                 struct ocs_error *error)
{
    ocs_fail(error, OCS_BAD_INPUT, "reading", decoder->path, "the %s data are damaged (%s)",
             ocs_codec_name(decoder->codec), why);
    ocs_advise(error, "get the file again");
    return OCS_BAD_INPUT;
}

enum ocs_status ocs_decoder_fail_memory(const struct ocs_decoder *decoder, struct ocs_error *error)
{
    if (decoder->short_of.status == OCS_OK)
        return ocs_fail(error, OCS_LIMIT, "reading", decoder->path, "no memory");
    ocs_fail(error, OCS_LIMIT, "reading", decoder->path, "for %s, %.250s",
             ocs_codec_name(decoder->codec), decoder->short_of.what);
    ocs_advise(error, "give more with --memory");
    return OCS_LIMIT;
}

enum ocs_status ocs_decoder_create(struct ocs_budget *budget, enum ocs_codec codec,
                                   const char *path, struct ocs_decoder **decoder_ret,
                                   struct ocs_error *error)
{
    struct ocs_decoder *const decoder = ocs_budget_alloc(budget, sizeof *decoder, error);
    if (!decoder)
        return error->status;
    const struct ocs_decoder_kind *const kind = kind_of(codec);
    void *const state = ocs_budget_alloc(budget, kind->state_bytes, error);
    if (!state) {
        ocs_budget_free(budget, decoder);
        return error->status;
    }
    decoder->kind = kind;
    decoder->codec = codec;
    decoder->path = path;
    decoder->budget = budget;
    decoder->state = state;
    *decoder_ret = decoder;
    return OCS_OK;
}

void ocs_decoder_destroy(struct ocs_decoder *decoder)
{
    if (!decoder)
        return;
    decoder->kind->end(decoder);
    ocs_budget_free(decoder->budget, decoder->state);
    ocs_budget_free(decoder->budget, decoder);
}

uint64_t ocs_decoder_need(const struct ocs_decoder *decoder)
{
    return ocs_budget_cost(sizeof *decoder) + ocs_budget_cost(decoder->kind->state_bytes) +
           decoder->need;
}

enum ocs_decoder_place ocs_decoder_place(const struct ocs_decoder *decoder)
{
    if (decoder->place != OCS_DECODER_BETWEEN || (decoder->any && decoder->head_count == 0))
        return decoder->place;
    return decoder->any ? OCS_DECODER_GARBAGE : OCS_DECODER_INSIDE;
}

static bool is_other(const struct ocs_decoder *decoder)
{
    return ocs_codec_sniff(decoder->head, decoder->head_count) != decoder->codec;
}

/* Between members: takes bytes until they show what follows. False when there are too few. */
static bool take_head(struct ocs_decoder *decoder, struct ocs_decoder_step *step)
{
    size_t wanted = OCS_CODEC_MARK_BYTES;
    for (;;) {
        if (decoder->head_count >= wanted) {
            if (is_other(decoder))
                return true;
            wanted = decoder->kind->head_wanted(decoder->head, decoder->head_count);
            if (wanted <= decoder->head_count)
                return true;
            assert(wanted <= OCS_DECODER_HEAD);
        }
        if (step->in_left == 0)
            return false;
        const unsigned char byte = *step->in++;
        --step->in_left;
        if (byte != 0 || decoder->head_count > 0 || !decoder->any)
            decoder->head[decoder->head_count++] = byte;
    }
}

static enum ocs_status begin_member(struct ocs_decoder *decoder, struct ocs_error *error)
{
    if (is_other(decoder)) {
        decoder->place = OCS_DECODER_GARBAGE;
        return decoder->any ? OCS_OK : ocs_decoder_fail(decoder, "the mark is missing", error);
    }
    decoder->place = OCS_DECODER_INSIDE;
    decoder->head_used = 0;
    return decoder->kind->begin(decoder, error);
}

/* One call of the library with what is left of the head, or with the input. */
static enum ocs_status run_once(struct ocs_decoder *decoder, struct ocs_decoder_step *step,
                                bool *moved_ret, struct ocs_error *error)
{
    const bool from_head = decoder->head_used < decoder->head_count;
    struct ocs_decoder_step now = *step;
    if (from_head) {
        now.in = decoder->head + decoder->head_used;
        now.in_left = decoder->head_count - decoder->head_used;
    }
    const struct ocs_decoder_step before = now;
    bool ended = false;
    const enum ocs_status status = decoder->kind->run(decoder, &now, &ended, error);
    if (from_head)
        decoder->head_used = decoder->head_count - now.in_left;
    else
        step->in = now.in, step->in_left = now.in_left;
    step->out = now.out;
    step->out_left = now.out_left;
    *moved_ret = ended || now.in_left != before.in_left || now.out_left != before.out_left;
    if (!ended)
        return status;
    assert(decoder->head_used == decoder->head_count); /* no member is shorter than its head */
    decoder->head_count = 0;
    decoder->any = true;
    decoder->place = OCS_DECODER_BETWEEN;
    return status;
}

enum ocs_status ocs_decoder_run(struct ocs_decoder *decoder, struct ocs_decoder_step *step,
                                struct ocs_error *error)
{
    bool moved = true;
    while (step->out_left > 0 && moved && decoder->place != OCS_DECODER_GARBAGE) {
        enum ocs_status status = OCS_OK;
        if (decoder->place == OCS_DECODER_BETWEEN) {
            if (!take_head(decoder, step))
                return OCS_OK;
            status = begin_member(decoder, error);
        } else {
            status = run_once(decoder, step, &moved, error);
        }
        if (status != OCS_OK)
            return status;
    }
    return OCS_OK;
}
