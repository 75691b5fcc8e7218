/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output_file.h"
#include "output_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool ends_with(const char *name, const char *end)
{
    const size_t length = strlen(name), back = strlen(end);
    return length >= back && strcmp(name + length - back, end) == 0;
}

/* ".NAME.xxxxxx.part" */
static bool has_form(const char *entry, const char *name, bool kept)
{
    const size_t length = strlen(name);
    return entry[0] == '.' && strncmp(entry + 1, name, length) == 0 && entry[1 + length] == '.' &&
           strlen(entry) == length + sizeof "..xxxxxx.part" - 1 && ends_with(entry, ".part") &&
           (kept || !ends_with(entry, ".resume.part"));
}

/* Whoever writes it has it locked. */
static bool is_left(int folder, const char *entry)
{
    const int descriptor =
        openat(folder, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    struct stat about;
    const bool left = fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode) &&
                      about.st_uid == geteuid() && flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    close(descriptor);
    return left;
}

void ocs_output_file_find_left(const char *path, bool kept, unsigned *count, char *path_ret,
                               uint64_t path_bytes)
{
    int descriptor;
    const char *name;
    struct ocs_error error;
    if (ocs_output_folder_open(path, true, OCS_OUTPUT_IS_FILE, &descriptor, &name, &error) !=
        OCS_OK)
        return;
    DIR *const folder = fdopendir(descriptor);
    if (!folder) {
        close(descriptor);
        return;
    }
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        if (has_form(entry->d_name, name, kept) && is_left(dirfd(folder), entry->d_name) &&
            (*count)++ == 0)
            snprintf(path_ret, path_bytes, "%.*s%s", (int)(name - path), path, entry->d_name);
    closedir(folder);
}
