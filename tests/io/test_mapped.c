/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mapped sources: files that are cut under the reader, other people's signals, and resident memory.
 */

#include "bus_guard.h"
#include "io_fixture.h"
#include "source.h"
#include "stream.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { MIB = 1 << 20 };

struct bench {
    struct fixture *fixture;
    struct fixture_path path;
    struct ocs_budget *budget;
    struct ocs_source *source;
};

/* A sparse file is as good as any here. */
static struct ocs_source *open_mapped(struct fixture *fixture, const char *path, int64_t bytes)
{
    make_file(path, 0);
    assert_int_equal(truncate(path, bytes), 0);
    struct ocs_source *source = NULL;
    if (ocs_source_open(path, OCS_IO_MMAP, &source, &fixture->error) != OCS_OK)
        assert_says(&fixture->error, "no error");
    assert_true(ocs_source_is_mapped(source));
    return source;
}

static struct bench bench_open(struct fixture *fixture, int64_t bytes)
{
    struct bench bench = {.fixture = fixture, .path = in_dir(fixture, "map")};
    bench.source = open_mapped(fixture, bench.path.text, bytes);
    assert_int_equal(ocs_budget_create(UINT64_C(1) << 30, &bench.budget, &fixture->error), OCS_OK);
    return bench;
}

static void bench_close(struct bench *bench)
{
    assert_int_equal(ocs_budget_in_use(bench->budget), 0);
    ocs_source_close(bench->source);
    ocs_budget_destroy(bench->budget);
}

/* A mapped stream does without a loop. */
static struct ocs_stream *stream_of(struct bench *bench, struct ocs_ranges ranges, uint64_t chunk)
{
    struct ocs_stream *stream = NULL;
    assert_int_equal(ocs_stream_open(NULL, bench->budget, bench->source, &ranges, chunk, 2, &stream,
                                     &bench->fixture->error),
                     OCS_OK);
    return stream;
}

static const unsigned char *next_ok(struct bench *bench, struct ocs_stream *stream)
{
    const unsigned char *chunk = NULL;
    uint64_t bytes;
    assert_int_equal(ocs_stream_next(stream, &chunk, &bytes, &bench->fixture->error), OCS_OK);
    return chunk;
}

static unsigned sum_of(const unsigned char *bytes, uint64_t count)
{
    unsigned sum = 0;
    for (uint64_t i = 0; i < count; ++i)
        sum += *(const volatile unsigned char *)&bytes[i];
    return sum;
}

static void expect_cut(struct bench *bench, struct ocs_stream *stream, const char *what)
{
    struct ocs_error *const error = &bench->fixture->error;
    const unsigned char *chunk;
    uint64_t bytes;
    assert_int_equal(ocs_stream_check(stream, error), OCS_BAD_INPUT);
    assert_says(error, what);
    assert_int_equal(ocs_stream_next(stream, &chunk, &bytes, error), OCS_BAD_INPUT);
    assert_says(error, what);
    const uint64_t last = ocs_source_bytes(bench->source) - 1;
    assert_int_equal(ocs_source_read(bench->source, last, &(char){0}, 1, error), OCS_BAD_INPUT);
    assert_says(error, what);
}

/* The chunk in hand loses its pages: touching them is no crash, believing them is prevented. */
static void test_a_cut_under_the_chunk_in_hand_is_an_error(void **state)
{
    struct bench bench = bench_open(*state, 4 * MIB);
    struct ocs_stream *const stream =
        stream_of(&bench, (struct ocs_ranges){0, 4 * MIB, 4 * MIB, 1}, MIB);
    next_ok(&bench, stream);
    const unsigned char *const chunk = next_ok(&bench, stream);
    assert_int_equal(ocs_stream_check(stream, &bench.fixture->error), OCS_OK);
    assert_int_equal(truncate(bench.path.text, 300000), 0);
    assert_int_equal(sum_of(chunk, MIB), 0);
    expect_cut(&bench, stream, "the file was cut to 300000 bytes while it was read");
    ocs_stream_close(stream);
    bench_close(&bench);
}

