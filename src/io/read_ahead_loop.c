/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The side of reading ahead that runs on the loop's thread. */
#include "checked.h"
#include "positioned.h"
#include "read_ahead_internal.h"
#include "source_internal.h"

#include <stddef.h>

static void on_read(uv_fs_t *request);

static void on_transfer(struct ocs_http_transfer *transfer);

static bool start_transfer(struct ocs_read_slot *slot, struct ocs_http *http)
{
    slot->transfer = (struct ocs_http_transfer){
        .offset = slot->offset, .bytes = slot->bytes, .to = slot->buffer, .done = on_transfer};
    ocs_http_start(http, &slot->transfer);
    return true;
}

/* False when the slot is ready at once: the request could not even be made. */
static bool start_read(struct ocs_read_slot *slot, uv_loop_t *uv)
{
    struct ocs_http *const http = ocs_source_http(slot->ahead->source);
    if (http)
        return start_transfer(slot, http);
    const uint64_t rest = ocs_min_u64(slot->bytes - slot->done, OCS_TRANSFER_MAX);
    const uv_buf_t to = uv_buf_init((char *)slot->buffer + slot->done, (unsigned)rest);
    slot->request.data = slot;
    const int result = uv_fs_read(uv, &slot->request, ocs_source_descriptor(slot->ahead->source),
                                  &to, 1, (int64_t)(slot->offset + slot->done), on_read);
    if (result == 0)
        return true;
    slot->failure = -result;
    return false;
}

static void finish_slot(struct ocs_read_slot *slot)
{
    slot->ready = true;
    if (slot->done < slot->bytes)
        slot->ahead->stopped = true;
}

/* Starts what there is room for. On the loop's thread, under the lock. */
static void fill(struct ocs_read_ahead *ahead, uv_loop_t *uv)
{
    while (!ahead->stopped && ahead->started - ahead->released < ahead->depth) {
        struct ocs_read_slot *const slot = &ahead->slots[ahead->started % ahead->depth];
        if (!ocs_chunks_next(&ahead->chunks, &slot->offset, &slot->bytes)) {
            ahead->stopped = true;
            break;
        }
        slot->done = 0;
        slot->ready = false;
        ++ahead->started;
        if (start_read(slot, uv))
            ++ahead->reading;
        else
            finish_slot(slot);
    }
}

/* On the loop's thread. `uv` is not used for URLs. */
static void end_read(struct ocs_read_slot *slot, uv_loop_t *uv)
{
    struct ocs_read_ahead *const ahead = slot->ahead;
    uv_mutex_lock(&ahead->lock);
    --ahead->reading;
    finish_slot(slot);
    fill(ahead, uv);
    uv_cond_signal(&ahead->changed);
    uv_mutex_unlock(&ahead->lock); /* the last touch: a waiting close may free all this */
}

static void on_read(uv_fs_t *request)
{
    struct ocs_read_slot *const slot = request->data;
    uv_loop_t *const uv = request->loop;
    const ssize_t result = request->result;
    uv_fs_req_cleanup(request);
    if (result > 0)
        slot->done += (uint64_t)result;
    const bool again =
        (result > 0 && slot->done < slot->bytes) || result == UV_EINTR || result == UV_EAGAIN;
    if (again && start_read(slot, uv))
        return;
    if (!again && result < 0)
        slot->failure = (int)-result;
    end_read(slot, uv);
}

static void on_transfer(struct ocs_http_transfer *transfer)
{
    struct ocs_read_slot *const slot =
        (struct ocs_read_slot *)((char *)transfer - offsetof(struct ocs_read_slot, transfer));
    slot->done = transfer->status == OCS_OK ? transfer->received : 0;
    if (transfer->status == OCS_OK && ocs_source_comes_once(slot->ahead->source))
        slot->bytes = slot->done; /* the end, if it is less than was asked for */
    end_read(slot, NULL);
}

void ocs_read_ahead_on_post(struct ocs_loop_task *task, uv_loop_t *uv)
{
    struct ocs_read_ahead *const ahead = (struct ocs_read_ahead *)task;
    uv_mutex_lock(&ahead->lock);
    ahead->posted = false;
    fill(ahead, uv);
    uv_cond_signal(&ahead->changed);
    uv_mutex_unlock(&ahead->lock);
}
