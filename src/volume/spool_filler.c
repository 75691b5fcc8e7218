/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spool_filler.h"

#include "checked.h"
#include "clock.h"
#include "fail.h"
#include "map_internal.h"

#include <pthread.h>

static const double wait_seconds = 0.05;

enum slot_state { SLOT_FREE, SLOT_FILLED, SLOT_TAKEN };

struct slot {
    unsigned char *plain;
    uint64_t group;
    enum slot_state state;
};

/* Group n comes into any free buffer; groups are taken in order because there is one thread that
 * fills. */
struct ocs_spool_filler {
    struct ocs_budget *budget;
    struct ocs_map *map;
    struct ocs_spool_shape shape;
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* of what follows                                                 */
    pthread_cond_t freed, filled;
    uint64_t groups_filled, groups_taken;
    bool ended, closing;
    struct ocs_error failure; /* of the thread, if its status is not OCS_OK                   */
    struct ocs_spool_tail tail;
    unsigned slot_count;
    struct slot slots[];
};

static uint64_t self_bytes(unsigned buffers)
{
    return sizeof(struct ocs_spool_filler) + buffers * (uint64_t)sizeof(struct slot);
}

uint64_t ocs_spool_filler_need(const struct ocs_spool_shape *shape, unsigned buffers)
{
    return ocs_budget_cost(self_bytes(buffers)) + buffers * ocs_budget_cost(shape->group_bytes);
}

/* ---- the thread ---- */

static enum ocs_status fail_short(const struct ocs_spool_filler *filler, uint64_t got,
                                  struct ocs_error *error)
{
    const struct ocs_map *const map = filler->map;
    ocs_fail(error, OCS_BAD_INPUT, "reading", map->path,
             "the header declares %llu bytes, but only %llu came",
             (unsigned long long)map->mrc.expected_bytes, (unsigned long long)got);
    ocs_advise(error, "it was cut short: get it again");
    return OCS_BAD_INPUT;
}

/* The next `bytes`, which are from `at` on: all of them. */
static enum ocs_status read_all(struct ocs_spool_filler *filler, unsigned char *to, uint64_t bytes,
                                uint64_t at, struct ocs_error *error)
{
    uint64_t got;
    const enum ocs_status status = ocs_unpack_read(filler->map->unpack, to, bytes, &got, error);
    if (status == OCS_OK && got < bytes)
        return fail_short(filler, at + got, error);
    return status;
}

static bool is_closing(struct ocs_spool_filler *filler)
{
    pthread_mutex_lock(&filler->lock);
    const bool closing = filler->closing;
    pthread_mutex_unlock(&filler->lock);
    return closing;
}

/* Passes over the bytes from `at` to `end`: extended header and other volumes. */
static enum ocs_status skip(struct ocs_spool_filler *filler, unsigned char *buffer, uint64_t at,
                            uint64_t end, struct ocs_error *error)
{
    while (at < end) {
        const uint64_t now = ocs_min_u64(filler->shape.group_bytes, end - at);
        const enum ocs_status status = read_all(filler, buffer, now, at, error);
        if (status != OCS_OK)
            return status;
        if (is_closing(filler))
            return ocs_fail(error, OCS_CANCELLED, "reading", filler->map->path, "interrupted");
        at += now;
    }
    return OCS_OK;
}

/* Waits for a free buffer; NULL when it is all over. */
static struct slot *free_slot(struct ocs_spool_filler *filler)
{
    struct slot *found = NULL;
    pthread_mutex_lock(&filler->lock);
    while (!found && !filler->closing) {
        for (unsigned i = 0; i < filler->slot_count && !found; ++i)
            if (filler->slots[i].state == SLOT_FREE)
                found = &filler->slots[i];
        if (!found)
            pthread_cond_wait(&filler->freed, &filler->lock);
    }
    pthread_mutex_unlock(&filler->lock);
    return found;
}

