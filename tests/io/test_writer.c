/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing behind: all bytes arrive, nobody runs ahead of the disk, the first failure is the one
 * told. */

#include "io_fixture.h"
#include "loop_gate.h"
#include "output_file_internal.h"
#include "publish_file.h"
#include "writer.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

static bool mounting;

struct bench {
    struct fixture *fixture;
    struct fixture_path path;
    struct ocs_loop *loop;
    struct ocs_budget *budget;
    struct ocs_writer *writer;
    struct ocs_output_file *file;
};

static struct bench bench_open(struct fixture *fixture, uint64_t buffer_bytes, unsigned buffers)
{
    struct bench bench = {.fixture = fixture, .path = in_dir(fixture, "out")};
    struct ocs_error *const error = &fixture->error;
    assert_int_equal(ocs_loop_create(&bench.loop, error), OCS_OK);
    assert_int_equal(ocs_budget_create(UINT64_C(1) << 30, &bench.budget, error), OCS_OK);
    assert_int_equal(
        ocs_writer_create(bench.loop, bench.budget, buffer_bytes, buffers, &bench.writer, error),
        OCS_OK);
    assert_int_equal(ocs_output_file_create(bench.path.text, false, 0, &bench.file, error), OCS_OK);
    return bench;
}

static void bench_close(struct bench *bench)
{
    ocs_writer_destroy(bench->writer);
    ocs_output_file_abandon(bench->file);
    assert_int_equal(ocs_budget_in_use(bench->budget), 0);
    ocs_loop_destroy(bench->loop);
    ocs_budget_destroy(bench->budget);
}

static void publish(struct bench *bench)
{
    assert_int_equal(ocs_writer_drain(bench->writer, &bench->fixture->error), OCS_OK);
    assert_int_equal(publish_file(bench->file, &bench->fixture->error), OCS_OK);
    bench->file = NULL;
}

static unsigned char *take_ok(struct bench *bench)
{
    unsigned char *buffer = NULL;
    assert_int_equal(ocs_writer_take(bench->writer, &buffer, &bench->fixture->error), OCS_OK);
    assert_int_equal((uintptr_t)buffer % 64, 0);
    return buffer;
}

enum { WRITERS = 4, BLOCKS = 60, BLOCK = 5000, LAST = 1234 };

struct filler {
    struct bench *bench;
    struct ocs_error error;
    unsigned index, failed;
};

/* Every WRITERS-th block; now and then a buffer goes back unused first. */
static void fill_blocks(void *argument)
{
    struct filler *const filler = argument;
    struct ocs_writer *const writer = filler->bench->writer;
    bool unused = false;
    for (uint64_t n = filler->index; n < BLOCKS; n += unused ? 0 : WRITERS) {
        unsigned char *buffer;
        if (ocs_writer_take(writer, &buffer, &filler->error) != OCS_OK) {
            ++filler->failed;
            return;
        }
        unused = !unused && n % 7 == 3;
        const uint64_t bytes = unused ? 0 : n == BLOCKS - 1 ? LAST : BLOCK;
        for (uint64_t i = 0; i < bytes; ++i)
            buffer[i] = byte_at(n * BLOCK + i);
        ocs_writer_submit(writer, filler->bench->file, n * BLOCK, buffer, bytes);
    }
}

static void test_all_threads_bytes_arrive(void **state)
{
    for (unsigned buffers = 1; buffers <= 6; ++buffers) {
        struct bench bench = bench_open(*state, BLOCK, buffers);
        assert_int_equal(ocs_writer_buffer_bytes(bench.writer), BLOCK);
        struct filler fillers[WRITERS];
        uv_thread_t threads[WRITERS];
        for (unsigned i = 0; i < WRITERS; ++i) {
            fillers[i] = (struct filler){.bench = &bench, .index = i};
            assert_int_equal(uv_thread_create(&threads[i], fill_blocks, &fillers[i]), 0);
        }
        for (int i = 0; i < WRITERS; ++i)
            uv_thread_join(&threads[i]);
        for (int i = 0; i < WRITERS; ++i)
            assert_int_equal(fillers[i].failed, 0);
        publish(&bench);
        const size_t expected_bytes = (BLOCKS - 1) * BLOCK + LAST;
        unsigned char *const expected = malloc(expected_bytes);
        for (uint64_t i = 0; i < expected_bytes; ++i)
            expected[i] = byte_at(i);
        assert_file_is(bench.path.text, expected, expected_bytes);
        free(expected);
        bench_close(&bench);
        assert_int_equal(unlink(in_dir(*state, "out").text), 0);
    }
}

