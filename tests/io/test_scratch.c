/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nameless file for what does not fit the memory. */

#include "io_fixture.h"
#include "scratch.h"

static bool mounting;

static struct ocs_scratch *create_ok(struct fixture *fixture, uint64_t bytes)
{
    struct ocs_scratch *scratch = NULL;
    if (ocs_scratch_create(fixture->dir, bytes, &scratch, &fixture->error) != OCS_OK)
        assert_says(&fixture->error, "no error");
    return scratch;
}

static void test_reads_back_what_was_written_anywhere(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_scratch *const scratch = create_ok(fixture, 100000);
    assert_int_equal(count_entries(fixture->dir), 0);
    unsigned char block[1000], back[1000];
    for (uint64_t n = 100; n-- > 0;) { /* backwards: the order does not matter */
        for (uint64_t i = 0; i < 1000; ++i)
            block[i] = byte_at(n * 1000 + i);
        assert_int_equal(ocs_scratch_write(scratch, n * 1000, block, 1000, &fixture->error),
                         OCS_OK);
    }
    for (uint64_t offset = 0; offset <= 99000; offset += 777) {
        assert_int_equal(ocs_scratch_read(scratch, offset, back, 1000, &fixture->error), OCS_OK);
        for (uint64_t i = 0; i < 1000; ++i)
            assert_int_equal(back[i], byte_at(offset + i));
    }
    ocs_scratch_close(scratch);
    ocs_scratch_close(NULL);
}

static void test_reading_what_was_never_written_fails(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_scratch *const scratch = create_ok(fixture, 10);
    char bytes[10];
    assert_int_equal(ocs_scratch_read(scratch, 0, bytes, 10, &fixture->error), OCS_IO);
    ocs_scratch_close(scratch);
}

static void test_a_folder_that_is_not_there(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_scratch *scratch = NULL;
    assert_int_equal(ocs_scratch_create("no-such-folder", 1, &scratch, &fixture->error), OCS_IO);
    assert_says(&fixture->error, "no-such-folder");
    assert_null(scratch);
}

static void test_too_little_space_is_refused_with_both_figures(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_scratch *scratch = NULL;
    assert_int_equal(ocs_scratch_create(fixture->dir, UINT64_C(1) << 60, &scratch, &fixture->error),
                     OCS_NO_SPACE);
    assert_says(&fixture->error, "1152921504606846976 bytes are needed, ");
    assert_says(&fixture->error, "--scratch");
    if (!mounting || !mount_small(fixture, 64))
        skip();
    assert_int_equal(ocs_scratch_create(fixture->dir, 65537, &scratch, &fixture->error),
                     OCS_NO_SPACE);
    assert_says(&fixture->error, "65537 bytes are needed, 65536 are free");
    unmount_small(fixture);
}

static void test_a_disk_that_fills_up_under_way(void **state)
{
    struct fixture *const fixture = *state;
    if (!mounting || !mount_small(fixture, 64))
        skip();
    struct ocs_scratch *const scratch = create_ok(fixture, 65536);
    char *const bytes = calloc(1, 65537);
    assert_int_equal(ocs_scratch_write(scratch, 0, bytes, 65537, &fixture->error), OCS_NO_SPACE);
    assert_says(&fixture->error, "--scratch");
    free(bytes);
    ocs_scratch_close(scratch);
    unmount_small(fixture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    mounting = may_mount();
    const struct CMUnitTest tests[] = {
        TEST(test_reads_back_what_was_written_anywhere),
        TEST(test_reading_what_was_never_written_fails),
        TEST(test_a_folder_that_is_not_there),
        TEST(test_too_little_space_is_refused_with_both_figures),
        TEST(test_a_disk_that_fills_up_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