static void hand_out(struct ocs_spool_filler *filler, struct slot *slot, uint64_t group)
{
    pthread_mutex_lock(&filler->lock);
    slot->group = group;
    slot->state = SLOT_FILLED;
    ++filler->groups_filled;
    pthread_cond_signal(&filler->filled);
    pthread_mutex_unlock(&filler->lock);
}

static enum ocs_status fill_groups(struct ocs_spool_filler *filler, struct ocs_error *error)
{
    uint64_t at = filler->map->data_offset;
    for (uint64_t group = 0; group < ocs_spool_groups(&filler->shape); ++group) {
        struct slot *const slot = free_slot(filler);
        if (!slot)
            return ocs_fail(error, OCS_CANCELLED, "reading", filler->map->path, "interrupted");
        const uint64_t bytes =
            ocs_spool_group(&filler->shape, group).rows * filler->shape.row_bytes;
        const enum ocs_status status = read_all(filler, slot->plain, bytes, at, error);
        if (status != OCS_OK)
            return status;
        at += bytes;
        hand_out(filler, slot, group);
    }
    return OCS_OK;
}

/* Reading to the end makes sure that checksums are looked at. */
static enum ocs_status look_behind(struct ocs_spool_filler *filler, struct ocs_error *error)
{
    const struct ocs_map *const map = filler->map;
    struct slot *const slot = free_slot(filler);
    if (!slot)
        return ocs_fail(error, OCS_CANCELLED, "reading", map->path, "interrupted");
    enum ocs_status status = skip(filler, slot->plain, map->data_offset + map->mrc.volume_bytes,
                                  map->mrc.expected_bytes, error);
    bool more = false;
    if (status == OCS_OK)
        status = ocs_unpack_look_behind(map->unpack, slot->plain, filler->shape.group_bytes, &more,
                                        error);
    filler->tail = (struct ocs_spool_tail){.more_voxels = more,
                                           .garbage = ocs_unpack_has_garbage(map->unpack)};
    return status;
}

static enum ocs_status fill(struct ocs_spool_filler *filler, struct ocs_error *error)
{
    enum ocs_status status =
        skip(filler, filler->slots[0].plain, OCS_MRC_HEADER_BYTES, filler->map->data_offset, error);
    if (status == OCS_OK)
        status = fill_groups(filler, error);
    return status == OCS_OK ? look_behind(filler, error) : status;
}

static void *thread_main(void *argument)
{
    struct ocs_spool_filler *const filler = argument;
    struct ocs_error error = {.status = OCS_OK};
    if (fill(filler, &error) == OCS_OK)
        error.status = OCS_OK;
    pthread_mutex_lock(&filler->lock);
    filler->failure = error;
    filler->ended = true;
    pthread_cond_broadcast(&filler->filled);
    pthread_mutex_unlock(&filler->lock);
    return NULL;
}

/* ---- those who take ---- */

static struct slot *next_slot(struct ocs_spool_filler *filler)
{
    for (unsigned i = 0; i < filler->slot_count; ++i) {
        struct slot *const slot = &filler->slots[i];
        if (slot->state == SLOT_FILLED && slot->group == filler->groups_taken)
            return slot;
    }
    return NULL;
}

/* Whether there is something for one who waits. Under the lock. */
static bool is_settled(const struct ocs_spool_filler *filler)
{
    return filler->groups_taken < filler->groups_filled || filler->ended;
}

/* Under the lock: the group that is next, or how it ended. */
static enum ocs_status settle(struct ocs_spool_filler *filler, const unsigned char **plain_ret,
                              uint64_t *group_ret, struct ocs_error *error)
{
    *plain_ret = NULL;
    struct slot *const slot = next_slot(filler);
    if (slot) {
        slot->state = SLOT_TAKEN;
        ++filler->groups_taken;
        *plain_ret = slot->plain;
        *group_ret = slot->group;
        return OCS_OK;
    }
    if (filler->failure.status != OCS_OK)
        *error = filler->failure;
    return filler->failure.status;
}