static void test_a_cut_ahead_of_the_reader_is_an_error(void **state)
{
    struct bench bench = bench_open(*state, 4 * MIB);
    struct ocs_stream *const stream =
        stream_of(&bench, (struct ocs_ranges){0, 4 * MIB, 4 * MIB, 1}, MIB);
    next_ok(&bench, stream);
    assert_int_equal(truncate(bench.path.text, MIB), 0);
    expect_cut(&bench, stream, "cut to 1048576 bytes");
    ocs_stream_close(stream);
    bench_close(&bench);
}

/* Within the last page a cut raises no signal at all: the page just shows zeros. */
static void test_a_cut_within_the_last_page_is_seen_too(void **state)
{
    struct bench bench = bench_open(*state, 2 * MIB);
    struct ocs_stream *const stream =
        stream_of(&bench, (struct ocs_ranges){0, 2 * MIB, 2 * MIB, 1}, 2 * MIB);
    const unsigned char *const chunk = next_ok(&bench, stream);
    assert_int_equal(truncate(bench.path.text, 2 * MIB - 1), 0);
    assert_int_equal(sum_of(chunk, 2 * MIB), 0);
    expect_cut(&bench, stream, "cut to 2097151 bytes");
    ocs_stream_close(stream);
    bench_close(&bench);
}

/* The size alone says nothing any more, but what was seen in between was not the file. */
static void test_a_cut_that_was_undone_is_still_an_error(void **state)
{
    struct bench bench = bench_open(*state, 2 * MIB);
    struct ocs_stream *const stream =
        stream_of(&bench, (struct ocs_ranges){0, 2 * MIB, 2 * MIB, 1}, 2 * MIB);
    const unsigned char *const chunk = next_ok(&bench, stream);
    assert_int_equal(truncate(bench.path.text, 0), 0);
    sum_of(chunk, 2 * MIB);
    assert_int_equal(truncate(bench.path.text, 2 * MIB), 0);
    assert_int_equal(ocs_stream_check(stream, &bench.fixture->error), OCS_IO);
    assert_says(&bench.fixture->error, "a part of the mapped file could not be read");
    assert_int_equal(ocs_source_read(bench.source, 0, &(char){0}, 1, &bench.fixture->error),
                     OCS_IO);
    ocs_stream_close(stream);
    bench_close(&bench);
}

static void test_a_cut_breaks_its_own_source_only(void **state)
{
    struct fixture *const fixture = *state;
    struct bench bench = bench_open(fixture, MIB);
    struct ocs_source *const other = open_mapped(fixture, in_dir(fixture, "other").text, MIB);
    struct ocs_stream *const stream = stream_of(&bench, (struct ocs_ranges){0, MIB, MIB, 1}, MIB);
    const unsigned char *const chunk = next_ok(&bench, stream);
    assert_int_equal(truncate(bench.path.text, 0), 0);
    sum_of(chunk, MIB);
    assert_int_equal(ocs_stream_check(stream, &fixture->error), OCS_BAD_INPUT);
    assert_int_equal(ocs_source_read(other, 0, &(char){0}, 1, &fixture->error), OCS_OK);
    ocs_source_close(other);
    ocs_stream_close(stream);
    bench_close(&bench);
}

/* Not ours: a page that its file does not back. */
struct foreign {
    volatile unsigned char *page;
    int descriptor;
};

static struct foreign foreign_open(const struct fixture *fixture)
{
    struct foreign foreign = {.descriptor =
                                  open(in_dir(fixture, "foreign").text, O_RDWR | O_CREAT, 0600)};
    assert_true(foreign.descriptor >= 0);
    void *const page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, foreign.descriptor, 0);
    assert_true(page != MAP_FAILED);
    foreign.page = page;
    return foreign;
}

static void foreign_close(const struct foreign *foreign)
{
    munmap((void *)(uintptr_t)foreign->page, 4096);
    close(foreign->descriptor);
}

static sigjmp_buf escape;
static volatile sig_atomic_t escapes, calls;

static void escape_with_info(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    (void)context;
    ++escapes;
    siglongjmp(escape, 1);
}

static void count_call(int number)
{
    (void)number;
    ++calls;
}

