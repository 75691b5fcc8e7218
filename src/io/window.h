/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_WINDOW_H
#define OCS_WINDOW_H

/* Chunks of a mapped source, handed out in place. Pages count as resident from the moment they are
 * mapped in, so the window drops those behind the reader and counts the rest against the budget. */

#include "budget.h"
#include "chunks.h"

struct ocs_window;

uint64_t ocs_window_need(uint64_t chunk_bytes);

/* `source` must be mapped. */
OCS_MUST_USE enum ocs_status ocs_window_open(struct ocs_budget *budget,
                                             const struct ocs_source *source,
                                             const struct ocs_chunks *chunks,
                                             struct ocs_window **window_ret,
                                             struct ocs_error *error);

/* As ocs_stream_next. */
OCS_MUST_USE enum ocs_status ocs_window_next(struct ocs_window *window,
                                             const unsigned char **chunk_ret, uint64_t *bytes_ret,
                                             struct ocs_error *error);

void ocs_window_close(struct ocs_window *window);

#endif