static void test_one_writer_serves_several_files(void **state)
{
    struct bench bench = bench_open(*state, 16, 3);
    struct ocs_output_file *second;
    const struct fixture_path path = in_dir(*state, "second");
    assert_int_equal(ocs_output_file_create(path.text, false, 0, &second, &bench.fixture->error),
                     OCS_OK);
    for (uint64_t i = 0; i < 20; ++i) {
        unsigned char *const buffer = take_ok(&bench);
        memcpy(buffer, i % 2 ? "second" : "first ", 6);
        ocs_writer_submit(bench.writer, i % 2 ? second : bench.file, i / 2 * 6, buffer, 6);
    }
    assert_int_equal(ocs_writer_drain(bench.writer, &bench.fixture->error), OCS_OK);
    assert_int_equal(publish_file(second, &bench.fixture->error), OCS_OK);
    publish(&bench);
    assert_file_is(bench.path.text, "first first first first first first first first first first ",
                   60);
    assert_file_is(path.text, "secondsecondsecondsecondsecondsecondsecondsecondsecondsecond", 60);
    bench_close(&bench);
}

struct taker {
    struct bench *bench;
    struct ocs_error error;
    enum ocs_status status;
    unsigned char *buffer;
    uv_sem_t done;
};

static void take_one(void *argument)
{
    struct taker *const taker = argument;
    taker->status = ocs_writer_take(taker->bench->writer, &taker->buffer, &taker->error);
    uv_sem_post(&taker->done);
}

/* A taker in a thread of its own, given 50 ms to be wrongly served. */
static void start_taker(struct taker *taker, struct bench *bench, uv_thread_t *thread)
{
    *taker = (struct taker){.bench = bench};
    uv_sem_init(&taker->done, 0);
    assert_int_equal(uv_thread_create(thread, take_one, taker), 0);
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    assert_int_equal(uv_sem_trywait(&taker->done), UV_EAGAIN);
}

static void join_taker(struct taker *taker, uv_thread_t *thread)
{
    uv_thread_join(thread);
    uv_sem_destroy(&taker->done);
}

static void test_with_all_buffers_under_way_a_taker_waits(void **state)
{
    struct bench bench = bench_open(*state, 100, 2);
    struct loop_gate gate;
    loop_gate_shut(&gate, bench.loop);
    for (uint64_t i = 0; i < 2; ++i) {
        unsigned char *const buffer = take_ok(&bench);
        memset(buffer, 'a' + (int)i, 100);
        ocs_writer_submit(bench.writer, bench.file, i * 100, buffer, 100);
    }
    struct taker taker;
    uv_thread_t thread;
    start_taker(&taker, &bench, &thread);
    loop_gate_open(&gate);
    join_taker(&taker, &thread);
    assert_int_equal(taker.status, OCS_OK);
    ocs_writer_submit(bench.writer, bench.file, 0, taker.buffer, 0);
    publish(&bench);
    assert_int_equal(file_bytes(bench.path.text), 200);
    bench_close(&bench);
}

static void test_returning_a_buffer_serves_a_waiting_taker(void **state)
{
    struct bench bench = bench_open(*state, 100, 1);
    unsigned char *const buffer = take_ok(&bench);
    struct taker taker;
    uv_thread_t thread;
    start_taker(&taker, &bench, &thread);
    ocs_writer_submit(bench.writer, bench.file, 0, buffer, 0);
    join_taker(&taker, &thread);
    assert_int_equal(taker.status, OCS_OK);
    assert_ptr_equal(taker.buffer, buffer);
    ocs_writer_submit(bench.writer, bench.file, 0, buffer, 0);
    bench_close(&bench);
}

/* Drain waits for what was submitted, not for buffers somebody is still filling. */
static void test_drain_leaves_taken_buffers_alone(void **state)
{
    struct bench bench = bench_open(*state, 100, 2);
    unsigned char *const held = take_ok(&bench);
    ocs_writer_submit(bench.writer, bench.file, 0, take_ok(&bench), 100);
    assert_int_equal(ocs_writer_drain(bench.writer, &bench.fixture->error), OCS_OK);
    ocs_writer_submit(bench.writer, bench.file, 100, held, 50);
    publish(&bench);
    assert_int_equal(file_bytes(bench.path.text), 150);
    bench_close(&bench);
}

static void expect_first_failure(struct bench *bench, int system, int64_t offset)
{
    struct ocs_error *const error = &bench->fixture->error;
    const enum ocs_status status = ocs_writer_drain(bench->writer, error);
    assert_int_equal(status, system == ENOSPC ? OCS_NO_SPACE : OCS_IO);
    assert_int_equal(error->system, system);
    if (offset >= 0)
        assert_int_equal(error->offset, offset);
    assert_string_equal(error->path, bench->path.text);
    unsigned char *buffer = NULL;
    *error = (struct ocs_error){.status = OCS_OK};
    assert_int_equal(ocs_writer_take(bench->writer, &buffer, error), status);
    assert_int_equal(error->system, system);
    assert_null(buffer);
}

