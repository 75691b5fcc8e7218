/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The side of writing behind that runs on the loop's threads. */
#include "writer_internal.h"

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

/* On a thread of the loop's pool. The disk begins at once, so that there is less to wait for when
 * all must be on it. */
static void write_slot(uv_work_t *request)
{
    struct ocs_write_slot *const slot = request->data;
    const int descriptor = ocs_output_file_descriptor(slot->file);
    slot->failure = ocs_write_at(descriptor, slot->offset, slot->buffer, slot->bytes, &slot->done);
    if (slot->failure == 0)
        ocs_begin_writing_back(descriptor, slot->offset, slot->bytes);
}

static void on_written(uv_work_t *request, int status)
{
    struct ocs_write_slot *const slot = request->data;
    finish(slot, status < 0 ? -status : slot->failure);
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
        slot->request.data = slot;
        const int result = uv_queue_work(uv, &slot->request, write_slot, on_written);
        if (result != 0)
            finish(slot, -result);
        slot = next;
    }
}