static void test_other_faults_go_to_the_handler_that_was_there(void **state)
{
    struct fixture *const fixture = *state;
    struct sigaction before;
    const struct sigaction theirs = {.sa_sigaction = escape_with_info, .sa_flags = SA_SIGINFO};
    assert_int_equal(sigaction(SIGBUS, &theirs, &before), 0);
    struct ocs_source *const source = open_mapped(fixture, in_dir(fixture, "map").text, MIB);
    const struct foreign foreign = foreign_open(fixture);
    escapes = 0;
    if (sigsetjmp(escape, 1) == 0)
        (void)foreign.page[0];
    assert_int_equal(escapes, 1);
    foreign_close(&foreign);
    assert_int_equal(ocs_source_read(source, 0, &(char){0}, 1, &fixture->error), OCS_OK);
    ocs_source_close(source);
    struct sigaction after;
    assert_int_equal(sigaction(SIGBUS, &before, &after), 0);
    assert_true(after.sa_sigaction == escape_with_info); /* ours went with the last source */
}

static void test_a_sent_signal_goes_to_the_handler_that_was_there(void **state)
{
    struct fixture *const fixture = *state;
    void (*const before)(int) = signal(SIGBUS, count_call);
    struct ocs_source *const source = open_mapped(fixture, in_dir(fixture, "map").text, MIB);
    calls = 0;
    assert_int_equal(raise(SIGBUS), 0);
    assert_int_equal(calls, 1);
    ocs_source_close(source);
    signal(SIGBUS, SIG_IGN);
    struct ocs_source *const second = open_mapped(fixture, in_dir(fixture, "map").text, MIB);
    assert_int_equal(raise(SIGBUS), 0);
    assert_int_equal(calls, 1);
    ocs_source_close(second);
    signal(SIGBUS, before);
}

static void touch_foreign(const struct fixture *fixture)
{
    const struct foreign foreign = foreign_open(fixture);
    (void)foreign.page[0];
}

static void send_signal(const struct fixture *fixture)
{
    (void)fixture;
    raise(SIGBUS);
}

/* Without any handler before ours, the process ends as it always did. */
static void expect_death(struct fixture *fixture, void (*before)(int),
                         void (*act)(const struct fixture *))
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGBUS, before);
        struct ocs_source *source;
        if (ocs_source_open(in_dir(fixture, "map").text, OCS_IO_MMAP, &source, &fixture->error) ==
            OCS_OK)
            act(fixture);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
}

static void test_without_another_handler_other_faults_are_deadly(void **state)
{
    struct fixture *const fixture = *state;
    make_file(in_dir(fixture, "map").text, 5000);
    expect_death(fixture, SIG_DFL, touch_foreign);
    expect_death(fixture, SIG_DFL, send_signal);
    expect_death(fixture, SIG_IGN, touch_foreign);
}

/* Somebody's handler on top of ours is not thrown away, and ours goes on working below it. */
static struct sigaction below_it;

static void pass_down(int number, siginfo_t *info, void *context)
{
    ++calls;
    below_it.sa_sigaction(number, info, context);
}

static void test_a_handler_put_on_top_stays(void **state)
{
    struct fixture *const fixture = *state;
    struct sigaction before, now;
    assert_int_equal(sigaction(SIGBUS, NULL, &before), 0);
    struct ocs_source *const first = open_mapped(fixture, in_dir(fixture, "first").text, MIB);
    const struct sigaction theirs = {.sa_sigaction = pass_down, .sa_flags = SA_SIGINFO};
    assert_int_equal(sigaction(SIGBUS, &theirs, &below_it), 0);
    ocs_source_close(first);
    assert_int_equal(sigaction(SIGBUS, NULL, &now), 0);
    assert_true(now.sa_sigaction == pass_down);

    struct bench bench = bench_open(fixture, MIB);
    struct ocs_stream *const stream = stream_of(&bench, (struct ocs_ranges){0, MIB, MIB, 1}, MIB);
    const unsigned char *const chunk = next_ok(&bench, stream);
    assert_int_equal(truncate(bench.path.text, MIB - 4096), 0);
    calls = 0;
    sum_of(chunk, MIB);
    assert_int_equal(calls, 1);
    assert_int_equal(ocs_stream_check(stream, &fixture->error), OCS_BAD_INPUT);
    ocs_stream_close(stream);
    assert_int_equal(sigaction(SIGBUS, &below_it, NULL), 0); /* they leave: ours is on top again */
    bench_close(&bench);
    assert_int_equal(sigaction(SIGBUS, NULL, &now), 0);
    assert_true(now.sa_sigaction == before.sa_sigaction);
}

