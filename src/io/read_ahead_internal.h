/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_READ_AHEAD_INTERNAL_H
#define OCS_READ_AHEAD_INTERNAL_H

/* What the reader's thread and the loop's thread share. */

#include "buffer_set.h"
#include "http.h"
#include "loop_internal.h"
#include "read_ahead.h"

#include <stdbool.h>

struct ocs_read_slot {
    union {
        uv_fs_t request;                   /* of a file */
        struct ocs_http_transfer transfer; /* of a URL; its error is the slot's */
    };
    struct ocs_read_ahead *ahead;
    unsigned char *buffer;
    uint64_t offset, bytes, done;
    int failure; /* positive errno; done < bytes without one: the file ended */
    bool ready;  /* read, or failed */
};

/* Chunk n lives in slot n % depth:
 *
 *        released        taken             started
 *            v             v                  v
 *     free   |  held (0-1) |  read or reading |  free, wrapping round to released + depth
 */
struct ocs_read_ahead {
    struct ocs_loop_task task;
    struct ocs_loop *loop;
    struct ocs_budget *budget;
    const struct ocs_source *source;
    struct ocs_buffer_set buffers;
    unsigned depth;

    uv_mutex_t lock; /* of what follows; a slot that is being read belongs to the loop alone */
    uv_cond_t changed;
    struct ocs_chunks chunks; /* of the reads to start */
    uint64_t released, taken, started;
    unsigned reading;
    bool posted;
    bool stopped; /* no more reads: the end, a failure or closing */
    struct ocs_read_slot slots[];
};

/* The task: fills what is free. */
void ocs_read_ahead_on_post(struct ocs_loop_task *task, uv_loop_t *uv);

#endif
