/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "loop_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

enum { POOL = 4, POOL_MAX = 1024 };

/* What libuv makes of its variable. */
static unsigned pool_size(void)
{
    const char *const text = getenv("UV_THREADPOOL_SIZE");
    const long given = text ? strtol(text, NULL, 10) : POOL;
    return given == 0 ? 1 : given < 0 || given > POOL_MAX ? POOL_MAX : (unsigned)given;
}

/* Two pairs: a pipe of the process, and what the loop waits with and is woken by. */
static int probe_descriptors(void)
{
    int first[2], second[2];
    if (pipe2(first, O_CLOEXEC) != 0)
        return -errno;
    const int failure = pipe2(second, O_CLOEXEC) == 0 ? 0 : errno;
    if (!failure) {
        close(second[0]);
        close(second[1]);
    }
    close(first[0]);
    close(first[1]);
    return -failure;
}

static void wait_for_end(void *argument)
{
    uv_sem_wait(argument);
}

static int probe_threads(unsigned count)
{
    uv_thread_t *const threads = calloc(count, sizeof *threads);
    if (!threads)
        return -ENOMEM;
    uv_sem_t end;
    int result = uv_sem_init(&end, 0);
    if (result == 0) {
        unsigned started = 0;
        while (started < count && result == 0) {
            result = uv_thread_create(&threads[started], wait_for_end, &end);
            started += result == 0;
        }
        for (unsigned i = 0; i < started; ++i)
            uv_sem_post(&end);
        for (unsigned i = 0; i < started; ++i)
            uv_thread_join(&threads[i]);
        uv_sem_destroy(&end);
    }
    free(threads);
    return result;
}

int ocs_loop_probe(void)
{
    const int result = probe_descriptors();
    return result == 0 ? probe_threads(pool_size()) : result;
}
