/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workers.h"

#include "checked.h"
#include "clock.h"
#include "fail.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

static const double tick_seconds = 0.1;

/* What follows `lock` is guarded by it. */
struct crew {
    const struct ocs_pass *pass;
    struct ocs_beat *beat;
    const struct ocs_leg *leg;
    double leg_ends; /* by the clock                                                       */
    pthread_mutex_t lock;
    pthread_cond_t ended;
    uint64_t next_unit, end_unit;
    unsigned running;
    enum ocs_status status;
    struct ocs_error *error; /* of the first failure                                       */
};

struct member {
    struct crew *crew;
    void *worker;
    pthread_t thread;
};

static bool is_leg_over(const struct crew *crew)
{
    return crew->leg->seconds > 0 && ocs_clock_seconds() >= crew->leg_ends;
}

/* Under the lock. A leg in which nothing was begun yet goes on. */
static void end_leg_in_time(struct crew *crew)
{
    const struct ocs_leg *const leg = crew->leg;
    if (crew->next_unit == leg->first || !is_leg_over(crew))
        return;
    const uint64_t end = ocs_div_up_u64(crew->next_unit, leg->together) * leg->together;
    crew->end_unit = ocs_min_u64(end, crew->end_unit);
}

static bool take_unit(struct crew *crew, uint64_t *unit_ret)
{
    pthread_mutex_lock(&crew->lock);
    end_leg_in_time(crew);
    const bool left = crew->next_unit < crew->end_unit;
    if (left)
        *unit_ret = crew->next_unit++;
    pthread_mutex_unlock(&crew->lock);
    return left;
}

static enum ocs_status do_units(struct member *member, struct ocs_error *error)
{
    struct crew *const crew = member->crew;
    for (;;) {
        uint64_t unit;
        if (!take_unit(crew, &unit))
            return OCS_OK;
        enum ocs_status status = ocs_beat(crew->beat, 0, error);
        if (status == OCS_OK)
            status = crew->pass->unit(crew->pass->self, member->worker, unit, error);
        if (status != OCS_OK)
            return status;
    }
}

static void *thread_main(void *argument)
{
    struct member *const member = argument;
    struct crew *const crew = member->crew;
    struct ocs_error error;
    const enum ocs_status status = do_units(member, &error);
    pthread_mutex_lock(&crew->lock);
    if (status != OCS_OK && crew->status == OCS_OK) {
        crew->status = status;
        *crew->error = error;
        atomic_store(&crew->beat->stop, 1);
    }
    --crew->running;
    pthread_cond_signal(&crew->ended);
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

static void wait_for_all(struct crew *crew, ocs_tick *tick, void *user)
{
    pthread_mutex_lock(&crew->lock);
    while (crew->running > 0) {
        ocs_clock_wait(&crew->ended, &crew->lock, tick_seconds);
        pthread_mutex_unlock(&crew->lock);
        tick(user, crew->pass, atomic_load_explicit(&crew->beat->done, memory_order_relaxed));
        pthread_mutex_lock(&crew->lock);
    }
    pthread_mutex_unlock(&crew->lock);
}

/* Starts a thread for every member; those already started go on when one cannot be. */
static unsigned start_threads(struct crew *crew, struct member *members, unsigned count)
{
    unsigned started = 0;
    for (; started < count; ++started) {
        pthread_mutex_lock(&crew->lock);
        ++crew->running;
        pthread_mutex_unlock(&crew->lock);
        if (pthread_create(&members[started].thread, NULL, thread_main, &members[started]) != 0) {
            pthread_mutex_lock(&crew->lock);
            --crew->running;
            pthread_mutex_unlock(&crew->lock);
            break;
        }
    }
    return started;
}

static void run_threads(struct crew *crew, struct member *members, unsigned count, ocs_tick *tick,
                        void *user)
{
    const unsigned started = start_threads(crew, members, count);
    if (started == 0)
        crew->status = ocs_fail(crew->error, OCS_LIMIT, "starting threads", NULL,
                                "the system gives no more threads");
    wait_for_all(crew, tick, user);
    for (unsigned i = 0; i < started; ++i)
        pthread_join(members[i].thread, NULL);
}

static void crew_init(struct crew *crew, const struct ocs_leg *leg)
{
    crew->next_unit = leg->first;
    crew->end_unit = crew->pass->units;
    crew->leg = leg;
    crew->leg_ends = ocs_clock_seconds() + leg->seconds;
    ocs_clock_condition_init(&crew->ended);
    pthread_mutex_init(&crew->lock, NULL);
}

/* For progress: the share of the voxels that the units before the leg have, about. */
static uint64_t voxels_before(const struct ocs_pass *pass, const struct ocs_leg *leg)
{
    return leg->first ? (uint64_t)((double)pass->voxels * (double)leg->first / (double)pass->units)
                      : 0;
}

enum ocs_status ocs_workers_run_leg(const struct ocs_pass *pass, unsigned threads,
                                    struct ocs_leg *leg, struct ocs_beat *beat, ocs_tick *tick,
                                    void *user, struct ocs_error *error)
{
    const uint64_t left = pass->units - leg->first;
    const unsigned wanted = (unsigned)ocs_min_u64(threads, ocs_max_u64(left, 1));
    struct member *const members = calloc(wanted, sizeof *members);
    if (!members)
        return ocs_fail(error, OCS_LIMIT, "starting threads", NULL, "no memory");
    struct crew crew = {.pass = pass, .beat = beat, .error = error};
    crew_init(&crew, leg);
    atomic_store(&beat->done, voxels_before(pass, leg));
    atomic_store(&beat->stop, 0);
    unsigned opened = 0;
    for (; opened < wanted && crew.status == OCS_OK; ++opened) {
        members[opened].crew = &crew;
        crew.status = pass->open(pass->self, &members[opened].worker, error);
    }
    if (crew.status == OCS_OK)
        run_threads(&crew, members, wanted, tick, user);
    for (unsigned i = 0; i < opened; ++i)
        if (members[i].worker)
            pass->close(pass->self, members[i].worker);
    if (crew.status == OCS_OK)
        leg->first = crew.end_unit;
    pthread_cond_destroy(&crew.ended);
    pthread_mutex_destroy(&crew.lock);
    free(members);
    return crew.status;
}

enum ocs_status ocs_workers_run(const struct ocs_pass *pass, unsigned threads,
                                struct ocs_beat *beat, ocs_tick *tick, void *user,
                                struct ocs_error *error)
{
    struct ocs_leg all = {.together = 1};
    return ocs_workers_run_leg(pass, threads, &all, beat, tick, user, error);
}
