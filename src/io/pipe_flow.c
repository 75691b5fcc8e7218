/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The side of reading a pipe that runs on the reader's thread. */
#include "pipe_flow.h"

#include "fail.h"
#include "retry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The loop reads without waiting, a property that everyone who has the same opening of a pipe
 * shares: the shell and what runs after us. So a pipe is opened anew where that can be; a socket
 * cannot, and gets its flags back at the end. */
static int open_standard_input(struct ocs_pipe_flow *self)
{
    self->descriptor =
        ocs_open_at(AT_FDCWD, "/proc/self/fd/0", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
    if (self->descriptor >= 0)
        return 0;
    self->restore_flags = fcntl(STDIN_FILENO, F_GETFL);
    self->descriptor = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    return self->descriptor < 0 ? errno : 0;
}

static int open_named(struct ocs_pipe_flow *self)
{
    self->descriptor = ocs_open_at(AT_FDCWD, self->path, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
    return self->descriptor < 0 ? errno : 0;
}

static int start_synchronisation(struct ocs_pipe_flow *self)
{
    int result = uv_mutex_init(&self->lock);
    if (result != 0)
        return -result;
    result = uv_cond_init(&self->changed);
    if (result != 0)
        uv_mutex_destroy(&self->lock);
    return -result;
}

static enum ocs_status set_up(struct ocs_pipe_flow *self, bool standard_input,
                              struct ocs_error *error)
{
    int failure = standard_input ? open_standard_input(self) : open_named(self);
    if (failure)
        return ocs_fail_system(error, "opening", self->path, failure);
    const enum ocs_status status = ocs_buffer_set_open(self->budget, OCS_PIPE_BUFFER_BYTES,
                                                       OCS_PIPE_BUFFERS, &self->buffers, error);
    if (status != OCS_OK)
        return status;
    failure = start_synchronisation(self);
    return failure ? ocs_fail_system(error, "opening", self->path, failure) : OCS_OK;
}

static void free_parts(struct ocs_pipe_flow *self)
{
    if (self->descriptor >= 0)
        close(self->descriptor);
    if (self->restore_flags >= 0)
        fcntl(STDIN_FILENO, F_SETFL, self->restore_flags);
    ocs_buffer_set_close(&self->buffers, self->budget);
    free(self->path);
    free(self);
}

/* Under the lock. */
static void post(struct ocs_pipe_flow *self)
{
    if (self->posted)
        return;
    self->posted = true;
    ocs_loop_post(self->loop, &self->task);
}

static enum ocs_status end_of(const struct ocs_pipe_flow *self, uint64_t *bytes_ret,
                              struct ocs_error *error)
{
    if (self->interrupted)
        return ocs_fail(error, OCS_CANCELLED, "reading", self->path, "interrupted");
    if (self->failure)
        return ocs_fail_system(error, "reading", self->path, self->failure);
    *bytes_ret = 0;
    return OCS_OK;
}

static enum ocs_status next(struct ocs_flow *flow, const unsigned char **chunk_ret,
                            uint64_t *bytes_ret, struct ocs_error *error)
{
    struct ocs_pipe_flow *const self = (struct ocs_pipe_flow *)flow;
    enum ocs_status status = OCS_OK;
    uv_mutex_lock(&self->lock);
    if (self->released < self->taken) {
        const bool was_full = self->filled == self->released + OCS_PIPE_BUFFERS;
        self->released = self->taken;
        if (was_full)
            post(self);
    }
    while (self->taken == self->filled && !self->ended && !self->interrupted)
        uv_cond_wait(&self->changed, &self->lock);
    if (self->taken < self->filled && !self->interrupted) {
        const unsigned index = (unsigned)(self->taken++ % OCS_PIPE_BUFFERS);
        *chunk_ret = ocs_buffer_set_at(&self->buffers, index);
        *bytes_ret = self->bytes[index];
    } else {
        status = end_of(self, bytes_ret, error);
    }
    uv_mutex_unlock(&self->lock);
    return status;
}

static void interrupt(struct ocs_flow *flow)
{
    struct ocs_pipe_flow *const self = (struct ocs_pipe_flow *)flow;
    uv_mutex_lock(&self->lock);
    self->interrupted = true;
    uv_cond_signal(&self->changed);
    uv_mutex_unlock(&self->lock);
}

static void close_flow(struct ocs_flow *flow)
{
    struct ocs_pipe_flow *const self = (struct ocs_pipe_flow *)flow;
    uv_mutex_lock(&self->lock);
    self->closing = true;
    post(self);
    while (!self->closed)
        uv_cond_wait(&self->changed, &self->lock);
    uv_mutex_unlock(&self->lock);
    uv_cond_destroy(&self->changed);
    uv_mutex_destroy(&self->lock);
    free_parts(self);
}

static const struct ocs_flow_kind kind = {next, interrupt, close_flow};

enum ocs_status ocs_flow_open_pipe(struct ocs_loop *loop, struct ocs_budget *budget,
                                   const char *path, struct ocs_flow **flow_ret,
                                   struct ocs_error *error)
{
    const bool standard_input = strcmp(path, "-") == 0;
    struct ocs_pipe_flow *const self = calloc(1, sizeof *self);
    char *const name = strdup(standard_input ? "standard input" : path);
    if (!self || !name) {
        free(self);
        free(name);
        return ocs_fail(error, OCS_LIMIT, "opening", path, "no memory");
    }
    self->path = name;
    self->loop = loop;
    self->budget = budget;
    self->descriptor = self->restore_flags = -1;
    self->task.run = ocs_pipe_flow_on_post;
    self->flow =
        (struct ocs_flow){.kind = &kind,
                          .path = name,
                          .bytes = UINT64_MAX,
                          .need = ocs_buffer_set_need(0, OCS_PIPE_BUFFER_BYTES, OCS_PIPE_BUFFERS)};
    const enum ocs_status status = set_up(self, standard_input, error);
    if (status != OCS_OK) {
        free_parts(self);
        return status;
    }
    uv_mutex_lock(&self->lock);
    post(self);
    uv_mutex_unlock(&self->lock);
    *flow_ret = &self->flow;
    return OCS_OK;
}
