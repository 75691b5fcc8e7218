/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files as sources: what is refused, exact reads, files that shrink. */

#include "io_fixture.h"
#include "source.h"

#include <sys/socket.h>
#include <sys/un.h>

static const enum ocs_io_mode modes[] = {OCS_IO_READ, OCS_IO_MMAP, OCS_IO_AUTO};
enum { MODES = 3 };

static struct ocs_source *open_ok(struct fixture *fixture, const char *path, enum ocs_io_mode io)
{
    struct ocs_source *source = NULL;
    if (ocs_source_open(path, io, &source, &fixture->error) != OCS_OK)
        assert_says(&fixture->error, "no error");
    return source;
}

static void test_reads_exactly_the_bytes_asked_for(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "map");
    make_file(path.text, 10000);
    for (int mode = 0; mode < MODES; ++mode) {
        struct ocs_source *const source = open_ok(fixture, path.text, modes[mode]);
        assert_int_equal(ocs_source_bytes(source), 10000);
        assert_string_equal(ocs_source_path(source), path.text);
        unsigned char bytes[300];
        for (uint64_t offset = 0; offset <= 10000 - 300; offset += 97) {
            assert_int_equal(ocs_source_read(source, offset, bytes, 300, &fixture->error), OCS_OK);
            for (uint64_t i = 0; i < 300; ++i)
                assert_int_equal(bytes[i], byte_at(offset + i));
        }
        ocs_source_close(source);
    }
}

static void test_reading_past_the_end_is_refused(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "map");
    make_file(path.text, 100);
    struct ocs_source *const source = open_ok(fixture, path.text, OCS_IO_READ);
    char bytes[101];
    assert_int_equal(ocs_source_read(source, 100, bytes, 0, &fixture->error), OCS_OK);
    assert_int_equal(ocs_source_read(source, 0, bytes, 101, &fixture->error), OCS_BAD_INPUT);
    assert_says(&fixture->error, "has 100 bytes");
    assert_int_equal(ocs_source_read(source, 101, bytes, 0, &fixture->error), OCS_BAD_INPUT);
    assert_int_equal(ocs_source_read(source, UINT64_MAX, bytes, 2, &fixture->error), OCS_BAD_INPUT);
    ocs_source_close(source);
}

static void test_an_empty_file_is_a_source_of_nothing(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "empty");
    make_file(path.text, 0);
    for (int mode = 0; mode < MODES; ++mode) {
        struct ocs_source *const source = open_ok(fixture, path.text, modes[mode]);
        assert_int_equal(ocs_source_bytes(source), 0);
        char byte;
        assert_int_equal(ocs_source_read(source, 0, &byte, 1, &fixture->error), OCS_BAD_INPUT);
        ocs_source_close(source);
    }
}

static void test_a_file_that_shrinks_is_said_to_be_cut(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "map");
    for (int mode = 0; mode < MODES; ++mode) {
        make_file(path.text, 5000);
        struct ocs_source *const source = open_ok(fixture, path.text, modes[mode]);
        assert_int_equal(truncate(path.text, 1234), 0);
        char bytes[5000];
        assert_int_equal(ocs_source_read(source, 0, bytes, 5000, &fixture->error), OCS_BAD_INPUT);
        assert_says(&fixture->error, "the file was cut to 1234 bytes while it was read");
        ocs_source_close(source);
    }
}

static void refuse(struct fixture *fixture, const char *path, enum ocs_status status,
                   const char *what)
{
    for (int mode = 0; mode < MODES; ++mode) {
        struct ocs_source *source = NULL;
        assert_int_equal(ocs_source_open(path, modes[mode], &source, &fixture->error), status);
        assert_null(source);
        assert_says(&fixture->error, what);
    }
}

static void test_what_is_no_file_is_refused_by_its_kind(void **state)
{
    struct fixture *const fixture = *state;
    refuse(fixture, fixture->dir, OCS_BAD_INPUT, "a folder");
    refuse(fixture, "/dev/null", OCS_BAD_INPUT, "a device");
    const struct fixture_path pipe = in_dir(fixture, "pipe");
    assert_int_equal(mkfifo(pipe.text, 0600), 0);
    refuse(fixture, pipe.text, OCS_BAD_INPUT, "a pipe"); /* and does not hang */
    refuse(fixture, in_dir(fixture, "none").text, OCS_IO, "check the name");
}

static void test_a_socket_is_refused(void **state)
{
    struct fixture *const fixture = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", fixture->dir);
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    refuse(fixture, address.sun_path, OCS_BAD_INPUT, "a socket");
    close(descriptor);
}

static void test_a_file_without_permission_is_an_io_error(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "secret");
    make_file(path.text, 10);
    assert_int_equal(chmod(path.text, 0), 0);
    const uid_t user = geteuid();
    assert_int_equal(seteuid(user == 0 ? 65534 : user), 0);
    refuse(fixture, path.text, OCS_IO, "check the permissions");
    assert_int_equal(seteuid(user), 0);
}

/* Runs `check` with standard input from `descriptor`, which it closes. */
static void with_input(struct fixture *fixture, int descriptor, void (*check)(struct fixture *))
{
    const int saved = dup(STDIN_FILENO);
    assert_true(descriptor >= 0);
    assert_int_equal(dup2(descriptor, STDIN_FILENO), STDIN_FILENO);
    close(descriptor);
    check(fixture);
    if (saved >= 0) {
        assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
        close(saved);
    } else {
        close(STDIN_FILENO);
    }
}

static void reads_from_input(struct fixture *fixture)
{
    struct ocs_source *const source = open_ok(fixture, "-", OCS_IO_AUTO);
    assert_int_equal(ocs_source_bytes(source), 50);
    assert_string_equal(ocs_source_path(source), "standard input");
    unsigned char byte;
    assert_int_equal(ocs_source_read(source, 49, &byte, 1, &fixture->error), OCS_OK);
    assert_int_equal(byte, byte_at(49));
    ocs_source_close(source);
    assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0); /* standard input itself stays open */
}

static void input_is_a_pipe(struct fixture *fixture)
{
    refuse(fixture, "-", OCS_BAD_INPUT, "opening standard input: it is a pipe");
}

static void input_is_a_device(struct fixture *fixture)
{
    refuse(fixture, "-", OCS_BAD_INPUT, "opening standard input: it is a device");
}

static void test_standard_input_must_be_a_file(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "map");
    make_file(path.text, 50);
    with_input(fixture, open(path.text, O_RDONLY), reads_from_input);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    with_input(fixture, ends[0], input_is_a_pipe);
    close(ends[1]);
    with_input(fixture, open("/dev/null", O_RDONLY), input_is_a_device);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reads_exactly_the_bytes_asked_for),
        TEST(test_reading_past_the_end_is_refused),
        TEST(test_an_empty_file_is_a_source_of_nothing),
        TEST(test_a_file_that_shrinks_is_said_to_be_cut),
        TEST(test_what_is_no_file_is_refused_by_its_kind),
        TEST(test_a_socket_is_refused),
        TEST(test_a_file_without_permission_is_an_io_error),
        TEST(test_standard_input_must_be_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
