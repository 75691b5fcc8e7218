/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders of many files appear complete or not at all. */

#include "io_fixture.h"
#include "output_tree.h"
#include "publish.h"
#include "publish_file.h"
#include "tree_remove.h"

#include <pthread.h>

static bool mounting;

static struct ocs_output_tree *create_ok(struct fixture *fixture, const char *path, bool force)
{
    struct ocs_output_tree *tree = NULL;
    if (ocs_output_tree_create(path, force, false, &tree, &fixture->error) != OCS_OK)
        assert_says(&fixture->error, "no error");
    return tree;
}

static void write_ok(struct fixture *fixture, struct ocs_output_tree *tree, const char *key,
                     const char *text)
{
    if (ocs_output_tree_write(tree, key, text, strlen(text), &fixture->error) != OCS_OK)
        assert_says(&fixture->error, "no error");
}

static void publish_ok(struct fixture *fixture, struct ocs_output_tree *tree)
{
    if (publish_tree(tree, &fixture->error) != OCS_OK)
        assert_says(&fixture->error, "no error");
}

/* A store as an earlier run left it. */
static void make_store(struct fixture *fixture, const char *path, const char *text)
{
    struct ocs_output_tree *const tree = create_ok(fixture, path, false);
    write_ok(fixture, tree, ".zgroup", "{}");
    write_ok(fixture, tree, "0/1/2/3", text);
    publish_ok(fixture, tree);
}

static void assert_store_is(const char *path, const char *text)
{
    char chunk[600];
    snprintf(chunk, sizeof chunk, "%s/0/1/2/3", path);
    assert_file_is(chunk, text, strlen(text));
}

static void remove_in(const struct fixture *fixture, const char *name)
{
    const int folder = open(fixture->dir, O_RDONLY | O_DIRECTORY);
    assert_int_equal(ocs_tree_remove(folder, name), 0);
    close(folder);
}

static void test_nothing_is_visible_before_publishing(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "out.zarr");
    struct ocs_output_tree *const tree = create_ok(fixture, path.text, false);
    write_ok(fixture, tree, "0/1/2/3", "chunk");
    write_ok(fixture, tree, "0/1/2/4", "another");
    write_ok(fixture, tree, "zarr.json", "{}");
    assert_int_equal(access(path.text, F_OK), -1);
    assert_int_equal(ocs_output_tree_sync(tree, &fixture->error), OCS_OK);
    publish_ok(fixture, tree);
    assert_store_is(path.text, "chunk");
    assert_file_is(in_dir(fixture, "out.zarr/0/1/2/4").text, "another", 7);
    assert_int_equal(count_entries(fixture->dir), 1);
    remove_in(fixture, "out.zarr");
}

static void test_what_is_abandoned_leaves_nothing(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_output_tree *const tree = create_ok(fixture, in_dir(fixture, "out").text, false);
    write_ok(fixture, tree, "0/1/2/3", "chunk");
    assert_int_equal(count_entries(fixture->dir), 1);
    ocs_output_tree_abandon(tree);
    ocs_output_tree_abandon(NULL);
    assert_int_equal(count_entries(fixture->dir), 0);
}

static void test_files_are_written_in_pieces(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_output_tree *const tree = create_ok(fixture, in_dir(fixture, "out").text, false);
    struct ocs_tree_file file;
    assert_int_equal(ocs_tree_file_open(tree, "a/b", &file, &fixture->error), OCS_OK);
    assert_int_equal(ocs_tree_file_append(&file, "head", 4, &fixture->error), OCS_OK);
    assert_int_equal(file.bytes, 4);
    assert_int_equal(ocs_tree_file_append(&file, "tail", 4, &fixture->error), OCS_OK);
    assert_int_equal(ocs_tree_file_close(&file, &fixture->error), OCS_OK);
    struct ocs_tree_file again;
    assert_int_equal(ocs_tree_file_open(tree, "a/b", &again, &fixture->error), OCS_IO);
    assert_says(&fixture->error, "out/a/b");
    publish_ok(fixture, tree);
    assert_file_is(in_dir(fixture, "out/a/b").text, "headtail", 8);
    remove_in(fixture, "out");
}

