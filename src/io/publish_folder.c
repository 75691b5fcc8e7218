/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "publish.h"

#include "retry.h"
#include "tree_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The mask of modes and the folder's default access list are the system's to apply. */
static int open_for_owner(int folder, const char *hidden, int *descriptor_ret, mode_t *mode_ret)
{
    struct stat about;
    *descriptor_ret =
        ocs_open_at(folder, hidden, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    if (*descriptor_ret < 0)
        return errno;
    flock(*descriptor_ret, LOCK_EX | LOCK_NB); /* tells others that somebody fills it */
    if (fstat(*descriptor_ret, &about) != 0)
        return errno;
    *mode_ret = about.st_mode & 07777;
    /* Where there are no modes, there is nothing to close. */
    return fchmod(*descriptor_ret, S_IRWXU) == 0 || errno == EPERM ? 0 : errno;
}

static int make_new_folder(int folder, const char *name, struct ocs_hidden_name *hidden_ret)
{
    int failure = EEXIST;
    for (int i = 0; i < OCS_PUBLISH_ATTEMPTS && failure == EEXIST; ++i) {
        failure = ocs_publish_make_hidden_name(name, hidden_ret);
        if (!failure)
            failure = mkdirat(folder, hidden_ret->text, 0777) == 0 ? 0 : errno;
    }
    return failure;
}

/* A file system without locks for folders has no other process that holds it. */
static int remove_kept_folder(int folder, const char *hidden)
{
    struct stat about;
    const int inside =
        ocs_open_at(folder, hidden, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    if (inside < 0)
        return errno == ENOENT ? 0 : errno;
    int failure = fstat(inside, &about) == 0 ? 0 : errno;
    if (!failure && about.st_uid != geteuid())
        failure = EPERM;
    if (!failure && flock(inside, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        failure = EWOULDBLOCK;
    if (!failure)
        failure = ocs_tree_remove(folder, hidden);
    close(inside);
    return failure;
}

static int make_kept_folder(int folder, const char *name, struct ocs_hidden_name *hidden_ret)
{
    ocs_publish_kept_name(name, hidden_ret);
    const int failure = remove_kept_folder(folder, hidden_ret->text);
    if (failure)
        return failure;
    return mkdirat(folder, hidden_ret->text, 0777) == 0 ? 0 : errno;
}

int ocs_publish_create_hidden_folder(int folder, const char *name, bool kept,
                                     struct ocs_hidden_name *hidden_ret, int *descriptor_ret,
                                     mode_t *mode_ret)
{
    const int failure = kept ? make_kept_folder(folder, name, hidden_ret)
                             : make_new_folder(folder, name, hidden_ret);
    if (failure)
        *hidden_ret->text = '\0';
    return failure ? failure : open_for_owner(folder, hidden_ret->text, descriptor_ret, mode_ret);
}

/* For file systems that cannot exchange two names: for the blink of an eye there is neither. */
static int move_aside(int folder, struct ocs_hidden_name *hidden, const char *name)
{
    struct ocs_hidden_name old;
    int failure = ocs_publish_make_hidden_name(name, &old);
    if (!failure && renameat(folder, name, folder, old.text) != 0)
        failure = errno;
    if (failure)
        return failure;
    if (renameat(folder, hidden->text, folder, name) == 0) {
        *hidden = old;
        return 0;
    }
    failure = errno;
    (void)!renameat(folder, old.text, folder, name);
    return failure;
}

/* A folder never replaces what is not empty. */
static int rename_new_folder(int folder, const char *hidden, const char *name)
{
    if (renameat2(folder, hidden, folder, name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (renameat(folder, hidden, folder, name) == 0)
        return 0;
    return errno == ENOTEMPTY || errno == ENOTDIR ? EEXIST : errno;
}

int ocs_publish_rename_folder(int folder, struct ocs_hidden_name *hidden, const char *name,
                              bool replace)
{
    const int failure = rename_new_folder(folder, hidden->text, name);
    if (!failure)
        *hidden->text = '\0';
    if (failure != EEXIST || !replace)
        return failure;
    if (renameat2(folder, hidden->text, folder, name, RENAME_EXCHANGE) == 0)
        return 0;
    return errno == EINVAL || errno == ENOSYS ? move_aside(folder, hidden, name) : errno;
}
