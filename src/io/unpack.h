/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_UNPACK_H
#define OCS_UNPACK_H

/* The plain bytes of a flow, whatever it is compressed with, which its first bytes tell. One thread
 * at a time. */

#include "codec.h"
#include "flow.h"

struct ocs_unpack;

/* `flow` becomes the unpacker's, also after a failure. Waits for the first bytes. */
OCS_MUST_USE enum ocs_status ocs_unpack_open(struct ocs_budget *budget, struct ocs_flow *flow,
                                             struct ocs_unpack **unpack_ret,
                                             struct ocs_error *error);

/* The next `wanted` plain bytes, waiting for them; fewer only at the end, when all members were
 * complete and what they say about themselves was right. OCS_BAD_INPUT for damaged data and for
 * members that end too early. */
OCS_MUST_USE enum ocs_status ocs_unpack_read(struct ocs_unpack *unpack, void *to, uint64_t wanted,
                                             uint64_t *got_ret, struct ocs_error *error);

/* Behind the last byte that is wanted: whether there are more. Goes on for a MiB at most, since a
 * member's checksum is at its end, and damaged data often are a little longer or shorter. `buffer`
 * has room for `room` bytes. */
OCS_MUST_USE enum ocs_status ocs_unpack_look_behind(struct ocs_unpack *unpack, void *buffer,
                                                    uint64_t room, bool *more_ret,
                                                    struct ocs_error *error);

/* How many plain bytes a compressed one may give; OCS_EXPANSION_DEFAULT without this call. Reads
 * that would give more fail with OCS_LIMIT. */
void ocs_unpack_set_expansion(struct ocs_unpack *unpack, uint64_t expansion);

enum ocs_codec ocs_unpack_codec(const struct ocs_unpack *unpack);
const struct ocs_flow *ocs_unpack_flow(const struct ocs_unpack *unpack);

/* At the end: whether something came behind the last member that is no other. */
bool ocs_unpack_has_garbage(const struct ocs_unpack *unpack);

/* What it holds of the budget at most, as far as the bytes read so far tell. */
uint64_t ocs_unpack_need(const struct ocs_unpack *unpack);

/* As ocs_flow_interrupt. */
void ocs_unpack_interrupt(struct ocs_unpack *unpack);

/* NULL is fine. */
void ocs_unpack_close(struct ocs_unpack *unpack);

#endif