static void test_modes_follow_the_umask_once_it_is_complete(void **state)
{
    struct fixture *const fixture = *state;
    const mode_t before = umask(0027);
    struct ocs_output_tree *const tree = create_ok(fixture, in_dir(fixture, "out").text, false);
    write_ok(fixture, tree, "0/1", "chunk");
    DIR *const dir = opendir(fixture->dir);
    struct stat about;
    for (const struct dirent *entry; (entry = readdir(dir));)
        if (strncmp(entry->d_name, ".out.", 5) == 0) {
            assert_int_equal(fstatat(dirfd(dir), entry->d_name, &about, 0), 0);
            assert_int_equal(about.st_mode & 07777, 0700);
        }
    closedir(dir);
    publish_ok(fixture, tree);
    assert_int_equal(stat(in_dir(fixture, "out").text, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0750);
    assert_int_equal(stat(in_dir(fixture, "out/0").text, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0750);
    assert_int_equal(stat(in_dir(fixture, "out/0/1").text, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0640);
    umask(before);
    remove_in(fixture, "out");
}

static void test_without_force_a_store_that_came_later_is_kept(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "out");
    struct ocs_output_tree *const tree = create_ok(fixture, path.text, false);
    write_ok(fixture, tree, "0/1/2/3", "ours");
    make_store(fixture, path.text, "theirs");
    assert_int_equal(publish_tree(tree, &fixture->error), OCS_IO);
    assert_says(&fixture->error, "exists already; --force overwrites it");
    assert_store_is(path.text, "theirs");
    assert_int_equal(count_entries(fixture->dir), 1);
    remove_in(fixture, "out");
}

static void test_with_force_a_store_is_replaced_at_the_end_only(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "out");
    make_store(fixture, path.text, "before");
    struct ocs_output_tree *tree = create_ok(fixture, path.text, true);
    write_ok(fixture, tree, "0/1/2/3", "never");
    ocs_output_tree_abandon(tree);
    assert_store_is(path.text, "before");
    tree = create_ok(fixture, path.text, true);
    write_ok(fixture, tree, "0/1/2/3", "after");
    assert_store_is(path.text, "before");
    publish_ok(fixture, tree);
    assert_store_is(path.text, "after");
    assert_int_equal(access(in_dir(fixture, "out/.zgroup").text, F_OK), -1);
    assert_int_equal(count_entries(fixture->dir), 1);
    remove_in(fixture, "out");
}

static void refuse(struct fixture *fixture, const char *path, bool force, const char *what)
{
    assert_int_equal(ocs_output_tree_check(path, force, &fixture->error), OCS_IO);
    assert_says(&fixture->error, what);
    struct ocs_output_tree *tree = NULL;
    assert_int_equal(ocs_output_tree_create(path, force, false, &tree, &fixture->error), OCS_IO);
    assert_says(&fixture->error, what);
    assert_null(tree);
}

static void test_only_stores_are_replaced(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "out"), kept = in_dir(fixture, "out/kept");
    make_text(path.text, "a file");
    refuse(fixture, path.text, false, "--force");
    refuse(fixture, path.text, true, "no Zarr store has that name");
    unlink(path.text);
    assert_int_equal(mkdir(path.text, 0755), 0);
    make_text(kept.text, "thesis");
    refuse(fixture, path.text, false, "--force");
    refuse(fixture, path.text, true, "no Zarr store has that name");
    assert_file_is(kept.text, "thesis", 6);
    unlink(kept.text);
    rmdir(path.text);
    assert_int_equal(symlink("elsewhere", path.text), 0);
    refuse(fixture, path.text, true, "no Zarr store has that name");
    refuse(fixture, in_dir(fixture, "none/out").text, true, "its folder does not exist");
    refuse(fixture, in_dir(fixture, "").text, true, "folder");
}

static void test_a_store_that_became_something_else_is_not_replaced(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "out"), kept = in_dir(fixture, "out/kept");
    struct ocs_output_tree *const tree = create_ok(fixture, path.text, true);
    assert_int_equal(mkdir(path.text, 0755), 0);
    make_text(kept.text, "thesis");
    assert_int_equal(publish_tree(tree, &fixture->error), OCS_IO);
    assert_says(&fixture->error, "no Zarr store");
    assert_file_is(kept.text, "thesis", 6);
    assert_int_equal(count_entries(fixture->dir), 1);
    remove_in(fixture, "out");
}

static void test_links_in_what_is_removed_are_not_followed(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "out"), safe = in_dir(fixture, "safe");
    make_store(fixture, path.text, "before");
    assert_int_equal(mkdir(safe.text, 0755), 0);
    make_text(in_dir(fixture, "safe/thesis").text, "kept");
    assert_int_equal(symlink("../safe", in_dir(fixture, "out/0/link").text), 0);
    publish_ok(fixture, create_ok(fixture, path.text, true));
    assert_file_is(in_dir(fixture, "safe/thesis").text, "kept", 4);
    assert_int_equal(count_entries(fixture->dir), 2);
    remove_in(fixture, "out");
    remove_in(fixture, "safe");
}

