/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output files appear complete or not at all, by both ways of writing them. */

#include "io_fixture.h"
#include "output_file_internal.h"
#include "publish_file.h"

static bool mounting;

typedef enum ocs_status create_function(const char *, bool, uint64_t, struct ocs_output_file **,
                                        struct ocs_error *);
static create_function *const ways[] = {ocs_output_file_create, ocs_output_file_create_hidden};
enum { WAYS = 2 };

static struct ocs_output_file *create_ok(struct fixture *fixture, int way, const char *path,
                                         bool force, uint64_t bytes)
{
    struct ocs_output_file *file = NULL;
    if (ways[way](path, force, bytes, &file, &fixture->error) != OCS_OK)
        assert_says(&fixture->error, "no error");
    return file;
}

static void write_ok(struct fixture *fixture, struct ocs_output_file *file, const char *text)
{
    assert_int_equal(ocs_output_file_write(file, 0, text, strlen(text), &fixture->error), OCS_OK);
}

static void test_nothing_is_visible_before_publishing(void **state)
{
    struct fixture *const fixture = *state;
    for (int way = 0; way < WAYS; ++way) {
        const struct fixture_path path = in_dir(fixture, way ? "two" : "one");
        struct ocs_output_file *const file = create_ok(fixture, way, path.text, false, 0);
        write_ok(fixture, file, "complete");
        assert_int_equal(access(path.text, F_OK), -1);
        assert_string_equal(ocs_output_file_path(file), path.text);
        assert_int_equal(ocs_output_file_sync(file, &fixture->error), OCS_OK);
        assert_int_equal(publish_file(file, &fixture->error), OCS_OK);
        assert_file_is(path.text, "complete", 8);
        assert_int_equal(count_entries(fixture->dir), way + 1);
    }
}

static void test_the_nameless_way_leaves_no_entry_at_all(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "out");
    struct ocs_output_file *file = create_ok(fixture, 0, path.text, false, 0);
    assert_int_equal(count_entries(fixture->dir), 0);
    ocs_output_file_abandon(file);
    file = create_ok(fixture, 1, path.text, false, 0);
    assert_int_equal(count_entries(fixture->dir), 1);
    ocs_output_file_abandon(file);
    ocs_output_file_abandon(NULL);
    assert_int_equal(count_entries(fixture->dir), 0);
}

static void test_writes_go_where_they_are_told(void **state)
{
    struct fixture *const fixture = *state;
    for (int way = 0; way < WAYS; ++way) {
        const struct fixture_path path = in_dir(fixture, "out");
        struct ocs_output_file *const file = create_ok(fixture, way, path.text, true, 0);
        assert_int_equal(ocs_output_file_write(file, 4, "tail", 4, &fixture->error), OCS_OK);
        assert_int_equal(ocs_output_file_write(file, 0, "head", 4, &fixture->error), OCS_OK);
        assert_int_equal(publish_file(file, &fixture->error), OCS_OK);
        assert_file_is(path.text, "headtail", 8);
    }
}

static void test_the_mode_follows_the_umask(void **state)
{
    struct fixture *const fixture = *state;
    const mode_t before = umask(0027);
    for (int way = 0; way < WAYS; ++way) {
        const struct fixture_path path = in_dir(fixture, way ? "two" : "one");
        struct ocs_output_file *const file = create_ok(fixture, way, path.text, false, 0);
        assert_int_equal(publish_file(file, &fixture->error), OCS_OK);
        struct stat about;
        assert_int_equal(stat(path.text, &about), 0);
        assert_int_equal(about.st_mode & 07777, 0640);
    }
    umask(before);
}

static void test_without_force_a_file_that_came_later_is_kept(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "out");
    for (int way = 0; way < WAYS; ++way) {
        unlink(path.text);
        struct ocs_output_file *const file = create_ok(fixture, way, path.text, false, 0);
        write_ok(fixture, file, "ours");
        make_text(path.text, "theirs");
        assert_int_equal(publish_file(file, &fixture->error), OCS_IO);
        assert_says(&fixture->error, "exists already; --force overwrites it");
        assert_file_is(path.text, "theirs", 6);
        assert_int_equal(count_entries(fixture->dir), 1);
    }
}

static void test_with_force_a_file_is_replaced_at_the_end_only(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "out");
    for (int way = 0; way < WAYS; ++way) {
        make_text(path.text, "before");
        struct ocs_output_file *file = create_ok(fixture, way, path.text, true, 0);
        write_ok(fixture, file, "never");
        ocs_output_file_abandon(file);
        assert_file_is(path.text, "before", 6);
        file = create_ok(fixture, way, path.text, true, 0);
        write_ok(fixture, file, "after");
        assert_file_is(path.text, "before", 6);
        assert_int_equal(publish_file(file, &fixture->error), OCS_OK);
        assert_file_is(path.text, "after", 5);
        assert_int_equal(count_entries(fixture->dir), 1);
    }
}

static void test_a_name_that_became_a_folder_fails_cleanly(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "out");
    for (int way = 0; way < WAYS; ++way) {
        struct ocs_output_file *const file = create_ok(fixture, way, path.text, true, 0);
        assert_int_equal(mkdir(path.text, 0700), 0);
        assert_int_equal(publish_file(file, &fixture->error), OCS_IO);
        assert_int_equal(rmdir(path.text), 0);
        assert_int_equal(count_entries(fixture->dir), 0);
    }
}

static void test_a_long_name_has_room_for_a_hidden_one(void **state)
{
    struct fixture *const fixture = *state;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    for (int way = 0; way < WAYS; ++way) {
        const struct fixture_path path = in_dir(fixture, name);
        struct ocs_output_file *const file = create_ok(fixture, way, path.text, true, 0);
        assert_int_equal(publish_file(file, &fixture->error), OCS_OK);
        assert_int_equal(count_entries(fixture->dir), 1);
    }
}

