/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output_tree.h"

#include "fail.h"
#include "output_folder.h"
#include "positioned.h"
#include "publish.h"
#include "retry.h"
#include "tree_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_KEY = 256 };

struct ocs_output_tree {
    int folder;   /* in which it appears                                                    */
    int root;     /* the hidden folder                                                      */
    int replaced; /* what it replaces is held by this one                                   */
    mode_t mode;
    char *path;
    const char *name;              /* in `path` */
    struct ocs_hidden_name hidden; /* of the tree; once that has its name, of what was replaced */
    bool force, named;   /* named: it appeared                                             */
    _Atomic bool synced; /* nothing was written since everything went to the disk          */
};

enum ocs_status ocs_output_tree_check(const char *path, bool force, struct ocs_error *error)
{
    int folder;
    const char *name;
    const enum ocs_status status =
        ocs_output_folder_open(path, force, OCS_OUTPUT_IS_TREE, &folder, &name, error);
    if (status == OCS_OK)
        close(folder);
    return status;
}

static enum ocs_status make(struct ocs_output_tree *tree, bool replaces_left,
                            struct ocs_error *error)
{
    const enum ocs_status status = ocs_output_folder_open(
        tree->path, tree->force, OCS_OUTPUT_IS_TREE, &tree->folder, &tree->name, error);
    if (status != OCS_OK)
        return status;
    const int failure = ocs_publish_create_hidden_folder(tree->folder, tree->name, replaces_left,
                                                         &tree->hidden, &tree->root, &tree->mode);
    if (failure == EWOULDBLOCK)
        return ocs_output_folder_fail_in_use(tree->path, error);
    return failure ? ocs_fail_system(error, "creating", tree->path, failure) : OCS_OK;
}

enum ocs_status ocs_output_tree_create(const char *path, bool force, bool replaces_left,
                                       struct ocs_output_tree **tree_ret, struct ocs_error *error)
{
    struct ocs_output_tree *const tree = calloc(1, sizeof *tree);
    char *const own_path = strdup(path);
    if (!tree || !own_path) {
        free(tree);
        free(own_path);
        return ocs_fail_system(error, "creating", path, ENOMEM);
    }
    tree->folder = tree->root = tree->replaced = -1;
    tree->path = own_path;
    tree->force = force;
    const enum ocs_status status = make(tree, replaces_left, error);
    if (status != OCS_OK) {
        ocs_output_tree_abandon(tree);
        return status;
    }
    *tree_ret = tree;
    return OCS_OK;
}

/* ---- one file ---- */

static enum ocs_status fail_at(const struct ocs_tree_file *file, const char *operation, int system,
                               struct ocs_error *error)
{
    char path[4096 + LONGEST_KEY];
    snprintf(path, sizeof path, "%s/%s", file->tree->path, file->key);
    return ocs_fail_system(error, operation, path, system);
}

