/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loop_internal.h"

#include "fail.h"
#include "loop_probe.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

struct ocs_loop {
    uv_loop_t uv;
    uv_async_t wake;
    uv_work_t first_work;
    uv_thread_t thread;
    uv_mutex_t lock; /* of what follows */
    struct ocs_loop_task *first, **end;
    bool ending;
};

/* libuv says errors as negative errno; EAGAIN: no more threads. */
static enum ocs_status fail_starting(int result, struct ocs_error *error)
{
    if (result != UV_EAGAIN)
        return ocs_fail_system(error, "starting the I/O loop", NULL, -result);
    ocs_fail(error, OCS_LIMIT, "starting threads", NULL, "the system gives no more threads");
    ocs_advise(error, "raise the limits of processes and address space (ulimit -u, -v)");
    return OCS_LIMIT;
}

static void clear_tasks(struct ocs_loop *loop)
{
    loop->first = NULL;
    loop->end = &loop->first;
}

/* Several wakes may arrive as one: each takes all there is. */
static void on_wake(uv_async_t *wake)
{
    struct ocs_loop *const loop = wake->data;
    uv_mutex_lock(&loop->lock);
    struct ocs_loop_task *task = loop->first;
    clear_tasks(loop);
    const bool ending = loop->ending;
    uv_mutex_unlock(&loop->lock);
    while (task) {
        struct ocs_loop_task *const next = task->next; /* running may end the task's life */
        task->run(task, &loop->uv);
        task = next;
    }
    if (ending)
        uv_close((uv_handle_t *)wake, NULL);
}

static void run_loop(void *argument)
{
    struct ocs_loop *const loop = argument;
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void ocs_loop_post(struct ocs_loop *loop, struct ocs_loop_task *task)
{
    task->next = NULL;
    uv_mutex_lock(&loop->lock);
    const bool was_empty = !loop->first;
    *loop->end = task;
    loop->end = &task->next;
    if (was_empty)
        uv_async_send(&loop->wake);
    uv_mutex_unlock(&loop->lock);
}

static void do_nothing(uv_work_t *work)
{
    (void)work;
}

static void did_nothing(uv_work_t *work, int status)
{
    (void)work, (void)status;
}

/* Each step undoes the ones before when it fails. The pool starts now, while what it needs is known
 * to be there. */
static int start(struct ocs_loop *loop)
{
    int result = ocs_loop_probe();
    if (result == 0)
        result = uv_mutex_init(&loop->lock);
    if (result != 0)
        return result;
    result = uv_loop_init(&loop->uv);
    if (result != 0)
        goto no_loop;
    loop->wake.data = loop;
    result = uv_async_init(&loop->uv, &loop->wake, on_wake);
    if (result != 0)
        goto no_wake;
    result = uv_queue_work(&loop->uv, &loop->first_work, do_nothing, did_nothing);
    if (result == 0)
        result = uv_thread_create(&loop->thread, run_loop, loop);
    if (result == 0)
        return 0;
    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
no_wake:
    uv_loop_close(&loop->uv);
no_loop:
    uv_mutex_destroy(&loop->lock);
    return result;
}

enum ocs_status ocs_loop_create(struct ocs_loop **loop_ret, struct ocs_error *error)
{
    struct ocs_loop *const loop = calloc(1, sizeof *loop);
    if (!loop)
        return fail_starting(-ENOMEM, error);
    clear_tasks(loop);
    const int result = start(loop);
    if (result != 0) {
        free(loop);
        return fail_starting(result, error);
    }
    *loop_ret = loop;
    return OCS_OK;
}

void ocs_loop_destroy(struct ocs_loop *loop)
{
    if (!loop)
        return;
    uv_mutex_lock(&loop->lock);
    loop->ending = true;
    uv_async_send(&loop->wake);
    uv_mutex_unlock(&loop->lock);
    uv_thread_join(&loop->thread);
    const int result = uv_loop_close(&loop->uv);
    assert(result == 0);
    (void)result;
    uv_mutex_destroy(&loop->lock);
    free(loop);
}
