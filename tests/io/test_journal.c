/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal: what was appended is read again, torn and damaged ends do not count, one process has
 * it. */

#include "io_fixture.h"
#include "journal.h"

enum { RECORDS = 5, HEAD_BYTES = 32 };

static struct fixture_path folder_of(struct fixture *fixture)
{
    struct fixture_path path;
    assert_int_equal(ocs_journal_folder(fixture->dir, "stem", fixture->dir, path.text,
                                        sizeof path.text, &fixture->error),
                     OCS_OK);
    return path;
}

static struct ocs_journal *open_ok(struct fixture *fixture, bool make)
{
    struct ocs_journal *journal = NULL;
    const struct fixture_path folder = folder_of(fixture);
    if (ocs_journal_open(folder.text, make, &journal, &fixture->error) != OCS_OK)
        assert_says(&fixture->error, "no error");
    return journal;
}

/* Record i has i * 100000 bytes of its own, in two pieces. */
static uint64_t bytes_of(uint32_t i)
{
    return i * UINT64_C(100000);
}

static void append_one(struct fixture *fixture, struct ocs_journal *journal, uint32_t i)
{
    unsigned char *const bytes = malloc(bytes_of(i) + 1);
    for (uint64_t at = 0; at < bytes_of(i); ++at)
        bytes[at] = byte_at(i + at);
    const uint64_t first = bytes_of(i) / 3;
    const struct ocs_journal_piece pieces[] = {{bytes, first},
                                               {bytes + first, bytes_of(i) - first}};
    assert_int_equal(ocs_journal_append(journal, i, pieces, 2, &fixture->error), OCS_OK);
    free(bytes);
}

/* Passes `count` records and then meets the end. */
static void expect_records(struct fixture *fixture, struct ocs_journal *journal, uint32_t count)
{
    struct ocs_journal_record record;
    for (uint32_t i = 0; i < count; ++i) {
        assert_true(ocs_journal_peek(journal, &record));
        assert_int_equal(record.kind, i);
        assert_int_equal(record.bytes, bytes_of(i));
        for (uint64_t at = 0; at < record.bytes; at += 7777) {
            unsigned char byte;
            assert_int_equal(ocs_journal_read(journal, &record, at, &byte, 1, &fixture->error),
                             OCS_OK);
            assert_int_equal(byte, byte_at(i + at));
        }
        ocs_journal_pass(journal);
    }
    assert_false(ocs_journal_peek(journal, &record));
    assert_int_equal(ocs_journal_peek_last(journal, &record), count > 0);
    if (count > 0)
        assert_int_equal(record.kind, count - 1);
}

static void make_full(struct fixture *fixture)
{
    struct ocs_journal *const journal = open_ok(fixture, true);
    assert_int_equal(ocs_journal_clear(journal, &fixture->error), OCS_OK);
    for (uint32_t i = 0; i < RECORDS; ++i)
        append_one(fixture, journal, i);
    ocs_journal_close(journal);
}

static void expect_and_remove(struct fixture *fixture, uint32_t count)
{
    struct ocs_journal *const journal = open_ok(fixture, false);
    expect_records(fixture, journal, count);
    ocs_journal_remove(journal);
    assert_int_equal(count_entries(fixture->dir), 0);
}

static void test_gives_back_what_was_appended(void **state)
{
    struct fixture *const fixture = *state;
    make_full(fixture);
    expect_and_remove(fixture, RECORDS);
}

static void test_appending_drops_what_was_not_passed(void **state)
{
    struct fixture *const fixture = *state;
    make_full(fixture);
    struct ocs_journal *const journal = open_ok(fixture, false);
    ocs_journal_pass(journal);
    append_one(fixture, journal, 1);
    append_one(fixture, journal, 2);
    ocs_journal_close(journal);
    expect_and_remove(fixture, 3);
}

