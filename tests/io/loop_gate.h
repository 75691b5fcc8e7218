/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TEST_LOOP_GATE_H
#define OCS_TEST_LOOP_GATE_H

/* Holds the loop's thread up, so that nothing is read or written until the test wants it. */

#include "loop_internal.h"

struct loop_gate {
    struct ocs_loop_task task;
    uv_sem_t shut, open, gone;
};

static inline void loop_gate_wait(struct ocs_loop_task *task, uv_loop_t *uv)
{
    (void)uv;
    struct loop_gate *const gate = (struct loop_gate *)task;
    uv_sem_post(&gate->shut);
    uv_sem_wait(&gate->open);
    uv_sem_post(&gate->gone);
}

static inline void loop_gate_shut(struct loop_gate *gate, struct ocs_loop *loop)
{
    gate->task.run = loop_gate_wait;
    uv_sem_init(&gate->shut, 0);
    uv_sem_init(&gate->open, 0);
    uv_sem_init(&gate->gone, 0);
    ocs_loop_post(loop, &gate->task);
    uv_sem_wait(&gate->shut);
}

static inline void loop_gate_open(struct loop_gate *gate)
{
    uv_sem_post(&gate->open);
    uv_sem_wait(&gate->gone);
    uv_sem_destroy(&gate->shut);
    uv_sem_destroy(&gate->open);
    uv_sem_destroy(&gate->gone);
}

#endif
