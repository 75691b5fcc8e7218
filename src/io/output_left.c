/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output_left.h"

#include "retry.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAIL_BYTES = sizeof ".xxxxxx.part" - 1 };

/* ".NAME.xxxxxx.part" or ".NAME.resume.part"; fills NAME. */
static bool has_form(const char *entry, char name[NAME_MAX + 1], bool *resumable_ret)
{
    const size_t length = strlen(entry);
    if (entry[0] != '.' || length < 2 + TAIL_BYTES || length > NAME_MAX)
        return false;
    const char *const tail = entry + length - TAIL_BYTES;
    *resumable_ret = strcmp(tail, ".resume.part") == 0;
    if (!*resumable_ret && (tail[0] != '.' || strspn(tail + 1, "0123456789abcdef") != 6 ||
                            strcmp(tail + 7, ".part") != 0))
        return false;
    snprintf(name, NAME_MAX + 1, "%.*s", (int)(length - 1 - TAIL_BYTES), entry + 1);
    return true;
}

/* Whoever writes it holds it. */
static bool is_left(int folder, const char *entry)
{
    const int descriptor =
        ocs_open_at(folder, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (descriptor < 0)
        return false;
    struct stat about;
    const bool left = fstat(descriptor, &about) == 0 &&
                      (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode)) &&
                      about.st_uid == geteuid() && flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    close(descriptor);
    return left;
}

void ocs_output_find_left(const char *folder, bool (*is_wanted)(const void *user, const char *name),
                          const void *user, unsigned *count, char *path_ret, uint64_t path_bytes)
{
    DIR *const entries = opendir(folder);
    if (!entries)
        return;
    const size_t length = strlen(folder);
    const char *const slash = length && folder[length - 1] == '/' ? "" : "/";
    for (const struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        char name[NAME_MAX + 1];
        bool resumable;
        if (has_form(entry->d_name, name, &resumable) && !(resumable && is_wanted(user, name)) &&
            is_left(dirfd(entries), entry->d_name) && (*count)++ == 0)
            snprintf(path_ret, path_bytes, "%s%s%s", folder, slash, entry->d_name);
    }
    closedir(entries);
}
