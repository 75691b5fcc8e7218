/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loop's thread runs every task once, in the order of each poster. */

#include "io_fixture.h"
#include "loop_gate.h"

enum { POSTERS = 4, TASKS = 500 };

struct numbered {
    struct ocs_loop_task task; /* first: the task is the whole */
    struct poster *poster;
    unsigned number;
};

struct poster {
    struct ocs_loop *loop;
    struct numbered tasks[TASKS];
    unsigned ran;
    bool out_of_order;
};

static void note_run(struct ocs_loop_task *task, uv_loop_t *uv)
{
    (void)uv;
    struct numbered *const numbered = (struct numbered *)task;
    struct poster *const poster = numbered->poster;
    poster->out_of_order |= numbered->number != poster->ran;
    ++poster->ran;
}

static void post_all(void *argument)
{
    struct poster *const poster = argument;
    for (unsigned i = 0; i < TASKS; ++i) {
        poster->tasks[i] = (struct numbered){{.run = note_run}, poster, i};
        ocs_loop_post(poster->loop, &poster->tasks[i].task);
    }
}

static void test_every_task_runs_once_and_in_order(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_loop *loop;
    assert_int_equal(ocs_loop_create(&loop, &fixture->error), OCS_OK);
    static struct poster posters[POSTERS];
    uv_thread_t threads[POSTERS];
    for (int i = 0; i < POSTERS; ++i) {
        posters[i].loop = loop;
        assert_int_equal(uv_thread_create(&threads[i], post_all, &posters[i]), 0);
    }
    for (int i = 0; i < POSTERS; ++i)
        uv_thread_join(&threads[i]);
    ocs_loop_destroy(loop); /* waits for what was posted */
    for (int i = 0; i < POSTERS; ++i) {
        assert_int_equal(posters[i].ran, TASKS);
        assert_false(posters[i].out_of_order);
    }
}

/* All wakes but the first fall together while the loop is held up. */
static void test_tasks_posted_while_the_loop_is_busy_are_not_lost(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_loop *loop;
    assert_int_equal(ocs_loop_create(&loop, &fixture->error), OCS_OK);
    struct loop_gate gate;
    loop_gate_shut(&gate, loop);
    static struct poster poster;
    poster.loop = loop;
    post_all(&poster);
    loop_gate_open(&gate);
    ocs_loop_destroy(loop);
    assert_int_equal(poster.ran, TASKS);
}

static void test_a_loop_may_end_unused(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_loop *loop;
    for (int i = 0; i < 20; ++i) {
        assert_int_equal(ocs_loop_create(&loop, &fixture->error), OCS_OK);
        ocs_loop_destroy(loop);
    }
    ocs_loop_destroy(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_task_runs_once_and_in_order),
        TEST(test_tasks_posted_while_the_loop_is_busy_are_not_lost),
        TEST(test_a_loop_may_end_unused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
