/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "publish.h"

#include "retry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ATTEMPTS = OCS_PUBLISH_ATTEMPTS, NAME_KEPT = NAME_MAX - (int)sizeof "..xxxxxx.part" };

struct proc_path {
    char text[40];
};

static struct proc_path proc_path_of(int descriptor)
{
    struct proc_path path;
    snprintf(path.text, sizeof path.text, "/proc/self/fd/%d", descriptor);
    return path;
}

int ocs_publish_make_hidden_name(const char *name, struct ocs_hidden_name *hidden_ret)
{
    struct ocs_hidden_name hidden;
    uint32_t chance;
    while (getrandom(&chance, sizeof chance, 0) != (ssize_t)sizeof chance) /* never in part */
        if (errno != EINTR)
            return errno;
    snprintf(hidden.text, sizeof hidden.text, ".%.*s.%06x.part", NAME_KEPT, name,
             (unsigned)(chance & 0xffffff));
    *hidden_ret = hidden;
    return 0;
}

int ocs_publish_create_hidden(int folder, const char *name, struct ocs_hidden_name *hidden_ret,
                              int *descriptor_ret)
{
    int failure = EEXIST;
    for (int i = 0; i < ATTEMPTS && failure == EEXIST; ++i) {
        failure = ocs_publish_make_hidden_name(name, hidden_ret);
        if (failure)
            break;
        *descriptor_ret =
            ocs_open_at(folder, hidden_ret->text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        failure = *descriptor_ret < 0 ? errno : 0;
    }
    if (!failure)
        flock(*descriptor_ret, LOCK_EX | LOCK_NB); /* tells others that somebody writes it */
    if (failure)
        *hidden_ret->text = '\0';
    return failure;
}

void ocs_publish_kept_name(const char *name, struct ocs_hidden_name *hidden_ret)
{
    snprintf(hidden_ret->text, sizeof hidden_ret->text, ".%.*s.resume.part", NAME_KEPT, name);
}

/* Locked, and still what the name stands for: whoever held the lock may have renamed it. */
static int lock_kept(int folder, const char *name, int descriptor)
{
    struct stat about, named;
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 || fstat(descriptor, &about) != 0 ||
        fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) != 0)
        return errno;
    if (!S_ISREG(about.st_mode) || about.st_uid != geteuid())
        return EPERM;
    return about.st_ino == named.st_ino ? 0 : EWOULDBLOCK;
}

int ocs_publish_open_kept(int folder, const char *name, bool fresh,
                          struct ocs_hidden_name *hidden_ret, int *descriptor_ret)
{
    ocs_publish_kept_name(name, hidden_ret);
    const int descriptor = ocs_open_at(
        folder, hidden_ret->text, O_RDWR | O_NOFOLLOW | O_CLOEXEC | (fresh ? O_CREAT : 0), 0666);
    if (descriptor < 0)
        return errno;
    int failure = lock_kept(folder, hidden_ret->text, descriptor);
    if (!failure && fresh && ocs_truncate(descriptor, 0) != 0)
        failure = errno;
    if (failure) {
        close(descriptor);
        *hidden_ret->text = '\0'; /* not ours to remove */
        return failure;
    }
    *descriptor_ret = descriptor;
    return 0;
}

int ocs_publish_link(int folder, int descriptor, const char *name)
{
    const struct proc_path from = proc_path_of(descriptor);
    return linkat(AT_FDCWD, from.text, folder, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

static int link_to_hidden(int from_folder, const char *from, int flags, int folder,
                          const char *name, struct ocs_hidden_name *hidden_ret)
{
    int failure = EEXIST;
    for (int i = 0; i < ATTEMPTS && failure == EEXIST; ++i) {
        failure = ocs_publish_make_hidden_name(name, hidden_ret);
        if (!failure && linkat(from_folder, from, folder, hidden_ret->text, flags) != 0)
            failure = errno;
    }
    if (failure)
        *hidden_ret->text = '\0';
    return failure;
}

int ocs_publish_link_hidden(int folder, int descriptor, const char *name,
                            struct ocs_hidden_name *hidden_ret)
{
    const struct proc_path from = proc_path_of(descriptor);
    return link_to_hidden(AT_FDCWD, from.text, AT_SYMLINK_FOLLOW, folder, name, hidden_ret);
}

int ocs_publish_set_aside(int folder, const char *name, struct ocs_hidden_name *hidden_ret)
{
    return link_to_hidden(folder, name, 0, folder, name, hidden_ret);
}

int ocs_publish_hold(int folder, const char *name)
{
    const int descriptor =
        ocs_open_at(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (descriptor >= 0)
        flock(descriptor, LOCK_EX | LOCK_NB);
    return descriptor;
}

/* For file systems that cannot refuse to replace while renaming. */
static int link_and_unlink(int folder, const char *hidden, const char *name)
{
    if (linkat(folder, hidden, folder, name, 0) != 0)
        return errno;
    unlinkat(folder, hidden, 0);
    return 0;
}

int ocs_publish_rename(int folder, const char *hidden, const char *name, bool replace)
{
    if (renameat2(folder, hidden, folder, name, replace ? 0 : RENAME_NOREPLACE) == 0)
        return 0;
    if (!replace && (errno == EINVAL || errno == ENOSYS))
        return link_and_unlink(folder, hidden, name);
    return errno;
}

bool ocs_publish_can_link(int descriptor)
{
    const struct proc_path from = proc_path_of(descriptor);
    return access(from.text, F_OK) == 0;
}
