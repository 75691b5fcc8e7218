/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_STREAM_H
#define OCS_STREAM_H

/* A part of a source read in order, ahead of its reader: the loop keeps up to `depth` chunk buffers
 * filled and starts a read only when a buffer is free; of a URL as many as it has connections, if
 * that is more. A mapped source hands out the mapping itself
 * and drops the pages behind; one that is kept in memory (ocs_source_stock) hands out that; `depth`
 * means nothing to either. One stream serves one thread at a time,
 * which must not block SIGBUS (bus_guard.h). */

#include "budget.h"
#include "loop.h"
#include "source.h"

/* `count` equal byte ranges: range i starts at offset + i * stride and has `bytes`. */
struct ocs_ranges {
    uint64_t offset, bytes, stride, count;
};

struct ocs_stream;

/* What opening a stream takes from the budget; a mapped source's resident window included. Nothing
 * is taken when the source is kept in memory. */
uint64_t ocs_stream_need(const struct ocs_source *source, uint64_t chunk_bytes, unsigned depth);

/* Chunks have chunk_bytes, the last of a range the rest; ranges that touch (bytes == stride) are
 * one. */
OCS_MUST_USE enum ocs_status ocs_stream_open(struct ocs_loop *loop, struct ocs_budget *budget,
                                             const struct ocs_source *source,
                                             const struct ocs_ranges *ranges, uint64_t chunk_bytes,
                                             unsigned depth, struct ocs_stream **stream_ret,
                                             struct ocs_error *error);

/* The next chunk, waiting for it; *bytes_ret = 0 at the end. Valid until the next call on the
 * stream. A file that was cut while it is read gives OCS_BAD_INPUT, never a signal. */
OCS_MUST_USE enum ocs_status ocs_stream_next(struct ocs_stream *stream,
                                             const unsigned char **chunk_ret, uint64_t *bytes_ret,
                                             struct ocs_error *error);

/* To be called after chunks were used and before their contents are believed: whether the file was
 * cut or written to meanwhile. */
OCS_MUST_USE enum ocs_status ocs_stream_check(struct ocs_stream *stream, struct ocs_error *error);

/* Waits for reads under way. NULL is fine. */
void ocs_stream_close(struct ocs_stream *stream);

#endif
