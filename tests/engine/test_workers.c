/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running a pass: every unit once, the first failure wins, and whoever was opened is closed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fail.h"
#include "workers.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { UNITS = 500, MOST_WORKERS = 8 };

/* What a pass of the tests does and what was done to it. */
struct probe {
    uint64_t fail_open; /* the n-th opening fails; 0: none                              */
    uint64_t fail_unit; /* this unit fails; UINT64_MAX: none                            */
    bool fail_all;      /* every unit fails, saying its own number                      */
    bool slow;          /* units last until the pass is stopped, except the failing one */
    struct ocs_beat beat;
    pthread_t caller;

    unsigned opened, closed;
    bool close_elsewhere; /* not on the calling thread                                    */
    uint64_t merged;      /* units, as the workers counted them                            */
    _Atomic unsigned done[UNITS];
    _Atomic uint64_t started;
    _Atomic uint64_t failing; /* units that returned a failure of their own                 */
};

struct worker {
    uint64_t units;
};

static enum ocs_status open_worker(void *self, void **worker_ret, struct ocs_error *error)
{
    struct probe *const probe = self;
    if (probe->opened + 1 == probe->fail_open)
        return ocs_fail(error, OCS_LIMIT, "opening", NULL, "worker %u", probe->opened + 1);
    ++probe->opened;
    *worker_ret = calloc(1, sizeof(struct worker));
    return OCS_OK;
}

static enum ocs_status do_unit(void *self, void *worker, uint64_t unit, struct ocs_error *error)
{
    struct probe *const probe = self;
    ++((struct worker *)worker)->units;
    atomic_fetch_add(&probe->started, 1);
    atomic_fetch_add(&probe->done[unit], 1);
    if (probe->fail_all || unit == probe->fail_unit) {
        atomic_fetch_add(&probe->failing, 1);
        return ocs_fail(error, OCS_IO, "reading", NULL, "unit %llu", (unsigned long long)unit);
    }
    enum ocs_status status = ocs_beat(&probe->beat, 3, error);
    while (probe->slow && status == OCS_OK) {
        sched_yield();
        status = ocs_beat(&probe->beat, 0, error);
    }
    return status;
}

static void close_worker(void *self, void *worker)
{
    struct probe *const probe = self;
    ++probe->closed;
    probe->merged += ((struct worker *)worker)->units;
    if (!pthread_equal(pthread_self(), probe->caller))
        probe->close_elsewhere = true;
    free(worker);
}

static void count_ticks(void *user, const struct ocs_pass *pass, uint64_t voxels_done)
{
    (void)pass, (void)voxels_done;
    ++*(unsigned *)user;
}

static enum ocs_status run_units(struct probe *probe, unsigned threads, uint64_t units,
                                 struct ocs_error *error)
{
    const struct ocs_pass pass = {.name = "probe",
                                  .self = probe,
                                  .units = units,
                                  .voxels = 3 * units,
                                  .open = open_worker,
                                  .unit = do_unit,
                                  .close = close_worker};
    unsigned ticks = 0;
    probe->caller = pthread_self();
    return ocs_workers_run(&pass, threads, &probe->beat, count_ticks, &ticks, error);
}

static void every_unit_once(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= MOST_WORKERS; ++threads) {
        struct probe probe = {.fail_unit = UINT64_MAX};
        struct ocs_error error;
        assert_int_equal(run_units(&probe, threads, UNITS, &error), OCS_OK);
        for (int unit = 0; unit < UNITS; ++unit)
            assert_int_equal(probe.done[unit], 1);
        assert_int_equal(probe.opened, threads);
        assert_int_equal(probe.closed, threads);
        assert_int_equal(probe.merged, UNITS);
        assert_false(probe.close_elsewhere);
        assert_int_equal(probe.beat.done, 3 * UNITS);
    }
}

/* Each leg does a whole number of groups from where the last one ended, and is merged. */
static void legs_make_every_unit_once_in_order(void **state)
{
    (void)state;
    enum { TOGETHER = 7 };
    for (unsigned threads = 1; threads <= MOST_WORKERS; threads += 3) {
        struct probe probe = {.fail_unit = UINT64_MAX, .caller = pthread_self()};
        const struct ocs_pass pass = {.name = "probe",
                                      .self = &probe,
                                      .units = UNITS,
                                      .voxels = 3 * UNITS,
                                      .open = open_worker,
                                      .unit = do_unit,
                                      .close = close_worker};
        struct ocs_leg leg = {.together = TOGETHER, .seconds = 1e-9};
        struct ocs_error error;
        unsigned ticks = 0, legs = 0;
        for (; leg.first < UNITS; ++legs) {
            const uint64_t before = leg.first;
            assert_int_equal(
                ocs_workers_run_leg(&pass, threads, &leg, &probe.beat, count_ticks, &ticks, &error),
                OCS_OK);
            assert_true(leg.first > before);
            assert_true(leg.first == UNITS || leg.first % TOGETHER == 0);
            for (uint64_t unit = 0; unit < UNITS; ++unit)
                assert_int_equal(probe.done[unit], unit < leg.first);
            assert_int_equal(probe.merged, leg.first);
        }
        assert_int_equal(legs, UNITS / TOGETHER + 1);
        assert_int_equal(probe.closed, probe.opened);
    }
}