enum ocs_status ocs_spool_filler_take(struct ocs_spool_filler *filler, struct ocs_beat *beat,
                                      const unsigned char **plain_ret, uint64_t *group_ret,
                                      struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    pthread_mutex_lock(&filler->lock);
    while (status == OCS_OK && !is_settled(filler)) {
        ocs_clock_wait(&filler->filled, &filler->lock, wait_seconds);
        status = ocs_beat(beat, 0, error);
    }
    if (status == OCS_OK)
        status = settle(filler, plain_ret, group_ret, error);
    pthread_mutex_unlock(&filler->lock);
    return status;
}

void ocs_spool_filler_give(struct ocs_spool_filler *filler, const unsigned char *plain)
{
    pthread_mutex_lock(&filler->lock);
    for (unsigned i = 0; i < filler->slot_count; ++i)
        if (filler->slots[i].plain == plain)
            filler->slots[i].state = SLOT_FREE;
    pthread_cond_signal(&filler->freed);
    pthread_mutex_unlock(&filler->lock);
}

struct ocs_spool_tail ocs_spool_filler_tail(const struct ocs_spool_filler *filler)
{
    return filler->tail;
}

/* ---- opening and closing ---- */

static void start_synchronisation(struct ocs_spool_filler *filler)
{
    ocs_clock_condition_init(&filler->filled);
    pthread_cond_init(&filler->freed, NULL);
    pthread_mutex_init(&filler->lock, NULL);
}

static enum ocs_status start(struct ocs_spool_filler *filler, struct ocs_error *error)
{
    for (unsigned i = 0; i < filler->slot_count; ++i) {
        filler->slots[i].plain = ocs_budget_alloc(filler->budget, filler->shape.group_bytes, error);
        if (!filler->slots[i].plain)
            return error->status;
    }
    if (pthread_create(&filler->thread, NULL, thread_main, filler) != 0)
        return ocs_fail(error, OCS_LIMIT, "starting threads", NULL,
                        "the system gives no more threads");
    filler->started = true;
    return OCS_OK;
}

enum ocs_status ocs_spool_filler_open(struct ocs_budget *budget, struct ocs_map *map,
                                      const struct ocs_spool_shape *shape, unsigned buffers,
                                      struct ocs_spool_filler **filler_ret, struct ocs_error *error)
{
    if (!map->unpack)
        return ocs_fail(error, OCS_USAGE, "reading", map->path,
                        "its bytes came once already; a new plan is needed to read it again");
    struct ocs_spool_filler *const filler = ocs_budget_alloc(budget, self_bytes(buffers), error);
    if (!filler)
        return error->status;
    filler->budget = budget;
    filler->map = map;
    filler->shape = *shape;
    filler->slot_count = buffers;
    start_synchronisation(filler);
    const enum ocs_status status = start(filler, error);
    if (status != OCS_OK) {
        ocs_spool_filler_close(filler);
        return status;
    }
    *filler_ret = filler;
    return OCS_OK;
}

static void stop_thread(struct ocs_spool_filler *filler)
{
    pthread_mutex_lock(&filler->lock);
    filler->closing = true;
    pthread_cond_signal(&filler->freed);
    pthread_mutex_unlock(&filler->lock);
    ocs_unpack_interrupt(filler->map->unpack);
    pthread_join(filler->thread, NULL);
}

void ocs_spool_filler_close(struct ocs_spool_filler *filler)
{
    if (!filler)
        return;
    if (filler->started)
        stop_thread(filler);
    ocs_unpack_close(filler->map->unpack);
    filler->map->unpack = NULL;
    pthread_cond_destroy(&filler->freed);
    pthread_cond_destroy(&filler->filled);
    pthread_mutex_destroy(&filler->lock);
    for (unsigned i = 0; i < filler->slot_count; ++i)
        ocs_budget_free(filler->budget, filler->slots[i].plain);
    ocs_budget_free(filler->budget, filler);
}
