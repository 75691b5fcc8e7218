/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams hand out every byte of their ranges, in order, in chunks that only the geometry decides.
 */

#include "io_fixture.h"
#include "source_internal.h"
#include "stream.h"

#include <uv.h>

enum { FILE_BYTES = 1 << 20 };

static const enum ocs_io_mode modes[] = {OCS_IO_READ, OCS_IO_MMAP};
enum { MODES = 2 };

struct bench {
    struct fixture *fixture;
    struct fixture_path path;
    struct ocs_loop *loop;
    struct ocs_budget *budget;
    struct ocs_source *source;
};

static struct bench bench_open(struct fixture *fixture, enum ocs_io_mode io, uint64_t bytes)
{
    struct bench bench = {.fixture = fixture, .path = in_dir(fixture, "map")};
    make_file(bench.path.text, bytes);
    struct ocs_error *const error = &fixture->error;
    assert_int_equal(ocs_loop_create(&bench.loop, error), OCS_OK);
    assert_int_equal(ocs_budget_create(UINT64_C(1) << 30, &bench.budget, error), OCS_OK);
    assert_int_equal(ocs_source_open(bench.path.text, io, &bench.source, error), OCS_OK);
    return bench;
}

static void bench_close(struct bench *bench)
{
    assert_int_equal(ocs_budget_in_use(bench->budget), 0);
    ocs_source_close(bench->source);
    ocs_loop_destroy(bench->loop);
    ocs_budget_destroy(bench->budget);
}

static struct ocs_stream *stream_of(struct bench *bench, const struct ocs_ranges *ranges,
                                    uint64_t chunk_bytes, unsigned depth)
{
    struct ocs_stream *stream = NULL;
    if (ocs_stream_open(bench->loop, bench->budget, bench->source, ranges, chunk_bytes, depth,
                        &stream, &bench->fixture->error) != OCS_OK)
        assert_says(&bench->fixture->error, "no error");
    return stream;
}

/* Usable in any thread: counts what is wrong instead of failing. `limit` chunks at most. */
static unsigned count_wrong(struct ocs_stream *stream, const struct ocs_ranges *ranges,
                            uint64_t chunk_bytes, uint64_t limit, struct ocs_error *error)
{
    struct ocs_ranges runs = *ranges;
    if (runs.bytes == runs.stride)
        runs = (struct ocs_ranges){runs.offset, runs.bytes * runs.count, 0, 1};
    unsigned wrong = 0;
    const unsigned char *chunk;
    uint64_t bytes;
    for (uint64_t r = 0; r < runs.count; ++r)
        for (uint64_t done = 0; done < runs.bytes; done += chunk_bytes, --limit) {
            if (limit == 0)
                return wrong;
            const uint64_t left = runs.bytes - done;
            const uint64_t at = runs.offset + r * runs.stride + done;
            if (ocs_stream_next(stream, &chunk, &bytes, error) != OCS_OK ||
                bytes != (left < chunk_bytes ? left : chunk_bytes))
                return wrong + 1;
            for (uint64_t i = 0; i < bytes; ++i)
                wrong += chunk[i] != byte_at(at + i);
        }
    wrong += ocs_stream_check(stream, error) != OCS_OK;
    for (int i = 0; i < 2; ++i) /* the end stays the end */
        if (ocs_stream_next(stream, &chunk, &bytes, error) != OCS_OK || bytes != 0)
            ++wrong;
    return wrong;
}

static uint64_t below(unsigned *seed, uint64_t limit)
{
    return (uint64_t)rand_r(seed) % limit;
}

static struct ocs_ranges some_ranges(unsigned *seed)
{
    struct ocs_ranges ranges = {.bytes = 1 + below(seed, 20000), .count = 1 + below(seed, 12)};
    const uint64_t room = (FILE_BYTES - ranges.bytes) / ranges.count;
    switch (below(seed, 3)) {
    case 0:
        ranges.stride = ranges.bytes; /* one run */
        break;
    case 1:
        ranges.stride = below(seed, room); /* may overlap */
        break;
    default:
        ranges.stride = ranges.bytes + below(seed, room - ranges.bytes);
        break;
    }
    const uint64_t end = ranges.stride * (ranges.count - 1) + ranges.bytes;
    ranges.offset = below(seed, FILE_BYTES - end + 1);
    return ranges;
}

static void test_any_geometry_gives_the_bytes_of_the_file(void **state)
{
    for (int mode = 0; mode < MODES; ++mode) {
        struct bench bench = bench_open(*state, modes[mode], FILE_BYTES);
        unsigned seed = 7;
        for (int trial = 0; trial < 100; ++trial) {
            const struct ocs_ranges ranges = some_ranges(&seed);
            const uint64_t chunk_bytes = 1 + below(&seed, trial % 2 ? 100000 : 3000);
            const unsigned depth = 1 + (unsigned)below(&seed, 8);
            struct ocs_stream *const stream = stream_of(&bench, &ranges, chunk_bytes, depth);
            assert_int_equal(
                count_wrong(stream, &ranges, chunk_bytes, UINT64_MAX, &bench.fixture->error), 0);
            ocs_stream_close(stream);
        }
        bench_close(&bench);
    }
}