/* The folders that `key` names. Another thread may make them too. */
static int make_folders(int root, const char *key)
{
    char path[LONGEST_KEY];
    for (const char *slash = strchr(key, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(path, sizeof path, "%.*s", (int)(slash - key), key);
        if (mkdirat(root, path, 0777) != 0 && errno != EEXIST)
            return errno;
    }
    return 0;
}

static int create_file(int root, const char *key)
{
    return ocs_open_at(root, key, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

enum ocs_status ocs_tree_file_open(struct ocs_output_tree *tree, const char *key,
                                   struct ocs_tree_file *file_ret, struct ocs_error *error)
{
    *file_ret = (struct ocs_tree_file){.tree = tree, .key = key, .descriptor = -1};
    tree->synced = false;
    if (strlen(key) >= LONGEST_KEY)
        return fail_at(file_ret, "creating", ENAMETOOLONG, error);
    file_ret->descriptor = create_file(tree->root, key);
    if (file_ret->descriptor < 0 && errno == ENOENT) {
        const int failure = make_folders(tree->root, key);
        if (failure)
            return fail_at(file_ret, "creating", failure, error);
        file_ret->descriptor = create_file(tree->root, key);
    }
    return file_ret->descriptor < 0 ? fail_at(file_ret, "creating", errno, error) : OCS_OK;
}

enum ocs_status ocs_tree_file_append(struct ocs_tree_file *file, const void *bytes, uint64_t count,
                                     struct ocs_error *error)
{
    const int failure = ocs_write_at(file->descriptor, file->bytes, bytes, count, NULL);
    if (failure)
        return fail_at(file, "writing", failure, error);
    file->bytes += count;
    return OCS_OK;
}

enum ocs_status ocs_tree_file_close(struct ocs_tree_file *file, struct ocs_error *error)
{
    const int descriptor = file->descriptor;
    file->descriptor = -1;
    if (close(descriptor) != 0 && errno != EINTR)
        return fail_at(file, "writing", errno, error);
    return OCS_OK;
}

enum ocs_status ocs_output_tree_write(struct ocs_output_tree *tree, const char *key,
                                      const void *bytes, uint64_t count, struct ocs_error *error)
{
    struct ocs_tree_file file;
    enum ocs_status status = ocs_tree_file_open(tree, key, &file, error);
    if (status != OCS_OK)
        return status;
    status = ocs_tree_file_append(&file, bytes, count, error);
    struct ocs_error later;
    const bool good = status == OCS_OK;
    const enum ocs_status closed = ocs_tree_file_close(&file, good ? error : &later);
    return good ? closed : status;
}

/* ---- the whole ---- */

enum ocs_status ocs_output_tree_sync(struct ocs_output_tree *tree, struct ocs_error *error)
{
    int result = 0;
    while (!tree->synced && (result = syncfs(tree->root)) != 0 && errno == EINTR)
        ;
    if (result != 0)
        return ocs_fail_system(error, "writing", tree->path, errno);
    tree->synced = true;
    return OCS_OK;
}

enum ocs_status ocs_output_tree_appear(struct ocs_output_tree *tree, struct ocs_error *error)
{
    enum ocs_status status = ocs_output_tree_sync(tree, error);
    if (status == OCS_OK) /* what has the name by now may be something else */
        status = ocs_output_tree_check(tree->path, tree->force, error);
    if (status != OCS_OK)
        return status;
    if (fchmod(tree->root, tree->mode) != 0 && errno != EPERM)
        return ocs_fail_system(error, "creating", tree->path, errno);
    if (tree->force) /* removing it may take long */
        tree->replaced = ocs_publish_hold(tree->folder, tree->name);
    const int failure =
        ocs_publish_rename_folder(tree->folder, &tree->hidden, tree->name, tree->force);
    if (failure == EEXIST)
        return ocs_output_folder_fail_exists(tree->path, error);
    if (failure)
        return ocs_fail_system(error, "creating", tree->path, failure);
    tree->named = true;
    return ocs_output_folder_sync(tree->folder, tree->path, error);
}

/* The tree is hidden again, and what it replaced has its name back. If that fails, what was
 * replaced stays hidden. */
static void withdraw(struct ocs_output_tree *tree)
{
    int failure;
    if (*tree->hidden.text) {
        failure = ocs_publish_rename_folder(tree->folder, &tree->hidden, tree->name, true);
    } else {
        failure = ocs_publish_make_hidden_name(tree->name, &tree->hidden);
        if (!failure)
            failure = ocs_publish_rename(tree->folder, tree->name, tree->hidden.text, false);
    }
    if (failure)
        *tree->hidden.text = '\0';
}

void ocs_output_tree_abandon(struct ocs_output_tree *tree)
{
    if (!tree)
        return;
    if (tree->named)
        withdraw(tree);
    ocs_output_tree_leave(tree);
}

void ocs_output_tree_leave(struct ocs_output_tree *tree)
{
    if (!tree)
        return;
    if (*tree->hidden.text)
        ocs_tree_remove(tree->folder, tree->hidden.text);
    if (tree->root >= 0)
        close(tree->root);
    if (tree->replaced >= 0)
        close(tree->replaced);
    if (tree->folder >= 0)
        close(tree->folder);
    free(tree->path);
    free(tree);
}
