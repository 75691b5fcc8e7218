/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workers.h"

#include "checked.h"
#include "fail.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { TICK_NANOSECONDS = 100000000, NANOSECONDS = 1000000000 };

/* Everything but `next_unit` is guarded by `lock`. */
struct crew {
    const struct ocs_pass *pass;
    struct ocs_beat *beat;
    _Atomic uint64_t next_unit;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    unsigned running;
    enum ocs_status status;
    struct ocs_error *error; /* of the first failure                                       */
};

struct member {
    struct crew *crew;
    void *worker;
    pthread_t thread;
};

static enum ocs_status do_units(struct member *member, struct ocs_error *error)
{
    struct crew *const crew = member->crew;
    for (;;) {
        const uint64_t unit = atomic_fetch_add(&crew->next_unit, 1);
        if (unit >= crew->pass->units)
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

static struct timespec in_one_tick(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_nsec += TICK_NANOSECONDS;
    if (at.tv_nsec >= NANOSECONDS) {
        at.tv_nsec -= NANOSECONDS;
        ++at.tv_sec;
    }
    return at;
}

static void wait_for_all(struct crew *crew, ocs_tick *tick, void *user)
{
    pthread_mutex_lock(&crew->lock);
    while (crew->running > 0) {
        const struct timespec until = in_one_tick();
        pthread_cond_timedwait(&crew->ended, &crew->lock, &until);
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

static void crew_init(struct crew *crew)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&crew->ended, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&crew->lock, NULL);
}

enum ocs_status ocs_workers_run(const struct ocs_pass *pass, unsigned threads,
                                struct ocs_beat *beat, ocs_tick *tick, void *user,
                                struct ocs_error *error)
{
    const unsigned wanted = (unsigned)ocs_min_u64(threads, ocs_max_u64(pass->units, 1));
    struct member *const members = calloc(wanted, sizeof *members);
    if (!members)
        return ocs_fail(error, OCS_LIMIT, "starting threads", NULL, "no memory");
    struct crew crew = {.pass = pass, .beat = beat, .error = error};
    crew_init(&crew);
    atomic_store(&beat->done, 0);
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
    pthread_cond_destroy(&crew.ended);
    pthread_mutex_destroy(&crew.lock);
    free(members);
    return crew.status;
}
