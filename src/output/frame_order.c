/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "frame_order.h"

#include "checked.h"
#include "fail.h"

#include <assert.h>
#include <pthread.h>

struct ocs_frame_order {
    struct ocs_budget *budget;
    struct ocs_output_file *file;
    uint64_t first_bytes, largest;
    uint32_t frames;

    pthread_mutex_t lock;           /* of what follows                                       */
    struct ocs_seek_entry *entries; /* packed_bytes 0: still to come                         */
    uint32_t next;                  /* the first frame that is not in its place              */
    uint64_t end;                   /* where it goes                                         */
    bool moving;                    /* a thread is bringing frames to their places           */
};

uint64_t ocs_frame_order_need(uint32_t frames)
{
    return ocs_budget_cost(sizeof(struct ocs_frame_order)) +
           ocs_budget_cost(frames * sizeof(struct ocs_seek_entry));
}

enum ocs_status ocs_frame_order_open(struct ocs_budget *budget, struct ocs_output_file *file,
                                     uint32_t frames, const struct ocs_seek_entry *first,
                                     uint64_t largest, struct ocs_frame_order **order_ret,
                                     struct ocs_error *error)
{
    uint64_t most;
    if (!ocs_mul_u64(frames, largest, &most) || !ocs_add_u64(most, first->packed_bytes, &most) ||
        most > INT64_MAX)
        return ocs_fail(error, OCS_LIMIT, "creating", ocs_output_file_path(file),
                        "the map would be larger than any file");
    struct ocs_frame_order *const order = ocs_budget_alloc(budget, sizeof *order, error);
    if (!order)
        return error->status;
    *order = (struct ocs_frame_order){.budget = budget,
                                      .file = file,
                                      .first_bytes = first->packed_bytes,
                                      .largest = largest,
                                      .frames = frames,
                                      .next = 1,
                                      .end = first->packed_bytes};
    pthread_mutex_init(&order->lock, NULL);
    order->entries = ocs_budget_array(budget, frames, sizeof *order->entries, error);
    if (!order->entries) {
        ocs_frame_order_close(order);
        return error->status;
    }
    order->entries[0] = *first;
    *order_ret = order;
    return OCS_OK;
}

static uint64_t slot(const struct ocs_frame_order *order, uint32_t index)
{
    return order->first_bytes + (index - UINT64_C(1)) * order->largest;
}

/* Brings the next frame from its slot to its place, through `packed`. Not under the lock: nobody
 * else changes `end` meanwhile, and frames that come go to slots further on. */
static enum ocs_status move(const struct ocs_frame_order *order, uint32_t index, uint64_t bytes,
                            unsigned char *packed, struct ocs_error *error)
{
    const enum ocs_status status =
        ocs_output_file_read(order->file, slot(order, index), packed, bytes, error);
    return status == OCS_OK ? ocs_output_file_write(order->file, order->end, packed, bytes, error)
                            : status;
}

static void advance(struct ocs_frame_order *order)
{
    order->end += order->entries[order->next].packed_bytes;
    ++order->next;
}

/* Under the lock, which is let go while bytes move. */
static enum ocs_status move_waiting(struct ocs_frame_order *order, unsigned char *packed,
                                    struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    while (order->next < order->frames && order->entries[order->next].packed_bytes > 0) {
        const uint64_t bytes = order->entries[order->next].packed_bytes;
        pthread_mutex_unlock(&order->lock);
        status = move(order, order->next, bytes, packed, error);
        pthread_mutex_lock(&order->lock);
        if (status != OCS_OK)
            break;
        advance(order);
    }
    return status;
}

/* Whether this thread is to bring frames to their places. Under the lock. */
static bool begin_moving(struct ocs_frame_order *order, uint32_t index)
{
    if (order->moving || order->next != index)
        return false;
    order->moving = true;
    return true;
}

enum ocs_status ocs_frame_order_put(struct ocs_frame_order *order, uint32_t index,
                                    unsigned char *packed, const struct ocs_seek_entry *bytes,
                                    struct ocs_error *error)
{
    assert(index > 0 && index < order->frames && bytes->packed_bytes > 0);
    assert(bytes->packed_bytes <= order->largest);
    pthread_mutex_lock(&order->lock);
    bool mover = begin_moving(order, index);
    const bool direct = mover;
    const uint64_t at = direct ? order->end : slot(order, index);
    pthread_mutex_unlock(&order->lock);
    enum ocs_status status =
        ocs_output_file_write(order->file, at, packed, bytes->packed_bytes, error);
    pthread_mutex_lock(&order->lock);
    if (status == OCS_OK) {
        order->entries[index] = *bytes;
        if (direct)
            advance(order);
        else /* its turn may have come meanwhile */
            mover = begin_moving(order, index);
        if (mover)
            status = move_waiting(order, packed, error);
    }
    if (mover)
        order->moving = false;
    pthread_mutex_unlock(&order->lock);
    return status;
}

const struct ocs_seek_entry *ocs_frame_order_entries(const struct ocs_frame_order *order,
                                                     uint64_t *end_ret)
{
    assert(order->next == order->frames);
    *end_ret = order->end;
    return order->entries;
}

void ocs_frame_order_close(struct ocs_frame_order *order)
{
    if (!order)
        return;
    pthread_mutex_destroy(&order->lock);
    ocs_budget_free(order->budget, order->entries);
    ocs_budget_free(order->budget, order);
}