static void no_more_workers_than_units(void **state)
{
    (void)state;
    for (uint64_t units = 0; units < 4; ++units) {
        struct probe probe = {.fail_unit = UINT64_MAX};
        struct ocs_error error;
        assert_int_equal(run_units(&probe, MOST_WORKERS, units, &error), OCS_OK);
        assert_int_equal(probe.opened, units > 0 ? units : 1);
        assert_int_equal(probe.closed, probe.opened);
        assert_int_equal(probe.merged, units);
    }
}

/* One unit fails while the others of that moment only end when they are told to. */
static void a_failure_stops_the_others_and_is_reported(void **state)
{
    (void)state;
    for (int round = 0; round < 50; ++round) {
        struct probe probe = {.fail_unit = 2, .slow = true};
        struct ocs_error error = {0};
        assert_int_equal(run_units(&probe, 4, UNITS, &error), OCS_IO);
        assert_int_equal(error.status, OCS_IO);
        assert_string_equal(error.what, "unit 2"); /* not that somebody was stopped */
        assert_int_equal(probe.opened, 4);
        assert_int_equal(probe.closed, 4);
        assert_in_range(probe.started, 1, 4);
    }
}

/* Several fail at once: the status and the words are of one of them, and units end soon. */
static void failures_at_once(void **state)
{
    (void)state;
    for (int round = 0; round < 50; ++round) {
        struct probe probe = {.fail_all = true};
        struct ocs_error error = {0};
        assert_int_equal(run_units(&probe, MOST_WORKERS, UNITS, &error), OCS_IO);
        uint64_t unit = UNITS;
        char expected[32];
        assert_int_equal(sscanf(error.what, "unit %lu", &unit), 1);
        assert_true(unit < UNITS && probe.done[unit] == 1);
        snprintf(expected, sizeof expected, "unit %lu", unit);
        assert_string_equal(error.what, expected);
        assert_in_range(probe.failing, 1, MOST_WORKERS);
        assert_int_equal(probe.closed, MOST_WORKERS);
    }
}

static void the_n_th_worker_cannot_be_opened(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 4; ++n) {
        struct probe probe = {.fail_open = n, .fail_unit = UINT64_MAX};
        struct ocs_error error;
        char expected[32];
        snprintf(expected, sizeof expected, "worker %u", n);
        assert_int_equal(run_units(&probe, 4, UNITS, &error), OCS_LIMIT);
        assert_string_equal(error.what, expected);
        assert_int_equal(probe.started, 0);
        assert_int_equal(probe.opened, n - 1);
        assert_int_equal(probe.closed, n - 1);
    }
}

static void cancelled_before(void **state)
{
    (void)state;
    volatile sig_atomic_t cancel = 1;
    struct probe probe = {.fail_unit = UINT64_MAX, .beat = {.cancel = &cancel}};
    struct ocs_error error;
    assert_int_equal(run_units(&probe, 3, UNITS, &error), OCS_CANCELLED);
    assert_int_equal(probe.started, 0);
    assert_int_equal(probe.closed, 3);
}

static void *set_soon(void *cancel)
{
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    __atomic_store_n((volatile sig_atomic_t *)cancel, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void cancelled_under_way(void **state)
{
    (void)state;
    volatile sig_atomic_t cancel = 0;
    struct probe probe = {.fail_unit = UINT64_MAX, .slow = true, .beat = {.cancel = &cancel}};
    struct ocs_error error;
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, set_soon, (void *)(uintptr_t)&cancel), 0);
    assert_int_equal(run_units(&probe, 3, UNITS, &error), OCS_CANCELLED);
    pthread_join(other, NULL);
    assert_int_equal(error.status, OCS_CANCELLED);
    assert_in_range(probe.started, 1, 3);
    assert_int_equal(probe.closed, 3);
}

/* A beat that an earlier pass stopped starts afresh. */
static void a_pass_after_a_failed_one(void **state)
{
    (void)state;
    struct probe probe = {.fail_unit = 0};
    struct ocs_error error;
    assert_int_equal(run_units(&probe, 2, UNITS, &error), OCS_IO);
    struct probe next = {.fail_unit = UINT64_MAX};
    next.beat.stop = probe.beat.stop;
    next.beat.done = 17;
    assert_int_equal(next.beat.stop, 1);
    assert_int_equal(run_units(&next, 2, UNITS, &error), OCS_OK);
    assert_int_equal(next.merged, UNITS);
    assert_int_equal(next.beat.done, 3 * UNITS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_unit_once),
        cmocka_unit_test(legs_make_every_unit_once_in_order),
        cmocka_unit_test(no_more_workers_than_units),
        cmocka_unit_test(a_failure_stops_the_others_and_is_reported),
        cmocka_unit_test(failures_at_once),
        cmocka_unit_test(the_n_th_worker_cannot_be_opened),
        cmocka_unit_test(cancelled_before),
        cmocka_unit_test(cancelled_under_way),
        cmocka_unit_test(a_pass_after_a_failed_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
