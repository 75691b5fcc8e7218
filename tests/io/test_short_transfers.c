/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A system that moves fewer bytes than asked for, or is interrupted, changes nothing. The calls
 * below take the place of the C library's in this program, in the event loop's library too. */

/* Checked variants of these calls are bodies of them in the C library's headers. */
#undef _FORTIFY_SOURCE

#include "io_fixture.h"
#include "output_file.h"
#include "publish_file.h"
#include "scratch.h"
#include "source.h"
#include "stream.h"
#include "writer.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <uv.h>

static atomic_uint calls, shortened, interrupted;

/* How much of `count` a call may move; 0: it is interrupted. */
static size_t allowed(size_t count)
{
    const unsigned n = atomic_fetch_add(&calls, 1);
    if (n % 5 == 3) {
        atomic_fetch_add(&interrupted, 1);
        errno = EINTR;
        return 0;
    }
    const size_t most = 1 + n * 977 % 3000;
    if (count <= most)
        return count;
    atomic_fetch_add(&shortened, 1);
    return most;
}

#define EXPORTED __attribute__((visibility("default")))

EXPORTED ssize_t pread64(int descriptor, void *buffer, size_t count, off64_t offset)
{
    const size_t most = allowed(count);
    return most ? syscall(SYS_pread64, descriptor, buffer, most, offset) : -1;
}

EXPORTED ssize_t pread(int descriptor, void *buffer, size_t count, off_t offset)
{
    return pread64(descriptor, buffer, count, offset);
}

EXPORTED ssize_t pwrite64(int descriptor, const void *buffer, size_t count, off64_t offset)
{
    const size_t most = allowed(count);
    return most ? syscall(SYS_pwrite64, descriptor, buffer, most, offset) : -1;
}

EXPORTED ssize_t pwrite(int descriptor, const void *buffer, size_t count, off_t offset)
{
    return pwrite64(descriptor, buffer, count, offset);
}

static void expect_faults(void)
{
    assert_true(atomic_exchange(&shortened, 0) > 5);
    assert_true(atomic_exchange(&interrupted, 0) > 5);
}

enum { BYTES = 200000, CHUNK = 30000 };

static void expect_bytes(const unsigned char *bytes, uint64_t offset, uint64_t count)
{
    for (uint64_t i = 0; i < count; ++i)
        assert_int_equal(bytes[i], byte_at(offset + i));
}

static void fill(unsigned char *bytes, uint64_t offset, uint64_t count)
{
    for (uint64_t i = 0; i < count; ++i)
        bytes[i] = byte_at(offset + i);
}

static void test_waiting_transfers(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_error *const error = &fixture->error;
    const struct fixture_path path = in_dir(fixture, "out");
    unsigned char *const bytes = malloc(BYTES);
    fill(bytes, 0, BYTES);
    struct ocs_output_file *file;
    assert_int_equal(ocs_output_file_create(path.text, false, BYTES, &file, error), OCS_OK);
    assert_int_equal(ocs_output_file_write(file, 0, bytes, BYTES, error), OCS_OK);
    assert_int_equal(publish_file(file, error), OCS_OK);
    assert_file_is(path.text, bytes, BYTES);
    expect_faults();

    struct ocs_source *source;
    memset(bytes, 0, BYTES);
    assert_int_equal(ocs_source_open(path.text, OCS_IO_READ, &source, error), OCS_OK);
    assert_int_equal(ocs_source_read(source, 0, bytes, BYTES, error), OCS_OK);
    expect_bytes(bytes, 0, BYTES);
    ocs_source_close(source);
    expect_faults();

    struct ocs_scratch *scratch;
    assert_int_equal(ocs_scratch_create(fixture->dir, BYTES, &scratch, error), OCS_OK);
    assert_int_equal(ocs_scratch_write(scratch, 0, bytes, BYTES, error), OCS_OK);
    memset(bytes, 0, BYTES);
    assert_int_equal(ocs_scratch_read(scratch, 0, bytes, BYTES, error), OCS_OK);
    expect_bytes(bytes, 0, BYTES);
    ocs_scratch_close(scratch);
    expect_faults();
    free(bytes);
}

static void write_behind(struct fixture *fixture, struct ocs_loop *loop, struct ocs_budget *budget,
                         const char *path)
{
    struct ocs_error *const error = &fixture->error;
    struct ocs_writer *writer;
    struct ocs_output_file *file;
    assert_int_equal(ocs_writer_create(loop, budget, CHUNK, 3, &writer, error), OCS_OK);
    assert_int_equal(ocs_output_file_create(path, false, 0, &file, error), OCS_OK);
    for (uint64_t offset = 0; offset < BYTES; offset += CHUNK) {
        unsigned char *buffer;
        const uint64_t bytes = BYTES - offset < CHUNK ? BYTES - offset : CHUNK;
        assert_int_equal(ocs_writer_take(writer, &buffer, error), OCS_OK);
        fill(buffer, offset, bytes);
        ocs_writer_submit(writer, file, offset, buffer, bytes);
    }
    assert_int_equal(ocs_writer_drain(writer, error), OCS_OK);
    ocs_writer_destroy(writer);
    assert_int_equal(publish_file(file, error), OCS_OK);
}

static void read_ahead(struct fixture *fixture, struct ocs_loop *loop, struct ocs_budget *budget,
                       const char *path)
{
    struct ocs_error *const error = &fixture->error;
    const struct ocs_ranges all = {0, BYTES, BYTES, 1};
    struct ocs_source *source;
    struct ocs_stream *stream;
    assert_int_equal(ocs_source_open(path, OCS_IO_READ, &source, error), OCS_OK);
    assert_int_equal(ocs_stream_open(loop, budget, source, &all, CHUNK, 3, &stream, error), OCS_OK);
    for (uint64_t offset = 0; offset < BYTES; offset += CHUNK) {
        const unsigned char *chunk;
        uint64_t bytes;
        assert_int_equal(ocs_stream_next(stream, &chunk, &bytes, error), OCS_OK);
        assert_int_equal(bytes, BYTES - offset < CHUNK ? BYTES - offset : CHUNK);
        expect_bytes(chunk, offset, bytes);
    }
    ocs_stream_close(stream);
    ocs_source_close(source);
}

static void test_transfers_on_the_loop(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "out");
    struct ocs_loop *loop;
    struct ocs_budget *budget;
    assert_int_equal(ocs_loop_create(&loop, &fixture->error), OCS_OK);
    assert_int_equal(ocs_budget_create(UINT64_C(1) << 30, &budget, &fixture->error), OCS_OK);
    write_behind(fixture, loop, budget, path.text);
    expect_faults();
    read_ahead(fixture, loop, budget, path.text);
    expect_faults();
    ocs_loop_destroy(loop);
    ocs_budget_destroy(budget);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_waiting_transfers),
        TEST(test_transfers_on_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
