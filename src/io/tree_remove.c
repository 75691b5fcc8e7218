/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tree_remove.h"

#include "retry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { DEEPEST = 64 }; /* folders in folders; each takes a descriptor */

static int remove_tree(int folder, const char *name, unsigned depth);

static bool is_itself_or_parent(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int remove_entries(DIR *entries, unsigned depth)
{
    int failure = 0;
    for (const struct dirent *entry; (entry = readdir(entries));) {
        if (is_itself_or_parent(entry->d_name))
            continue;
        const int now = remove_tree(dirfd(entries), entry->d_name, depth);
        failure = failure ? failure : now;
    }
    return failure;
}

static int remove_folder(int folder, const char *name, unsigned depth)
{
    if (depth == DEEPEST)
        return ELOOP;
    const int inside = ocs_open_at(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    if (inside < 0)
        return errno;
    DIR *const entries = fdopendir(inside);
    if (!entries) {
        const int failure = errno;
        close(inside);
        return failure;
    }
    const int failure = remove_entries(entries, depth + 1);
    closedir(entries);
    if (failure)
        return failure;
    return unlinkat(folder, name, AT_REMOVEDIR) == 0 ? 0 : errno;
}

static int remove_tree(int folder, const char *name, unsigned depth)
{
    if (unlinkat(folder, name, 0) == 0)
        return 0;
    return errno == EISDIR || errno == EPERM ? remove_folder(folder, name, depth) : errno;
}

int ocs_tree_remove(int folder, const char *name)
{
    return remove_tree(folder, name, 0);
}