static void test_more_mapped_sources_than_places_are_refused(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_source *sources[OCS_BUS_GUARD_MAX], *one_more = NULL;
    const struct fixture_path path = in_dir(fixture, "map");
    for (int i = 0; i < OCS_BUS_GUARD_MAX; ++i)
        sources[i] = open_mapped(fixture, path.text, 100);
    assert_int_equal(ocs_source_open(path.text, OCS_IO_MMAP, &one_more, &fixture->error), OCS_IO);
    assert_null(one_more);
    assert_says(&fixture->error, "--io read");
    ocs_source_close(sources[5]);
    sources[5] = open_mapped(fixture, path.text, 100);
    for (int i = 0; i < OCS_BUS_GUARD_MAX; ++i)
        ocs_source_close(sources[i]);
}

/* Threads that open, cut, touch and close at the same time must not mark each other's sources. */
struct cutter {
    const struct fixture *fixture;
    struct ocs_error error;
    pthread_t thread;
    int index, wrong;
};

static int cut_one(struct cutter *cutter, bool cut)
{
    char name[16];
    snprintf(name, sizeof name, "map%d", cutter->index);
    const struct fixture_path path = in_dir(cutter->fixture, name);
    const int descriptor = open(path.text, O_RDWR | O_CREAT, 0600);
    struct ocs_source *source;
    struct ocs_budget *budget;
    struct ocs_stream *stream;
    const unsigned char *chunk;
    uint64_t bytes;
    const struct ocs_ranges all = {0, 65536, 65536, 1};
    if (ftruncate(descriptor, 65536) != 0 ||
        ocs_budget_create(UINT64_C(1) << 30, &budget, &cutter->error) != OCS_OK ||
        ocs_source_open(path.text, OCS_IO_MMAP, &source, &cutter->error) != OCS_OK ||
        ocs_stream_open(NULL, budget, source, &all, 65536, 1, &stream, &cutter->error) != OCS_OK ||
        ocs_stream_next(stream, &chunk, &bytes, &cutter->error) != OCS_OK ||
        (cut && ftruncate(descriptor, 4096) != 0))
        return 1;
    sum_of(chunk, bytes);
    const enum ocs_status expected = cut ? OCS_BAD_INPUT : OCS_OK;
    const int wrong = ocs_stream_check(stream, &cutter->error) != expected;
    ocs_stream_close(stream);
    ocs_source_close(source);
    ocs_budget_destroy(budget);
    close(descriptor);
    return wrong;
}

static void *cut_many(void *argument)
{
    struct cutter *const cutter = argument;
    for (int i = 0; i < 50; ++i)
        cutter->wrong += cut_one(cutter, (i + cutter->index) % 2);
    return NULL;
}

static void test_threads_do_not_mark_each_others_sources(void **state)
{
    enum { CUTTERS = 4 };
    struct cutter cutters[CUTTERS];
    for (int i = 0; i < CUTTERS; ++i) {
        cutters[i] = (struct cutter){.fixture = *state, .index = i};
        assert_int_equal(pthread_create(&cutters[i].thread, NULL, cut_many, &cutters[i]), 0);
    }
    for (int i = 0; i < CUTTERS; ++i)
        pthread_join(cutters[i].thread, NULL);
    for (int i = 0; i < CUTTERS; ++i)
        assert_int_equal(cutters[i].wrong, 0);
}

/* Bytes of the file at `path` that are resident in this process. */
static uint64_t resident_bytes(const char *path)
{
    FILE *const maps = fopen("/proc/self/smaps", "r");
    assert_non_null(maps);
    char line[1024];
    bool inside = false;
    uint64_t kib, total = 0;
    while (fgets(line, sizeof line, maps)) {
        if (strchr("0123456789abcdef", line[0]))
            inside = strstr(line, path) != NULL;
        else if (inside && sscanf(line, "Rss: %lu kB", &kib) == 1)
            total += kib * 1024;
    }
    fclose(maps);
    return total;
}

