/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FLOW_H
#define OCS_FLOW_H

/* Bytes that come once and in order: from a pipe, a named pipe or a socket, or those of a source
 * from its beginning. The loop keeps a fixed number of buffers filled ahead of one reader and reads
 * only when one is free: whoever writes into a pipe waits. One thread reads at a time; any thread
 * may interrupt. */

#include "budget.h"
#include "loop.h"
#include "source.h"

#include <stdbool.h>

/* Whether `path` ("-": standard input) is a pipe or, as standard input, a socket. False for what
 * does not exist. */
bool ocs_flow_is_pipe(const char *path);

struct ocs_flow;

/* Opens what ocs_flow_is_pipe is true of. A named pipe is waited for until someone opens it for
 * writing. */
OCS_MUST_USE enum ocs_status ocs_flow_open_pipe(struct ocs_loop *loop, struct ocs_budget *budget,
                                                const char *path, struct ocs_flow **flow_ret,
                                                struct ocs_error *error);

/* The bytes of `source`, which becomes the flow's, also after a failure. */
OCS_MUST_USE enum ocs_status ocs_flow_open_source(struct ocs_loop *loop, struct ocs_budget *budget,
                                                  struct ocs_source *source,
                                                  struct ocs_flow **flow_ret,
                                                  struct ocs_error *error);

const char *ocs_flow_path(const struct ocs_flow *flow); /* "standard input" for "-" */

/* How many bytes it has; UINT64_MAX when that shows only at the end. */
uint64_t ocs_flow_bytes(const struct ocs_flow *flow);

/* What it holds of the budget at most. */
uint64_t ocs_flow_need(const struct ocs_flow *flow);

/* The next bytes, waiting for them; *bytes_ret = 0 at the end. Valid until the next call.
 * OCS_CANCELLED once it was interrupted. */
OCS_MUST_USE enum ocs_status ocs_flow_next(struct ocs_flow *flow, const unsigned char **chunk_ret,
                                           uint64_t *bytes_ret, struct ocs_error *error);

/* Ends the waiting of whoever reads, now and later. Any thread. */
void ocs_flow_interrupt(struct ocs_flow *flow);

/* Waits for reads under way. NULL is fine. */
void ocs_flow_close(struct ocs_flow *flow);

#endif