static void test_the_whole_file_and_nothing(void **state)
{
    const struct ocs_ranges all = {0, FILE_BYTES, FILE_BYTES, 1};
    const struct ocs_ranges nothing[] = {{0, 0, 10, 5}, {FILE_BYTES, 0, 0, 1}, {5, 10, 10, 0}};
    for (int mode = 0; mode < MODES; ++mode) {
        struct bench bench = bench_open(*state, modes[mode], FILE_BYTES);
        struct ocs_stream *stream = stream_of(&bench, &all, 65536, 2);
        assert_int_equal(count_wrong(stream, &all, 65536, UINT64_MAX, &bench.fixture->error), 0);
        ocs_stream_close(stream);
        for (int i = 0; i < 3; ++i) {
            stream = stream_of(&bench, &nothing[i], 10, 2);
            const unsigned char *chunk;
            uint64_t bytes = 1;
            assert_int_equal(ocs_stream_next(stream, &chunk, &bytes, &bench.fixture->error),
                             OCS_OK);
            assert_int_equal(bytes, 0);
            ocs_stream_close(stream);
        }
        bench_close(&bench);
    }
}

static void test_ranges_beyond_the_file_are_refused(void **state)
{
    const struct ocs_ranges beyond[] = {
        {0, 1001, 1001, 1},         {1000, 1, 1, 1},         {0, 500, 501, 2},
        {0, 10, UINT64_MAX / 2, 4}, {UINT64_MAX, 10, 10, 1}, {0, 1, 1, UINT64_MAX},
    };
    for (int mode = 0; mode < MODES; ++mode) {
        struct bench bench = bench_open(*state, modes[mode], 1000);
        for (int i = 0; i < 6; ++i) {
            struct ocs_stream *stream = NULL;
            assert_int_equal(ocs_stream_open(bench.loop, bench.budget, bench.source, &beyond[i], 64,
                                             2, &stream, &bench.fixture->error),
                             OCS_BAD_INPUT);
            assert_says(&bench.fixture->error, "the 1000 bytes of the file");
            assert_null(stream);
        }
        bench_close(&bench);
    }
}

static void test_closing_early_is_fine(void **state)
{
    const struct ocs_ranges all = {0, FILE_BYTES, FILE_BYTES, 1};
    for (int mode = 0; mode < MODES; ++mode) {
        struct bench bench = bench_open(*state, modes[mode], FILE_BYTES);
        for (unsigned chunks = 0; chunks < 40; ++chunks) {
            struct ocs_stream *const stream = stream_of(&bench, &all, 20000, 1 + chunks % 7);
            assert_int_equal(count_wrong(stream, &all, 20000, chunks, &bench.fixture->error), 0);
            ocs_stream_close(stream);
        }
        ocs_stream_close(NULL);
        bench_close(&bench);
    }
}

/* 10 chunks of 10000; the file is cut in the middle of the sixth, before any is read. */
static void test_a_cut_file_fails_where_it_ends_and_stays_failed(void **state)
{
    const struct ocs_ranges all = {0, 100000, 100000, 1};
    struct bench bench = bench_open(*state, OCS_IO_READ, 100000);
    for (unsigned depth = 1; depth <= 12; ++depth) {
        make_file(bench.path.text, 100000);
        assert_int_equal(truncate(bench.path.text, 55555), 0);
        struct ocs_stream *const stream = stream_of(&bench, &all, 10000, depth);
        struct ocs_error *const error = &bench.fixture->error;
        assert_int_equal(count_wrong(stream, &all, 10000, 5, error), 0);
        for (int i = 0; i < 3; ++i) {
            const unsigned char *chunk;
            uint64_t bytes;
            assert_int_equal(ocs_stream_next(stream, &chunk, &bytes, error), OCS_BAD_INPUT);
            assert_says(error, "the file was cut to 55555 bytes while it was read");
        }
        ocs_stream_close(stream);
    }
    bench_close(&bench);
}