/* The limit cuts the only block short, so that the rest of it meets the failure. One buffer comes
 * home, yet both who wait must hear. */
static void test_a_file_size_limit_fails_and_wakes_all_takers(void **state)
{
    struct bench bench = bench_open(*state, 1000, 1);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit low = {.rlim_cur = 600, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    struct loop_gate gate;
    loop_gate_shut(&gate, bench.loop);
    ocs_writer_submit(bench.writer, bench.file, 0, take_ok(&bench), 1000);
    struct taker takers[2];
    uv_thread_t threads[2];
    for (int i = 0; i < 2; ++i)
        start_taker(&takers[i], &bench, &threads[i]);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    loop_gate_open(&gate);
    for (int i = 0; i < 2; ++i) {
        join_taker(&takers[i], &threads[i]);
        assert_int_equal(takers[i].status, OCS_IO);
        assert_int_equal(takers[i].error.system, EFBIG);
    }
    expect_first_failure(&bench, EFBIG, 600);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    bench_close(&bench);
}

/* Whoever holds a buffer when another's write fails can still give it back. */
static void test_buffers_come_home_after_a_failure(void **state)
{
    struct bench bench = bench_open(*state, 1000, 3);
    unsigned char *const buffers[] = {take_ok(&bench), take_ok(&bench), take_ok(&bench)};
    const int read_only = open("/dev/null", O_RDONLY);
    assert_true(dup2(read_only, ocs_output_file_descriptor(bench.file)) >= 0);
    close(read_only);
    for (uint64_t i = 0; i < 2; ++i)
        ocs_writer_submit(bench.writer, bench.file, i, buffers[i], 1000);
    expect_first_failure(&bench, EBADF, -1);
    ocs_writer_submit(bench.writer, bench.file, 0, buffers[2], 1000);
    expect_first_failure(&bench, EBADF, -1);
    bench_close(&bench);
}

static void test_a_full_disk_is_said_to_be_full(void **state)
{
    struct fixture *const fixture = *state;
    if (!mounting || !mount_small(fixture, 64))
        skip();
    struct bench bench = bench_open(fixture, 50000, 4);
    for (uint64_t i = 0; i < 2; ++i)
        ocs_writer_submit(bench.writer, bench.file, i * 50000, take_ok(&bench), 50000);
    expect_first_failure(&bench, ENOSPC, -1);
    bench_close(&bench);
    assert_int_equal(count_entries(fixture->dir), 0);
    unmount_small(fixture);
}

static void test_a_writer_takes_what_it_said(void **state)
{
    for (unsigned buffers = 1; buffers < 6; ++buffers)
        for (uint64_t bytes = 1; bytes < 200000; bytes = bytes * 7 + 3) {
            struct bench bench = bench_open(*state, bytes, buffers);
            assert_int_equal(ocs_budget_in_use(bench.budget), ocs_writer_need(bytes, buffers));
            bench_close(&bench);
        }
    assert_true(ocs_writer_need(UINT64_MAX, 2) == UINT64_MAX);
}

static void test_too_small_a_budget_is_refused_at_every_step(void **state)
{
    struct bench bench = bench_open(*state, 100, 2);
    const uint64_t before = ocs_budget_in_use(bench.budget);
    enum ocs_status status;
    unsigned n = 0;
    do {
        ocs_budget_fail_nth(bench.budget, ++n);
        struct ocs_writer *writer = NULL;
        status =
            ocs_writer_create(bench.loop, bench.budget, 1000, 3, &writer, &bench.fixture->error);
        ocs_writer_destroy(writer);
        assert_int_equal(ocs_budget_in_use(bench.budget), before);
        assert_true(status == OCS_OK || status == OCS_LIMIT);
    } while (status != OCS_OK);
    assert_true(n > 1);
    bench_close(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    mounting = may_mount();
    const struct CMUnitTest tests[] = {
        TEST(test_all_threads_bytes_arrive),
        TEST(test_one_writer_serves_several_files),
        TEST(test_with_all_buffers_under_way_a_taker_waits),
        TEST(test_returning_a_buffer_serves_a_waiting_taker),
        TEST(test_drain_leaves_taken_buffers_alone),
        TEST(test_a_file_size_limit_fails_and_wakes_all_takers),
        TEST(test_buffers_come_home_after_a_failure),
        TEST(test_a_full_disk_is_said_to_be_full),
        TEST(test_a_writer_takes_what_it_said),
        TEST(test_too_small_a_budget_is_refused_at_every_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
