/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The side of reading ahead that runs on the reader's thread. */
#include "read_ahead_internal.h"

#include "fail.h"
#include "source_internal.h"

#include <assert.h>

static uint64_t owner_bytes(unsigned depth)
{
    return sizeof(struct ocs_read_ahead) + depth * (uint64_t)sizeof(struct ocs_read_slot);
}

uint64_t ocs_read_ahead_need(uint64_t chunk_bytes, unsigned depth)
{
    return ocs_buffer_set_need(owner_bytes(depth), chunk_bytes, depth);
}

/* Wakes the loop only for half a ring of free buffers or when the reader would wait for nothing:
 * with small chunks a wake for each would cost more than the reading. Reads that end start others
 * by themselves. */
static void ask_for_more(struct ocs_read_ahead *ahead)
{
    const uint64_t free_slots = ahead->depth - (ahead->started - ahead->released);
    if (ahead->stopped || ahead->posted || free_slots == 0 ||
        (2 * free_slots < ahead->depth && ahead->taken < ahead->started))
        return;
    ahead->posted = true;
    ocs_loop_post(ahead->loop, &ahead->task);
}

static bool must_wait(const struct ocs_read_ahead *ahead)
{
    if (ahead->taken == ahead->started)
        return !ahead->stopped;
    return !ahead->slots[ahead->taken % ahead->depth].ready;
}

static enum ocs_status fail_slot(const struct ocs_read_slot *slot, struct ocs_error *error)
{
    const struct ocs_source *const source = slot->ahead->source;
    const uint64_t at = slot->offset + slot->done;
    if (ocs_source_http(source)) {
        *error = slot->transfer.error;
        return error->status;
    }
    return slot->failure ? ocs_source_fail_read(source, at, slot->failure, error)
                         : ocs_source_fail_cut(source, at, error);
}

enum ocs_status ocs_read_ahead_next(struct ocs_read_ahead *ahead, const unsigned char **chunk_ret,
                                    uint64_t *bytes_ret, struct ocs_error *error)
{
    uv_mutex_lock(&ahead->lock);
    ahead->released = ahead->taken;
    ask_for_more(ahead);
    while (must_wait(ahead))
        uv_cond_wait(&ahead->changed, &ahead->lock);
    const struct ocs_read_slot *slot = NULL;
    if (ahead->taken < ahead->started) {
        slot = &ahead->slots[ahead->taken % ahead->depth];
        ahead->taken += slot->done == slot->bytes;
    }
    uv_mutex_unlock(&ahead->lock);
    if (slot && slot->done < slot->bytes)
        return fail_slot(slot, error);
    *chunk_ret = slot ? slot->buffer : NULL;
    *bytes_ret = slot ? slot->bytes : 0;
    return OCS_OK;
}

static int start_synchronisation(struct ocs_read_ahead *ahead)
{
    const int result = uv_mutex_init(&ahead->lock);
    if (result != 0)
        return result;
    const int second = uv_cond_init(&ahead->changed);
    if (second != 0)
        uv_mutex_destroy(&ahead->lock);
    return second;
}

static enum ocs_status set_up(struct ocs_read_ahead *ahead, struct ocs_error *error)
{
    const enum ocs_status status = ocs_buffer_set_open(ahead->budget, ahead->chunks.chunk_bytes,
                                                       ahead->depth, &ahead->buffers, error);
    if (status != OCS_OK)
        return status;
    for (unsigned i = 0; i < ahead->depth; ++i) {
        ahead->slots[i].ahead = ahead;
        ahead->slots[i].buffer = ocs_buffer_set_at(&ahead->buffers, i);
    }
    const int result = start_synchronisation(ahead);
    if (result == 0)
        return OCS_OK;
    ocs_buffer_set_close(&ahead->buffers, ahead->budget);
    return ocs_fail_system(error, "reading", ocs_source_path(ahead->source), -result);
}

enum ocs_status ocs_read_ahead_open(struct ocs_loop *loop, struct ocs_budget *budget,
                                    const struct ocs_source *source,
                                    const struct ocs_chunks *chunks, unsigned depth,
                                    struct ocs_read_ahead **ahead_ret, struct ocs_error *error)
{
    assert(depth >= 1);
    struct ocs_read_ahead *const ahead = ocs_budget_alloc(budget, owner_bytes(depth), error);
    if (!ahead)
        return error->status;
    ahead->task.run = ocs_read_ahead_on_post;
    ahead->loop = loop;
    ahead->budget = budget;
    ahead->source = source;
    ahead->depth = depth;
    ahead->chunks = *chunks;
    const enum ocs_status status = set_up(ahead, error);
    if (status != OCS_OK) {
        ocs_budget_free(budget, ahead);
        return status;
    }
    ahead->posted = true;
    ocs_loop_post(loop, &ahead->task);
    *ahead_ret = ahead;
    return OCS_OK;
}

void ocs_read_ahead_close(struct ocs_read_ahead *ahead)
{
    uv_mutex_lock(&ahead->lock);
    ahead->stopped = true;
    while (ahead->posted || ahead->reading > 0)
        uv_cond_wait(&ahead->changed, &ahead->lock);
    uv_mutex_unlock(&ahead->lock);
    uv_cond_destroy(&ahead->changed);
    uv_mutex_destroy(&ahead->lock);
    struct ocs_budget *const budget = ahead->budget;
    ocs_buffer_set_close(&ahead->buffers, budget);
    ocs_budget_free(budget, ahead);
}