static void test_a_failing_read_is_an_io_error(void **state)
{
    const struct ocs_ranges all = {0, 1000, 1000, 1};
    struct bench bench = bench_open(*state, OCS_IO_READ, 1000);
    const int write_only = open(bench.path.text, O_WRONLY);
    assert_true(dup2(write_only, ocs_source_descriptor(bench.source)) >= 0);
    close(write_only);
    struct ocs_stream *const stream = stream_of(&bench, &all, 100, 3);
    const unsigned char *chunk;
    uint64_t bytes;
    struct ocs_error *const error = &bench.fixture->error;
    assert_int_equal(ocs_stream_next(stream, &chunk, &bytes, error), OCS_IO);
    assert_int_equal(error->system, EBADF);
    assert_int_equal(error->offset, 0);
    assert_int_equal(ocs_source_read(bench.source, 3, &(char){0}, 1, error), OCS_IO);
    assert_int_equal(error->system, EBADF);
    assert_int_equal(error->offset, 3);
    ocs_stream_close(stream);
    bench_close(&bench);
}

static void test_a_stream_takes_what_it_said(void **state)
{
    const struct ocs_ranges all = {0, FILE_BYTES, FILE_BYTES, 1};
    for (int mode = 0; mode < MODES; ++mode) {
        struct bench bench = bench_open(*state, modes[mode], FILE_BYTES);
        for (unsigned depth = 1; depth < 6; ++depth)
            for (uint64_t chunk_bytes = 1; chunk_bytes < 200000;
                 chunk_bytes = chunk_bytes * 7 + 3) {
                struct ocs_stream *const stream = stream_of(&bench, &all, chunk_bytes, depth);
                assert_int_equal(ocs_budget_in_use(bench.budget),
                                 ocs_stream_need(bench.source, chunk_bytes, depth));
                ocs_stream_close(stream);
            }
        assert_true(ocs_stream_need(bench.source, UINT64_MAX / 2, 1) >= UINT64_MAX / 2);
        assert_true(ocs_stream_need(bench.source, UINT64_MAX, 3) == UINT64_MAX);
        bench_close(&bench);
    }
}

static void test_too_small_a_budget_is_refused_at_every_step(void **state)
{
    const struct ocs_ranges all = {0, FILE_BYTES, FILE_BYTES, 1};
    for (int mode = 0; mode < MODES; ++mode) {
        struct bench bench = bench_open(*state, modes[mode], FILE_BYTES);
        enum ocs_status status;
        unsigned n = 0;
        do {
            ocs_budget_fail_nth(bench.budget, ++n);
            struct ocs_stream *stream = NULL;
            status = ocs_stream_open(bench.loop, bench.budget, bench.source, &all, 1000, 3, &stream,
                                     &bench.fixture->error);
            ocs_stream_close(stream);
            assert_int_equal(ocs_budget_in_use(bench.budget), 0);
            assert_true(status == OCS_OK || status == OCS_LIMIT);
        } while (status != OCS_OK);
        assert_true(n > 1);
        ocs_budget_fail_nth(bench.budget, 0);
        bench_close(&bench);
    }
}

struct reader {
    struct bench *bench;
    struct ocs_error error;
    unsigned seed, wrong;
};

static void read_many(void *argument)
{
    struct reader *const reader = argument;
    const struct bench *const bench = reader->bench;
    for (int i = 0; i < 25; ++i) {
        const struct ocs_ranges ranges = some_ranges(&reader->seed);
        struct ocs_stream *stream;
        if (ocs_stream_open(bench->loop, bench->budget, bench->source, &ranges, 4000, 3, &stream,
                            &reader->error) != OCS_OK) {
            ++reader->wrong;
            continue;
        }
        const uint64_t limit = i % 3 ? UINT64_MAX : 2;
        reader->wrong += count_wrong(stream, &ranges, 4000, limit, &reader->error);
        ocs_stream_close(stream);
    }
}

static void test_many_threads_read_one_source(void **state)
{
    enum { READERS = 6 };
    for (int mode = 0; mode < MODES; ++mode) {
        struct bench bench = bench_open(*state, modes[mode], FILE_BYTES);
        struct reader readers[READERS];
        uv_thread_t threads[READERS];
        for (unsigned i = 0; i < READERS; ++i) {
            readers[i] = (struct reader){.bench = &bench, .seed = 100 + i};
            assert_int_equal(uv_thread_create(&threads[i], read_many, &readers[i]), 0);
        }
        for (int i = 0; i < READERS; ++i)
            uv_thread_join(&threads[i]);
        for (int i = 0; i < READERS; ++i)
            assert_int_equal(readers[i].wrong, 0);
        bench_close(&bench);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_any_geometry_gives_the_bytes_of_the_file),
        TEST(test_the_whole_file_and_nothing),
        TEST(test_ranges_beyond_the_file_are_refused),
        TEST(test_closing_early_is_fine),
        TEST(test_a_cut_file_fails_where_it_ends_and_stays_failed),
        TEST(test_a_failing_read_is_an_io_error),
        TEST(test_a_stream_takes_what_it_said),
        TEST(test_too_small_a_budget_is_refused_at_every_step),
        TEST(test_many_threads_read_one_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
