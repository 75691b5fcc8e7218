/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_WRITER_INTERNAL_H
#define OCS_WRITER_INTERNAL_H

/* What the threads that fill buffers and the loop's thread share. */

#include "buffer_set.h"
#include "loop_internal.h"
#include "writer.h"

#include <stdbool.h>

/* A buffer and the request that writes it. Free: in the free list. Taken: in no list. Submitted: in
 * the list of that name, then the loop's alone until the request is done. */
struct ocs_write_slot {
    uv_work_t request;
    struct ocs_writer *writer;
    struct ocs_write_slot *next;
    unsigned char *buffer;
    const struct ocs_output_file *file;
    uint64_t offset, bytes, done;
    int failure; /* errno of the write, or 0 */
};

struct ocs_writer {
    struct ocs_loop_task task;
    struct ocs_loop *loop;
    struct ocs_budget *budget;
    struct ocs_buffer_set buffers;
    uint64_t buffer_bytes;

    uv_mutex_t lock; /* of what follows */
    uv_cond_t freed, drained;
    struct ocs_write_slot *free_slots;
    struct ocs_write_slot *submitted, **submitted_end;
    unsigned home, under_way;
    bool posted;
    struct ocs_error first; /* status OCS_OK: no failure yet */
    struct ocs_write_slot slots[];
};

/* Puts a buffer into the free list and wakes one who waits. Under the lock. */
void ocs_writer_bring_home(struct ocs_writer *writer, struct ocs_write_slot *slot);

/* The task: starts writing what was submitted. */
void ocs_writer_on_post(struct ocs_loop_task *task, uv_loop_t *uv);

#endif
