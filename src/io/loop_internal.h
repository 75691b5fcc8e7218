/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_LOOP_INTERNAL_H
#define OCS_LOOP_INTERNAL_H

/* How the parts of this room reach the loop's thread. */

#include "loop.h"

#include <uv.h>

/* Lives in what it serves: posting allocates nothing. */
struct ocs_loop_task {
    void (*run)(struct ocs_loop_task *task, uv_loop_t *loop);
    struct ocs_loop_task *next;
};

/* Runs `task` once on the loop's thread, after all those posted before. Any thread. A task must not
 * be posted again before it runs; from then on the loop does not touch it. */
void ocs_loop_post(struct ocs_loop *loop, struct ocs_loop_task *task);

#endif
