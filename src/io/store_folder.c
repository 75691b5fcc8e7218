/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_folder.h"

#include "checked.h"
#include "fail.h"
#include "positioned.h"
#include "retry.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum ocs_status ocs_store_folder_open(const char *path, int *folder_ret, struct ocs_error *error)
{
    *folder_ret = ocs_open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    return *folder_ret >= 0 ? OCS_OK : ocs_fail_system(error, "opening", path, errno);
}

/* One value on its way. */
struct place {
    const char *path; /* of the store */
    const char *key;
};

static enum ocs_status fail_at(const struct place *place, enum ocs_status status, const char *what,
                               struct ocs_error *error)
{
    char name[512];
    snprintf(name, sizeof name, "%s/%s", place->path, place->key);
    return ocs_fail(error, status, "reading", name, "%s", what);
}

static enum ocs_status fail_system_at(const struct place *place, int system,
                                      struct ocs_error *error)
{
    char name[512];
    snprintf(name, sizeof name, "%s/%s", place->path, place->key);
    return ocs_fail_system(error, "reading", name, system);
}

static bool is_link(int folder, const char *name)
{
    struct stat about;
    return fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(about.st_mode);
}

/* Folders are places to go on from: nothing in them is listed.
 * Opens one part of the key in `folder`; *descriptor_ret = -1 when there is none. A pipe in the
 * place of a file keeps nobody waiting. */
static enum ocs_status open_part(const struct place *place, int folder, const char *name,
                                 bool is_last, int *descriptor_ret, struct ocs_error *error)
{
    const int kind = is_last ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH | O_DIRECTORY;
    *descriptor_ret = ocs_open_at(folder, name, O_NOFOLLOW | O_CLOEXEC | kind, 0);
    if (*descriptor_ret >= 0)
        return OCS_OK;
    const int system = errno;
    if ((system == ELOOP || system == ENOTDIR) && is_link(folder, name))
        return fail_at(place, OCS_BAD_INPUT, "it is a symbolic link, which is not followed", error);
    if (system == ENOENT || system == ENOTDIR || system == ENAMETOOLONG)
        return OCS_OK;
    return fail_system_at(place, system, error);
}

/* Part by part, so that no link on the way is followed either. */
static enum ocs_status open_key(const struct place *place, int folder, int *descriptor_ret,
                                struct ocs_error *error)
{
    const char *part = place->key;
    int at = folder;
    enum ocs_status status = OCS_OK;
    for (;;) {
        const size_t length = strcspn(part, "/");
        char name[NAME_MAX + 1];
        int next = -1;
        if (length < sizeof name) {
            memcpy(name, part, length);
            name[length] = '\0';
            status = open_part(place, at, name, part[length] == '\0', &next, error);
        }
        if (at != folder)
            close(at);
        at = next;
        if (next < 0 || part[length] == '\0')
            break;
        part += length + 1;
    }
    *descriptor_ret = at;
    return status;
}

static enum ocs_status read_part(const struct place *place, int descriptor,
                                 struct ocs_store_get *get, struct ocs_error *error)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return fail_system_at(place, errno, error);
    if (!S_ISREG(about.st_mode))
        return fail_at(place, OCS_BAD_INPUT, "it is not a file", error);
    get->found = get->parts = true;
    get->total = (uint64_t)about.st_size;
    const uint64_t bytes = ocs_min_u64(get->room, get->total);
    const uint64_t offset =
        get->from_end ? get->total - bytes : ocs_min_u64(get->offset, get->total);
    const int failure = ocs_read_at(descriptor, offset, get->to,
                                    ocs_min_u64(bytes, get->total - offset), &get->got);
    return failure ? fail_system_at(place, failure, error) : OCS_OK;
}

enum ocs_status ocs_store_folder_get(int folder, const char *path, struct ocs_store_get *get,
                                     struct ocs_error *error)
{
    const struct place place = {path, get->key};
    get->found = get->parts = false;
    get->total = get->got = 0;
    int descriptor;
    enum ocs_status status = open_key(&place, folder, &descriptor, error);
    if (status != OCS_OK || descriptor < 0)
        return status;
    status = read_part(&place, descriptor, get, error);
    close(descriptor);
    return status;
}
