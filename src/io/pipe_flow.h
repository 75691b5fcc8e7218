/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_PIPE_FLOW_H
#define OCS_PIPE_FLOW_H

/* A pipe read on the loop: what the reader's thread and the loop's thread share. */

#include "buffer_set.h"
#include "flow_internal.h"
#include "loop_internal.h"

enum { OCS_PIPE_BUFFERS = 5, OCS_PIPE_BUFFER_BYTES = 64 << 10 };

/* Chunk n lives in buffer n % OCS_PIPE_BUFFERS:
 *
 *        released        taken             filled
 *            v             v                  v
 *     free   |  held (0-1) |  filled          |  free, wrapping round to released +
 * OCS_PIPE_BUFFERS
 */
struct ocs_pipe_flow {
    struct ocs_flow flow;
    struct ocs_loop_task task;
    struct ocs_loop *loop;
    struct ocs_budget *budget;
    struct ocs_buffer_set buffers;
    char *path;
    int descriptor;    /* the handle's, once that is open                                  */
    int restore_flags; /* of standard input; -1: it shares no flags with the descriptor      */
    uv_pipe_t handle;  /* the loop's alone, with the next two                               */
    bool open, reading;

    uv_mutex_t lock; /* of what follows                                                      */
    uv_cond_t changed;
    uint64_t released, taken, filled;
    uint64_t bytes[OCS_PIPE_BUFFERS];
    int failure; /* positive errno                                                          */
    bool ended, interrupted, closing, closed, posted;
};

/* The task: opens the handle, reads while buffers are free, closes. */
void ocs_pipe_flow_on_post(struct ocs_loop_task *task, uv_loop_t *uv);

#endif
