/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_DECODER_H
#define OCS_DECODER_H

/* A push transform from compressed to plain bytes. What it decodes is a row of members (gzip),
 * streams (bzip2, xz) or frames (zstd), called members here: their plain bytes follow one another.
 * Zero bytes between them are padding. All memory comes from the budget. One thread at a time; no
 * I/O. */

#include "budget.h"
#include "codec.h"

struct ocs_decoder;

/* What the bytes given so far amount to, if no more came. */
enum ocs_decoder_place {
    OCS_DECODER_BETWEEN, /* complete members                                              */
    OCS_DECODER_INSIDE,  /* a member that is not complete, or nothing at all                */
    OCS_DECODER_GARBAGE, /* complete members and something that is none                     */
};

/* What goes in and comes out; run() moves the pointers on. */
struct ocs_decoder_step {
    const unsigned char *in;
    uint64_t in_left;
    unsigned char *out;
    uint64_t out_left;
};

/* `codec` is none but OCS_CODEC_NONE; `path` is for messages and must outlive the decoder. */
OCS_MUST_USE enum ocs_status ocs_decoder_create(struct ocs_budget *budget, enum ocs_codec codec,
                                                const char *path, struct ocs_decoder **decoder_ret,
                                                struct ocs_error *error);

/* Decodes until the room is full, or the input is used up and everything of it has come out. With
 * room and input left, what follows is garbage. OCS_BAD_INPUT when the data are damaged, OCS_LIMIT
 * when they need more memory than the budget has. */
OCS_MUST_USE enum ocs_status ocs_decoder_run(struct ocs_decoder *decoder,
                                             struct ocs_decoder_step *step,
                                             struct ocs_error *error);

/* To be asked at the end of the input, after a run() that came back with room left. */
enum ocs_decoder_place ocs_decoder_place(const struct ocs_decoder *decoder);

/* The most it will hold of the budget, as far as the members begun so far tell. */
uint64_t ocs_decoder_need(const struct ocs_decoder *decoder);

/* NULL is fine. */
void ocs_decoder_destroy(struct ocs_decoder *decoder);

#endif