/* Runs through real (not sparse) pages and returns the most that was resident after a chunk was
 * used. */
static uint64_t peak_over(struct bench *bench, struct ocs_ranges ranges, uint64_t chunk_bytes)
{
    struct ocs_stream *const stream = stream_of(bench, ranges, chunk_bytes);
    uint64_t peak = 0, bytes;
    for (;;) {
        const unsigned char *chunk;
        assert_int_equal(ocs_stream_next(stream, &chunk, &bytes, &bench->fixture->error), OCS_OK);
        if (bytes == 0)
            break;
        sum_of(chunk, bytes);
        const uint64_t now = resident_bytes(bench->path.text);
        peak = now > peak ? now : peak;
    }
    assert_true(peak <= ocs_stream_need(bench->source, chunk_bytes, 2));
    assert_true(peak >= chunk_bytes); /* the measure works */
    ocs_stream_close(stream);
    assert_int_equal(resident_bytes(bench->path.text), 0);
    return peak;
}

static void test_the_resident_window_is_what_the_budget_was_told(void **state)
{
    struct bench bench = bench_open(*state, 24 * MIB);
    const int descriptor = open(bench.path.text, O_WRONLY);
    char *const block = malloc(MIB);
    memset(block, 1, MIB);
    for (int i = 0; i < 24; ++i)
        assert_int_equal(pwrite(descriptor, block, MIB, (off_t)i * MIB), MIB);
    free(block);
    close(descriptor);
    ocs_source_close(bench.source); /* it was changed: opened anew, it is as it is */
    assert_int_equal(
        ocs_source_open(bench.path.text, OCS_IO_MMAP, &bench.source, &bench.fixture->error),
        OCS_OK);
    peak_over(&bench, (struct ocs_ranges){0, 24 * MIB, 24 * MIB, 1}, 3 * MIB + 1000);
    peak_over(&bench, (struct ocs_ranges){777, 100000, 4 * MIB + 5, 5}, 65536);
    peak_over(&bench, (struct ocs_ranges){100, 2 * MIB, MIB, 20}, 900000);
    bench_close(&bench);
}

/* What lies under the chunk in hand is written over, byte for byte as long as before. */
static void test_a_change_in_place_is_an_error(void **state)
{
    struct bench bench = bench_open(*state, 4 * MIB);
    struct ocs_stream *const stream =
        stream_of(&bench, (struct ocs_ranges){0, 4 * MIB, 4 * MIB, 1}, MIB);
    next_ok(&bench, stream);
    assert_int_equal(ocs_stream_check(stream, &bench.fixture->error), OCS_OK);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* the system's clock is coarse */
    const int descriptor = open(bench.path.text, O_WRONLY);
    assert_int_equal(pwrite(descriptor, "x", 1, 100), 1);
    close(descriptor);
    assert_int_equal(ocs_stream_check(stream, &bench.fixture->error), OCS_BAD_INPUT);
    assert_says(&bench.fixture->error, "changed while it was read");
    ocs_stream_close(stream);
    bench_close(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_cut_under_the_chunk_in_hand_is_an_error),
        TEST(test_a_cut_ahead_of_the_reader_is_an_error),
        TEST(test_a_cut_within_the_last_page_is_seen_too),
        TEST(test_a_cut_that_was_undone_is_still_an_error),
        TEST(test_a_change_in_place_is_an_error),
        TEST(test_a_cut_breaks_its_own_source_only),
        TEST(test_other_faults_go_to_the_handler_that_was_there),
        TEST(test_a_sent_signal_goes_to_the_handler_that_was_there),
        TEST(test_without_another_handler_other_faults_are_deadly),
        TEST(test_a_handler_put_on_top_stays),
        TEST(test_more_mapped_sources_than_places_are_refused),
        TEST(test_threads_do_not_mark_each_others_sources),
        TEST(test_the_resident_window_is_what_the_budget_was_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
