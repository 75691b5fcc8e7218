/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output_left.h"

#include "retry.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAIL_BYTES = sizeof ".xxxxxx.part" - 1 };

/* ".NAME.xxxxxx.part" or ".NAME.resume.part" */
static bool has_form(const char *entry)
{
    const size_t length = strlen(entry);
    if (entry[0] != '.' || length < 2 + TAIL_BYTES)
        return false;
    const char *const tail = entry + length - TAIL_BYTES;
    return strcmp(tail, ".resume.part") == 0 ||
           (tail[0] == '.' && strspn(tail + 1, "0123456789abcdef") == 6 &&
            strcmp(tail + 7, ".part") == 0);
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

void ocs_output_find_left(const char *folder, ocs_output_is_own *is_own, const void *self,
                          unsigned *count, char *path_ret, uint64_t path_bytes)
{
    DIR *const entries = opendir(folder);
    if (!entries)
        return;
    const size_t length = strlen(folder);
    const char *const slash = length && folder[length - 1] == '/' ? "" : "/";
    for (const struct dirent *entry = readdir(entries); entry; entry = readdir(entries))
        if (has_form(entry->d_name) && !(is_own && is_own(self, entry->d_name)) &&
            is_left(dirfd(entries), entry->d_name) && (*count)++ == 0)
            snprintf(path_ret, path_bytes, "%s%s%s", folder, slash, entry->d_name);
    closedir(entries);
}