struct thread_keys {
    struct ocs_output_tree *tree;
    int first;
    pthread_t thread;
};

static void *write_keys(void *argument)
{
    const struct thread_keys *const keys = argument;
    struct ocs_error error;
    for (int i = 0; i < 200; ++i) {
        char key[64];
        snprintf(key, sizeof key, "0/%d/%d/%d", i / 50, i / 10 % 5, 10 * keys->first + i % 10);
        if (ocs_output_tree_write(keys->tree, key, key, strlen(key), &error) != OCS_OK)
            return argument;
    }
    return NULL;
}

static void test_threads_write_at_once(void **state)
{
    struct fixture *const fixture = *state;
    struct ocs_output_tree *const tree = create_ok(fixture, in_dir(fixture, "out").text, false);
    struct thread_keys keys[4];
    for (int i = 0; i < 4; ++i) {
        keys[i] = (struct thread_keys){.tree = tree, .first = i};
        assert_int_equal(pthread_create(&keys[i].thread, NULL, write_keys, &keys[i]), 0);
    }
    for (int i = 0; i < 4; ++i) {
        void *failed;
        pthread_join(keys[i].thread, &failed);
        assert_null(failed);
    }
    publish_ok(fixture, tree);
    assert_int_equal(count_entries(in_dir(fixture, "out/0/3/4").text), 40);
    assert_file_is(in_dir(fixture, "out/0/3/4/39").text, "0/3/4/39", 8);
    remove_in(fixture, "out");
}

static void test_a_disk_that_fills_up_leaves_nothing(void **state)
{
    struct fixture *const fixture = *state;
    if (!mounting || !mount_small(fixture, 256))
        skip();
    struct ocs_output_tree *const tree = create_ok(fixture, in_dir(fixture, "out").text, false);
    char *const bytes = calloc(1, 1000000);
    enum ocs_status status = OCS_OK;
    for (int i = 0; i < 10 && status == OCS_OK; ++i) {
        char key[32];
        snprintf(key, sizeof key, "0/%d/0", i);
        status = ocs_output_tree_write(tree, key, bytes, 100000, &fixture->error);
    }
    free(bytes);
    assert_int_equal(status, OCS_NO_SPACE);
    assert_says(&fixture->error, "out/0/2/0");
    ocs_output_tree_abandon(tree);
    assert_int_equal(count_entries(fixture->dir), 0);
    unmount_small(fixture);
}

static void test_no_more_files_than_the_disk_has_room_for(void **state)
{
    struct fixture *const fixture = *state;
    if (!mounting || mount("small", fixture->dir, "tmpfs", 0, "size=1m,nr_inodes=12") != 0)
        skip();
    struct ocs_output_tree *const tree = create_ok(fixture, in_dir(fixture, "out").text, false);
    enum ocs_status status = OCS_OK;
    for (int i = 0; i < 20 && status == OCS_OK; ++i) {
        char key[32];
        snprintf(key, sizeof key, "%d/0", i);
        status = ocs_output_tree_write(tree, key, "x", 1, &fixture->error);
    }
    assert_int_equal(status, OCS_NO_SPACE);
    ocs_output_tree_abandon(tree);
    assert_int_equal(count_entries(fixture->dir), 0);
    unmount_small(fixture);
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

static void test_a_long_name_has_room_for_a_hidden_one(void **state)
{
    struct fixture *const fixture = *state;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    make_store(fixture, in_dir(fixture, name).text, "x");
    publish_ok(fixture, create_ok(fixture, in_dir(fixture, name).text, true));
    assert_int_equal(count_entries(fixture->dir), 1);
    remove_in(fixture, name);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    mounting = may_mount();
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_visible_before_publishing),
        TEST(test_what_is_abandoned_leaves_nothing),
        TEST(test_files_are_written_in_pieces),
        TEST(test_modes_follow_the_umask_once_it_is_complete),
        TEST(test_without_force_a_store_that_came_later_is_kept),
        TEST(test_with_force_a_store_is_replaced_at_the_end_only),
        TEST(test_only_stores_are_replaced),
        TEST(test_a_store_that_became_something_else_is_not_replaced),
        TEST(test_links_in_what_is_removed_are_not_followed),
        TEST(test_threads_write_at_once),
        TEST(test_a_disk_that_fills_up_leaves_nothing),
        TEST(test_no_more_files_than_the_disk_has_room_for),
        TEST(test_a_folder_without_permission_is_refused),
        TEST(test_a_long_name_has_room_for_a_hidden_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
