/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_DECODER_INTERNAL_H
#define OCS_DECODER_INTERNAL_H

/* What the decoders of the four libraries have in common, and the one thing each does its own way.
 */

#include "decoder.h"

#include <stdbool.h>
#include <stddef.h>

enum { OCS_DECODER_HEAD = 32 };

struct ocs_decoder_kind {
    size_t state_bytes;
    /* How many bytes of a member must be seen together; `count` when these do. */
    size_t (*head_wanted)(const unsigned char *head, size_t count);
    /* Starts a member with that head, which is given to run() afterwards. */
    enum ocs_status (*begin)(struct ocs_decoder *decoder, struct ocs_error *error);
    /* One call of the library; *ended_ret: the member is complete. */
    enum ocs_status (*run)(struct ocs_decoder *decoder, struct ocs_decoder_step *step,
                           bool *ended_ret, struct ocs_error *error);
    /* Also of a state that was never begun. */
    void (*end)(struct ocs_decoder *decoder);
};

extern const struct ocs_decoder_kind ocs_gzip_kind, ocs_bzip2_kind, ocs_xz_kind, ocs_zstd_kind;

/*  head:  |<- head_used ->|<- still to be given to run() ->|
 *         |<------------------ head_count ---------------->|  */
struct ocs_decoder {
    const struct ocs_decoder_kind *kind;
    enum ocs_codec codec;
    const char *path;
    struct ocs_budget *budget;
    struct ocs_error short_of; /* why the budget refused last                              */
    void *state;               /* of the kind                                             */
    enum ocs_decoder_place place;
    bool any; /* a member was completed                                                    */
    unsigned char head[OCS_DECODER_HEAD];
    size_t head_count, head_used;
    uint64_t need;
};

/* Memory for the libraries. */
void *ocs_decoder_alloc(struct ocs_decoder *decoder, uint64_t count, uint64_t size);

/* OCS_BAD_INPUT: the data are damaged, as the library puts it. */
enum ocs_status ocs_decoder_fail(const struct ocs_decoder *decoder, const char *why,
                                 struct ocs_error *error);

/* OCS_LIMIT after an allocation was refused. */
enum ocs_status ocs_decoder_fail_memory(const struct ocs_decoder *decoder, struct ocs_error *error);

#endif
