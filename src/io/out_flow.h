/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_OUT_FLOW_H
#define OCS_OUT_FLOW_H

/* Standard output as a place for bytes in order: a pipe, a socket or a file. One thread writes; any
 * thread may interrupt. */

#include "occustream/error.h"

struct ocs_out_flow;

/* OCS_USAGE when it is a terminal, which is no place for a map. */
OCS_MUST_USE enum ocs_status ocs_out_flow_check(struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_out_flow_open(struct ocs_out_flow **flow_ret,
                                               struct ocs_error *error);

/* Waits until all is taken. OCS_IO with EPIPE when nobody reads any more: the calling thread must
 * have SIGPIPE blocked or ignored. OCS_CANCELLED once it was interrupted. */
OCS_MUST_USE enum ocs_status ocs_out_flow_write(struct ocs_out_flow *flow, const void *bytes,
                                                uint64_t count, struct ocs_error *error);

void ocs_out_flow_interrupt(struct ocs_out_flow *flow);

/* Standard output itself stays open. NULL is fine. */
void ocs_out_flow_close(struct ocs_out_flow *flow);

#endif
