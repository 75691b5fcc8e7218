/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A part of a URL's file kept in memory: every byte asked for once, whoever reads it how often, and
 * those first that somebody waits for; the budget pays for it and nothing else does. */

#include "range_server.h"

#include "http_stock.h"
#include "source.h"
#include "stream.h"

#include <time.h>

enum {
    OFFSET = 1024, /* of the part, behind a header */
    MIB = 1 << 20,
    PART = 9 * MIB + 12345,
    BYTES = OFFSET + PART + 777,
    READERS = 4,
};

struct bench {
    struct fixture *fixture;
    struct range_server server;
    struct ocs_loop *loop;
    struct ocs_budget *budget;
    struct ocs_source *source;
};

static void bench_open(struct bench *bench, struct fixture *fixture, unsigned connections)
{
    bench->fixture = fixture;
    range_server_start(&bench->server, BYTES);
    assert_int_equal(ocs_loop_create(&bench->loop, &fixture->error), OCS_OK);
    assert_int_equal(ocs_budget_create(UINT64_MAX, &bench->budget, &fixture->error), OCS_OK);
    if (ocs_source_open(bench->server.url, OCS_IO_AUTO, &bench->source, &fixture->error) != OCS_OK)
        assert_says(&fixture->error, "no error");
    ocs_source_set_connections(bench->source, connections);
}

static void bench_close(struct bench *bench)
{
    ocs_source_unstock(bench->source);
    assert_int_equal(ocs_budget_in_use(bench->budget), 0);
    ocs_source_close(bench->source);
    ocs_budget_destroy(bench->budget);
    ocs_loop_destroy(bench->loop);
    range_server_stop(&bench->server);
}

static void stock(struct bench *bench)
{
    if (ocs_source_stock(bench->source, bench->budget, OFFSET, PART, &bench->fixture->error) !=
        OCS_OK)
        assert_says(&bench->fixture->error, "no error");
}

static bool is_right(const unsigned char *bytes, uint64_t offset, uint64_t count)
{
    for (uint64_t i = 0; i < count; ++i)
        if (bytes[i] != byte_at(offset + i))
            return false;
    return true;
}

/* Every byte of the part, and no other behind the header. */
static void assert_asked_once(const struct bench *bench)
{
    const struct range_server *const server = &bench->server;
    assert_int_equal(server->requests[0].first, 0);
    uint64_t asked = 0;
    for (unsigned i = 1; i < server->request_count; ++i) {
        assert_true(server->requests[i].first >= OFFSET);
        assert_true(server->requests[i].last < OFFSET + PART);
        asked += server->requests[i].last - server->requests[i].first + 1;
        for (unsigned j = 1; j < i; ++j)
            assert_true(server->requests[i].first > server->requests[j].last ||
                        server->requests[j].first > server->requests[i].last);
    }
    assert_int_equal(asked, PART);
}

/* A stream over ranges of the part: their bytes, in order, without any memory of its own. */
static bool streams_right(const struct bench *bench, const struct ocs_ranges *ranges,
                          uint64_t chunk_bytes)
{
    struct ocs_stream *stream;
    struct ocs_error error;
    if (ocs_stream_open(bench->loop, bench->budget, bench->source, ranges, chunk_bytes, 3, &stream,
                        &error) != OCS_OK)
        return false;
    bool right = true;
    uint64_t range = 0, at = 0, count;
    const unsigned char *chunk;
    while (right) {
        if (ocs_stream_next(stream, &chunk, &count, &error) != OCS_OK)
            right = false;
        if (!right || count == 0)
            break;
        for (uint64_t done = 0; done < count && right;) {
            const uint64_t left = ranges->bytes - at;
            const uint64_t now = left < count - done ? left : count - done;
            right = range < ranges->count &&
                    is_right(chunk + done, ranges->offset + range * ranges->stride + at, now);
            done += now;
            at = (at + now) % ranges->bytes;
            range += at == 0;
        }
    }
    ocs_stream_close(stream);
    return right && range == ranges->count && at == 0;
}

