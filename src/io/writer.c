/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The side of writing behind that runs on the threads that fill buffers. */
#include "writer_internal.h"

#include "fail.h"
#include "output_file_internal.h"

#include <assert.h>

static uint64_t owner_bytes(unsigned buffers)
{
    return sizeof(struct ocs_writer) + buffers * (uint64_t)sizeof(struct ocs_write_slot);
}

uint64_t ocs_writer_need(uint64_t buffer_bytes, unsigned buffers)
{
    return ocs_buffer_set_need(owner_bytes(buffers), buffer_bytes, buffers);
}

void ocs_writer_bring_home(struct ocs_writer *writer, struct ocs_write_slot *slot)
{
    slot->next = writer->free_slots;
    writer->free_slots = slot;
    ++writer->home;
    uv_cond_signal(&writer->freed);
}

static int start_synchronisation(struct ocs_writer *writer)
{
    int result = uv_mutex_init(&writer->lock);
    if (result != 0)
        return result;
    result = uv_cond_init(&writer->freed);
    if (result == 0) {
        result = uv_cond_init(&writer->drained);
        if (result == 0)
            return 0;
        uv_cond_destroy(&writer->freed);
    }
    uv_mutex_destroy(&writer->lock);
    return result;
}

static enum ocs_status set_up(struct ocs_writer *writer, unsigned buffers, struct ocs_error *error)
{
    const enum ocs_status status =
        ocs_buffer_set_open(writer->budget, writer->buffer_bytes, buffers, &writer->buffers, error);
    if (status != OCS_OK)
        return status;
    const int result = start_synchronisation(writer);
    if (result != 0) {
        ocs_buffer_set_close(&writer->buffers, writer->budget);
        return ocs_fail_system(error, "writing", NULL, -result);
    }
    writer->submitted_end = &writer->submitted;
    for (unsigned i = 0; i < buffers; ++i) {
        writer->slots[i].writer = writer;
        writer->slots[i].buffer = ocs_buffer_set_at(&writer->buffers, i);
        ocs_writer_bring_home(writer, &writer->slots[i]);
    }
    return OCS_OK;
}

enum ocs_status ocs_writer_create(struct ocs_loop *loop, struct ocs_budget *budget,
                                  uint64_t buffer_bytes, unsigned buffers,
                                  struct ocs_writer **writer_ret, struct ocs_error *error)
{
    assert(buffers >= 1 && buffer_bytes >= 1);
    struct ocs_writer *const writer = ocs_budget_alloc(budget, owner_bytes(buffers), error);
    if (!writer)
        return error->status;
    writer->task.run = ocs_writer_on_post;
    writer->loop = loop;
    writer->budget = budget;
    writer->buffer_bytes = buffer_bytes;
    const enum ocs_status status = set_up(writer, buffers, error);
    if (status != OCS_OK) {
        ocs_budget_free(budget, writer);
        return status;
    }
    *writer_ret = writer;
    return OCS_OK;
}

uint64_t ocs_writer_buffer_bytes(const struct ocs_writer *writer)
{
    return writer->buffer_bytes;
}

/* Under the lock. */
static enum ocs_status first_failure(const struct ocs_writer *writer, struct ocs_error *error)
{
    if (writer->first.status != OCS_OK)
        *error = writer->first;
    return writer->first.status;
}

enum ocs_status ocs_writer_take(struct ocs_writer *writer, unsigned char **buffer_ret,
                                struct ocs_error *error)
{
    uv_mutex_lock(&writer->lock);
    while (!writer->free_slots && writer->first.status == OCS_OK)
        uv_cond_wait(&writer->freed, &writer->lock);
    const enum ocs_status status = first_failure(writer, error);
    if (status == OCS_OK) {
        struct ocs_write_slot *const slot = writer->free_slots;
        writer->free_slots = slot->next;
        --writer->home;
        *buffer_ret = slot->buffer;
    }
    uv_mutex_unlock(&writer->lock);
    return status;
}

void ocs_writer_submit(struct ocs_writer *writer, struct ocs_output_file *file, uint64_t offset,
                       unsigned char *buffer, uint64_t bytes)
{
    assert(bytes <= writer->buffer_bytes);
    struct ocs_write_slot *const slot =
        &writer->slots[ocs_buffer_set_index(&writer->buffers, buffer)];
    slot->file = file;
    slot->offset = offset;
    slot->bytes = bytes;
    slot->done = 0;
    slot->next = NULL;
    if (bytes > 0)
        ocs_output_file_note(file, offset, buffer, bytes);
    uv_mutex_lock(&writer->lock);
    if (bytes == 0 || writer->first.status != OCS_OK) {
        ocs_writer_bring_home(writer, slot);
    } else {
        ++writer->under_way;
        *writer->submitted_end = slot;
        writer->submitted_end = &slot->next;
        if (!writer->posted) {
            writer->posted = true;
            ocs_loop_post(writer->loop, &writer->task);
        }
    }
    uv_mutex_unlock(&writer->lock);
}

enum ocs_status ocs_writer_drain(struct ocs_writer *writer, struct ocs_error *error)
{
    uv_mutex_lock(&writer->lock);
    while (writer->under_way > 0)
        uv_cond_wait(&writer->drained, &writer->lock);
    const enum ocs_status status = first_failure(writer, error);
    uv_mutex_unlock(&writer->lock);
    return status;
}

void ocs_writer_destroy(struct ocs_writer *writer)
{
    if (!writer)
        return;
    uv_mutex_lock(&writer->lock);
    while (writer->under_way > 0)
        uv_cond_wait(&writer->drained, &writer->lock);
    assert(writer->home == writer->buffers.count);
    uv_mutex_unlock(&writer->lock);
    uv_cond_destroy(&writer->drained);
    uv_cond_destroy(&writer->freed);
    uv_mutex_destroy(&writer->lock);
    struct ocs_budget *const budget = writer->budget;
    ocs_buffer_set_close(&writer->buffers, budget);
    ocs_budget_free(budget, writer);
}