static void refuse(struct fixture *fixture, const char *path, bool force, const char *what)
{
    assert_int_equal(ocs_output_file_check(path, force, &fixture->error), OCS_IO);
    assert_says(&fixture->error, what);
    for (int way = 0; way < WAYS; ++way) {
        struct ocs_output_file *file = NULL;
        assert_int_equal(ways[way](path, force, 0, &file, &fixture->error), OCS_IO);
        assert_says(&fixture->error, what);
        assert_null(file);
    }
}

static void test_names_that_cannot_be_written_are_refused_at_once(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path existing = in_dir(fixture, "existing");
    make_text(existing.text, "kept");
    refuse(fixture, existing.text, false, "--force");
    assert_int_equal(ocs_output_file_check(existing.text, true, &fixture->error), OCS_OK);
    assert_file_is(existing.text, "kept", 4);
    refuse(fixture, fixture->dir, true, "folder");
    refuse(fixture, in_dir(fixture, "").text, true, "folder");
    refuse(fixture, in_dir(fixture, ".").text, true, "folder");
    refuse(fixture, in_dir(fixture, "none/out").text, true, "its folder does not exist");
    refuse(fixture, in_dir(fixture, "existing/out").text, true, "is a file");
    refuse(fixture, "/dev/null", true, "no file has that name");
    assert_int_equal(ocs_output_file_check("no-folder-part", false, &fixture->error), OCS_OK);
    assert_int_equal(count_entries(fixture->dir), 1);
}

static void test_a_dangling_link_counts_as_existing(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path link = in_dir(fixture, "link");
    assert_int_equal(symlink("nowhere", link.text), 0);
    refuse(fixture, link.text, false, "--force");
    for (int way = 0; way < WAYS; ++way) {
        struct ocs_output_file *const file = create_ok(fixture, way, link.text, true, 0);
        assert_int_equal(publish_file(file, &fixture->error), OCS_OK);
    }
    assert_int_equal(access(in_dir(fixture, "nowhere").text, F_OK), -1);
}

static void test_a_folder_without_permission_is_refused(void **state)
{
    struct fixture *const fixture = *state;
    assert_int_equal(chmod(fixture->dir, 0555), 0);
    const uid_t user = geteuid();
    assert_int_equal(seteuid(user == 0 ? 65534 : user), 0);
    refuse(fixture, in_dir(fixture, "out").text, false, "check the permissions");
    assert_int_equal(seteuid(user), 0);
    assert_int_equal(chmod(fixture->dir, 0755), 0);
}

static void test_space_is_reserved_without_changing_the_size(void **state)
{
    struct fixture *const fixture = *state;
    for (int way = 0; way < WAYS; ++way) {
        const struct fixture_path path = in_dir(fixture, "out");
        struct ocs_output_file *const file = create_ok(fixture, way, path.text, true, 1 << 20);
        struct stat about;
        assert_int_equal(fstat(ocs_output_file_descriptor(file), &about), 0);
        assert_true(about.st_blocks * 512 >= 1 << 20);
        write_ok(fixture, file, "short");
        assert_int_equal(publish_file(file, &fixture->error), OCS_OK);
        assert_file_is(path.text, "short", 5);
    }
}

static void test_a_disk_too_small_is_met_before_the_work(void **state)
{
    struct fixture *const fixture = *state;
    if (!mounting || !mount_small(fixture, 256))
        skip();
    for (int way = 0; way < WAYS; ++way) {
        struct ocs_output_file *file = NULL;
        const struct fixture_path path = in_dir(fixture, "out");
        assert_int_equal(ways[way](path.text, false, 1000000, &file, &fixture->error),
                         OCS_NO_SPACE);
        assert_says(&fixture->error, "1000000 bytes are needed, 262144 are free");
        assert_int_equal(count_entries(fixture->dir), 0);
    }
    unmount_small(fixture);
}

static void test_a_disk_that_fills_up_under_way_leaves_nothing(void **state)
{
    struct fixture *const fixture = *state;
    if (!mounting || !mount_small(fixture, 256))
        skip();
    char *const bytes = calloc(1, 1000000);
    for (int way = 0; way < WAYS; ++way) {
        struct ocs_output_file *const file =
            create_ok(fixture, way, in_dir(fixture, "out").text, false, 0);
        assert_int_equal(ocs_output_file_write(file, 0, bytes, 1000000, &fixture->error),
                         OCS_NO_SPACE);
        ocs_output_file_abandon(file);
        assert_int_equal(count_entries(fixture->dir), 0);
    }
    free(bytes);
    unmount_small(fixture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    mounting = may_mount();
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_visible_before_publishing),
        TEST(test_the_nameless_way_leaves_no_entry_at_all),
        TEST(test_writes_go_where_they_are_told),
        TEST(test_the_mode_follows_the_umask),
        TEST(test_without_force_a_file_that_came_later_is_kept),
        TEST(test_with_force_a_file_is_replaced_at_the_end_only),
        TEST(test_a_name_that_became_a_folder_fails_cleanly),
        TEST(test_a_long_name_has_room_for_a_hidden_one),
        TEST(test_names_that_cannot_be_written_are_refused_at_once),
        TEST(test_a_dangling_link_counts_as_existing),
        TEST(test_a_folder_without_permission_is_refused),
        TEST(test_space_is_reserved_without_changing_the_size),
        TEST(test_a_disk_too_small_is_met_before_the_work),
        TEST(test_a_disk_that_fills_up_under_way_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