static void bytes_come_once(void **state)
{
    /* The part is shared among connections, in whole MiB. */
    static const struct {
        unsigned connections, pieces;
    } cases[] = {{1, 1}, {4, 4}, {7, 5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const unsigned connections = cases[i].connections, pieces = cases[i].pieces;
        struct bench bench;
        bench_open(&bench, *state, connections);
        stock(&bench);
        const struct ocs_ranges whole = {OFFSET, PART, PART, 1};
        const struct ocs_ranges bands = {OFFSET + 70001, 5000, 99991, 80};
        assert_true(streams_right(&bench, &whole, 100000));
        assert_true(streams_right(&bench, &bands, 1234));
        assert_true(streams_right(&bench, &whole, 3 * MIB));
        unsigned char bytes[30000];
        for (uint64_t at = OFFSET; at < OFFSET + PART - sizeof bytes; at += 654321) {
            assert_int_equal(
                ocs_source_read(bench.source, at, bytes, sizeof bytes, &bench.fixture->error),
                OCS_OK);
            assert_true(is_right(bytes, at, sizeof bytes));
        }
        assert_asked_once(&bench);
        assert_int_equal(bench.server.request_count, 1 + pieces);
        assert_int_equal(bench.server.connections, pieces);
        bench_close(&bench);
    }
}

/* Some of the bytes are not in the part: they are asked for as they were without it. */
static void what_is_beside_it_is_read_too(void **state)
{
    struct bench bench;
    bench_open(&bench, *state, 2);
    stock(&bench);
    unsigned char bytes[2000];
    const uint64_t places[] = {0, OFFSET - 100, OFFSET, OFFSET + PART - 1000, OFFSET + PART - 2000};
    for (size_t i = 0; i < sizeof places / sizeof *places; ++i) {
        const uint64_t count = places[i] + 2000 < BYTES ? 2000 : BYTES - places[i];
        assert_int_equal(
            ocs_source_read(bench.source, places[i], bytes, count, &bench.fixture->error), OCS_OK);
        assert_true(is_right(bytes, places[i], count));
    }
    const struct ocs_ranges over = {OFFSET + PART - 5000, BYTES - OFFSET - PART + 5000, 0, 1};
    assert_true(streams_right(&bench, &over, 1000));
    bench_close(&bench);
}

struct reader {
    pthread_t thread;
    const struct bench *bench;
    struct ocs_ranges ranges;
    bool right;
};

static void *read_all(void *argument)
{
    struct reader *const reader = argument;
    reader->right = streams_right(reader->bench, &reader->ranges, 50000);
    return NULL;
}

static void many_readers_share_it(void **state)
{
    struct bench bench;
    bench_open(&bench, *state, 3);
    atomic_store(&bench.server.delay_ms, 10);
    stock(&bench);
    struct reader readers[READERS];
    for (unsigned i = 0; i < READERS; ++i) {
        const uint64_t from = i * (uint64_t)(PART / 3 / READERS) * 2;
        readers[i] = (struct reader){.bench = &bench,
                                     .ranges = {OFFSET + from, PART - from, PART - from, 1}};
        pthread_create(&readers[i].thread, NULL, read_all, &readers[i]);
    }
    for (unsigned i = 0; i < READERS; ++i) {
        pthread_join(readers[i].thread, NULL);
        assert_true(readers[i].right);
    }
    assert_asked_once(&bench);
    bench_close(&bench);
}

/* With one connection the first piece is under way when somebody wants the last one. */
static void what_is_wanted_comes_first(void **state)
{
    struct bench bench;
    bench_open(&bench, *state, 1);
    atomic_store(&bench.server.delay_ms, 100);
    stock(&bench);
    unsigned char byte;
    assert_int_equal(
        ocs_source_read(bench.source, OFFSET + PART - 1, &byte, 1, &bench.fixture->error), OCS_OK);
    assert_int_equal(byte, byte_at(OFFSET + PART - 1));
    pthread_mutex_lock(&bench.server.lock);
    assert_true(bench.server.request_count >= 2 && bench.server.request_count <= 4);
    bool early = false;
    for (unsigned i = 1; i < 3 && i < bench.server.request_count; ++i)
        early |= bench.server.requests[i].last == OFFSET + PART - 1;
    assert_true(early);
    pthread_mutex_unlock(&bench.server.lock);
    bench_close(&bench); /* while the rest is on its way */
}

static void the_budget_pays_for_it(void **state)
{
    struct bench bench;
    bench_open(&bench, *state, 4);
    const uint64_t need = ocs_source_stock_need(bench.source, PART);
    assert_in_range(need, PART, PART + 64 * 1024);
    ocs_budget_set_limit(bench.budget, need);
    stock(&bench);
    const struct ocs_ranges whole = {OFFSET, PART, PART, 1};
    assert_true(streams_right(&bench, &whole, MIB)); /* there is no room for a buffer */
    assert_int_equal(ocs_budget_high_water(bench.budget), need);
    bench_close(&bench);
}

static void without_room_it_is_refused(void **state)
{
    struct bench bench;
    bench_open(&bench, *state, 4);
    struct ocs_error *const error = &bench.fixture->error;
    const uint64_t need = ocs_source_stock_need(bench.source, PART);
    for (uint64_t limit = 0; limit < need; limit += limit < need - 1 ? need - 1 : 1) {
        ocs_budget_set_limit(bench.budget, limit);
        assert_int_equal(ocs_source_stock(bench.source, bench.budget, OFFSET, PART, error),
                         OCS_LIMIT);
        assert_int_equal(ocs_budget_in_use(bench.budget), 0);
    }
    assert_int_equal(bench.server.request_count, 1);
    unsigned char byte;
    assert_int_equal(ocs_source_read(bench.source, OFFSET + PART / 2, &byte, 1, error), OCS_OK);
    assert_int_equal(byte, byte_at(OFFSET + PART / 2));
    bench_close(&bench);
}

/* Bytes of two states are never believed: everybody who reads from then on hears of it. */
static void a_file_that_changes_is_an_error(void **state)
{
    struct bench bench;
    bench_open(&bench, *state, 2);
    struct ocs_error *const error = &bench.fixture->error;
    atomic_store(&bench.server.changes_at, 2);
    stock(&bench);
    const struct ocs_ranges whole = {OFFSET, PART, PART, 1};
    assert_false(streams_right(&bench, &whole, 100000));
    unsigned char byte;
    for (int i = 0; i < 3; ++i) {
        assert_int_equal(ocs_source_read(bench.source, OFFSET + PART - 1, &byte, 1, error), OCS_IO);
        assert_says(error, "changed");
    }
    bench_close(&bench);
}

static double seconds_now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static void *interrupt_soon(void *argument)
{
    usleep(50000);
    ocs_source_interrupt(argument);
    return NULL;
}

static void an_interruption_ends_waiting(void **state)
{
    struct bench bench;
    bench_open(&bench, *state, 2);
    atomic_store(&bench.server.delay_ms, 700);
    stock(&bench);
    pthread_t thread;
    const double before = seconds_now();
    pthread_create(&thread, NULL, interrupt_soon, bench.source);
    unsigned char byte;
    assert_int_equal(ocs_source_read(bench.source, OFFSET, &byte, 1, &bench.fixture->error),
                     OCS_CANCELLED);
    pthread_join(thread, NULL);
    assert_true(seconds_now() - before < 0.6);
    bench_close(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_come_once),
        TEST(what_is_beside_it_is_read_too),
        TEST(many_readers_share_it),
        TEST(what_is_wanted_comes_first),
        TEST(the_budget_pays_for_it),
        TEST(without_room_it_is_refused),
        TEST(a_file_that_changes_is_an_error),
        TEST(an_interruption_ends_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
