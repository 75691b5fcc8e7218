/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_READ_AHEAD_H
#define OCS_READ_AHEAD_H

/* A ring of buffers that the loop fills ahead of one reader. */

#include "chunks.h"

struct ocs_read_ahead;

uint64_t ocs_read_ahead_need(uint64_t chunk_bytes, unsigned depth);

/* Starts reading. `depth` >= 1 buffers, the one the reader holds included. */
OCS_MUST_USE enum ocs_status ocs_read_ahead_open(struct ocs_loop *loop, struct ocs_budget *budget,
                                                 const struct ocs_source *source,
                                                 const struct ocs_chunks *chunks, unsigned depth,
                                                 struct ocs_read_ahead **ahead_ret,
                                                 struct ocs_error *error);

/* As ocs_stream_next. A failure is met at its place in the order, and again by every later call. */
OCS_MUST_USE enum ocs_status ocs_read_ahead_next(struct ocs_read_ahead *ahead,
                                                 const unsigned char **chunk_ret,
                                                 uint64_t *bytes_ret, struct ocs_error *error);

/* Waits for reads under way. */
void ocs_read_ahead_close(struct ocs_read_ahead *ahead);

#endif
