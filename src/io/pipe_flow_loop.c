/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The side of reading a pipe that runs on the loop's thread. */
#include "pipe_flow.h"

#include <stddef.h>

static bool has_room(struct ocs_pipe_flow *self)
{
    uv_mutex_lock(&self->lock);
    const bool room = self->filled < self->released + OCS_PIPE_BUFFERS;
    uv_mutex_unlock(&self->lock);
    return room;
}

/* No more is read: `failure` is a positive errno, 0 at the end. */
static void end(struct ocs_pipe_flow *self, int failure)
{
    uv_mutex_lock(&self->lock);
    self->ended = true;
    self->failure = failure;
    uv_cond_signal(&self->changed);
    uv_mutex_unlock(&self->lock);
}

/* Called only while there is room: reading stops with the last free buffer. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct ocs_pipe_flow *const self = handle->data;
    unsigned char *const free_one =
        ocs_buffer_set_at(&self->buffers, (unsigned)(self->filled % OCS_PIPE_BUFFERS));
    *buffer = uv_buf_init((char *)free_one, OCS_PIPE_BUFFER_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    (void)buffer;
    struct ocs_pipe_flow *const self = stream->data;
    if (count < 0) {
        uv_read_stop(stream);
        self->reading = false;
        end(self, count == UV_EOF ? 0 : (int)-count);
        return;
    }
    if (count == 0) /* nothing was there after all */
        return;
    uv_mutex_lock(&self->lock);
    self->bytes[self->filled % OCS_PIPE_BUFFERS] = (uint64_t)count;
    ++self->filled;
    uv_cond_signal(&self->changed);
    uv_mutex_unlock(&self->lock);
    if (!has_room(self)) {
        uv_read_stop(stream);
        self->reading = false;
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct ocs_pipe_flow *const self = handle->data;
    uv_mutex_lock(&self->lock);
    self->closed = true;
    uv_cond_signal(&self->changed);
    uv_mutex_unlock(&self->lock); /* the last touch: closing may free all this */
}

static void open_handle(struct ocs_pipe_flow *self, uv_loop_t *uv)
{
    uv_pipe_init(uv, &self->handle, 0);
    self->handle.data = self;
    self->open = true;
    const int result = uv_pipe_open(&self->handle, self->descriptor);
    if (result != 0)
        end(self, -result);
    else
        self->descriptor = -1;
}

static void read_on(struct ocs_pipe_flow *self)
{
    const int result = uv_read_start((uv_stream_t *)&self->handle, on_alloc, on_read);
    if (result != 0)
        end(self, -result);
    else
        self->reading = true;
}

void ocs_pipe_flow_on_post(struct ocs_loop_task *task, uv_loop_t *uv)
{
    struct ocs_pipe_flow *const self =
        (struct ocs_pipe_flow *)(void *)((char *)task - offsetof(struct ocs_pipe_flow, task));
    uv_mutex_lock(&self->lock);
    self->posted = false;
    const bool closing = self->closing;
    uv_mutex_unlock(&self->lock);
    if (!self->open)
        open_handle(self, uv);
    if (closing)
        uv_close((uv_handle_t *)&self->handle, on_closed);
    else if (!self->ended && !self->reading && has_room(self))
        read_on(self);
}