static int open_file(struct fixture *fixture)
{
    char path[600];
    snprintf(path, sizeof path, "%s/journal", folder_of(fixture).text);
    const int descriptor = open(path, O_RDWR | O_CLOEXEC);
    assert_true(descriptor >= 0);
    return descriptor;
}

static off_t start_of(uint32_t record)
{
    uint64_t at = 0;
    for (uint32_t i = 0; i < record; ++i)
        at += HEAD_BYTES + bytes_of(i);
    return (off_t)at;
}

static void test_a_torn_record_ends_it(void **state)
{
    struct fixture *const fixture = *state;
    for (uint32_t cut = 0; cut < RECORDS; ++cut) {
        const off_t start = start_of(cut), end = start_of(cut + 1);
        const off_t lengths[] = {start, start + 5, start + HEAD_BYTES - 1, end - 1};
        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; ++i) {
            make_full(fixture);
            const int descriptor = open_file(fixture);
            assert_int_equal(ftruncate(descriptor, lengths[i]), 0);
            close(descriptor);
            expect_and_remove(fixture, cut);
        }
    }
}

static void test_a_damaged_record_ends_it(void **state)
{
    struct fixture *const fixture = *state;
    srand(3);
    for (uint32_t which = 0; which < RECORDS; ++which) {
        for (int round = 0; round < 8; ++round) {
            make_full(fixture);
            const int descriptor = open_file(fixture);
            const off_t length = start_of(which + 1) - start_of(which);
            const off_t within = round < 4 ? 8 * round + 3 : rand() % length;
            unsigned char byte;
            assert_int_equal(pread(descriptor, &byte, 1, start_of(which) + within), 1);
            byte ^= (unsigned char)(1 << rand() % 8);
            assert_int_equal(pwrite(descriptor, &byte, 1, start_of(which) + within), 1);
            close(descriptor);
            expect_and_remove(fixture, which);
        }
    }
}

static void test_one_process_has_it(void **state)
{
    struct fixture *const fixture = *state;
    make_full(fixture);
    const struct fixture_path folder = folder_of(fixture);
    char left[512];
    assert_int_equal(ocs_journal_find_left(fixture->dir, NULL, left, sizeof left), 1);
    assert_string_equal(left, folder.text);
    assert_int_equal(ocs_journal_find_left(fixture->dir, folder.text, left, sizeof left), 0);
    struct ocs_journal *const journal = open_ok(fixture, false), *second = NULL;
    assert_int_equal(ocs_journal_find_left(fixture->dir, NULL, left, sizeof left), 0);
    assert_int_equal(ocs_journal_open(folder.text, false, &second, &fixture->error), OCS_IO);
    assert_int_equal(fixture->error.system, EWOULDBLOCK);
    assert_says(&fixture->error, "another run is using it");
    ocs_journal_remove(journal);
    assert_int_equal(ocs_journal_open(folder.text, false, &second, &fixture->error), OCS_IO);
    assert_int_equal(fixture->error.system, ENOENT);
}

/* In a folder for all, somebody else may have made it, or a link to somewhere. */
static void test_a_folder_that_is_not_ours(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path folder = folder_of(fixture);
    struct ocs_journal *journal = NULL;
    assert_int_equal(mkdir(folder.text, 0700), 0);
    assert_int_equal(chmod(folder.text, 0777), 0);
    assert_int_equal(ocs_journal_open(folder.text, true, &journal, &fixture->error), OCS_IO);
    assert_says(&fixture->error, "somebody else");
    assert_int_equal(rmdir(folder.text), 0);
    assert_int_equal(symlink(".", folder.text), 0);
    assert_int_equal(ocs_journal_open(folder.text, true, &journal, &fixture->error), OCS_IO);
    assert_int_equal(unlink(folder.text), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_back_what_was_appended), TEST(appending_drops_what_was_not_passed),
        TEST(a_torn_record_ends_it),        TEST(a_damaged_record_ends_it),
        TEST(one_process_has_it),           TEST(a_folder_that_is_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
