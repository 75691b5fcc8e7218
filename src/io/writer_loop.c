/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The side of writing behind that runs on the loop's thread. */
#include "writer_internal.h"

#include "checked.h"
#include "fail.h"
#include "output_file_internal.h"
#include "positioned.h"

/* Under the lock. Those who wait for a buffer must hear of a failure too. */
static void keep_first_failure(struct ocs_write_slot *slot, int failure)
{
    struct ocs_writer *const writer = slot->writer;
    if (writer->first.status != OCS_OK)
        return;
    ocs_fail_system(&writer->first, "writing", ocs_output_file_path(slot->file), failure);
    writer->first.offset = (int64_t)(slot->offset + slot->done);
    uv_cond_broadcast(&writer->freed);
}

/* `failure`: positive errno or 0. */
static void finish(struct ocs_write_slot *slot, int failure)
{
    struct ocs_writer *const writer = slot->writer;
    uv_mutex_lock(&writer->lock);
    if (failure)
        keep_first_failure(slot, failure);
    ocs_writer_bring_home(writer, slot);
    if (--writer->under_way == 0)
        uv_cond_broadcast(&writer->drained);
    uv_mutex_unlock(&writer->lock); /* the last touch: a waiting destroy may free all this */
}

static void on_written(uv_fs_t *request);

static void start_write(struct ocs_write_slot *slot, uv_loop_t *uv)
{
    const uint64_t rest = ocs_min_u64(slot->bytes - slot->done, OCS_TRANSFER_MAX);
    const uv_buf_t from = uv_buf_init((char *)slot->buffer + slot->done, (unsigned)rest);
    slot->request.data = slot;
    const int result = uv_fs_write(uv, &slot->request, ocs_output_file_descriptor(slot->file),
                                   &from, 1, (int64_t)(slot->offset + slot->done), on_written);
    if (result != 0)
        finish(slot, -result);
}

static void on_written(uv_fs_t *request)
{
    struct ocs_write_slot *const slot = request->data;
    uv_loop_t *const uv = request->loop;
    const ssize_t result = request->result;
    uv_fs_req_cleanup(request);
    if (result > 0)
        slot->done += (uint64_t)result;
    if (result == 0)
        finish(slot, -UV_EIO);
    else if (result < 0) /* never interrupted: libuv repeats writes by itself, unlike reads */
        finish(slot, (int)-result);
    else if (slot->done < slot->bytes)
        start_write(slot, uv);
    else
        finish(slot, 0);
}

void ocs_writer_on_post(struct ocs_loop_task *task, uv_loop_t *uv)
{
    struct ocs_writer *const writer = (struct ocs_writer *)task;
    uv_mutex_lock(&writer->lock);
    struct ocs_write_slot *slot = writer->submitted;
    writer->submitted = NULL;
    writer->submitted_end = &writer->submitted;
    writer->posted = false;
    uv_mutex_unlock(&writer->lock);
    while (slot) { /* not home, so the writer lives on */
        struct ocs_write_slot *const next = slot->next;
        start_write(slot, uv);
        slot = next;
    }
}
