/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output_folder.h"

#include "fail.h"
#include "retry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum ocs_status ocs_output_folder_fail_exists(const char *path, struct ocs_error *error)
{
    ocs_fail(error, OCS_IO, "creating", path, "it exists already");
    error->system = EEXIST;
    ocs_advise(error, "--force overwrites it");
    return OCS_IO;
}

enum ocs_status ocs_output_folder_fail_in_use(const char *path, struct ocs_error *error)
{
    ocs_fail(error, OCS_IO, "creating", path, "another run is writing it");
    ocs_advise(error, "wait for that one, or give another --output");
    return OCS_IO;
}

static enum ocs_status fail_folder(const char *path, int system, struct ocs_error *error)
{
    if (system != ENOENT && system != ENOTDIR)
        return ocs_fail_system(error, "writing the folder of", path, system);
    const bool is_file = system == ENOTDIR;
    ocs_fail(error, OCS_IO, "creating", path,
             is_file ? "what should be its folder is a file" : "its folder does not exist");
    error->system = system;
    ocs_advise(error, is_file ? "name a folder" : "make the folder first");
    return OCS_IO;
}

static const char *name_in(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Returns the descriptor, or -1 with errno. */
static int open_folder(const char *path, const char *name)
{
    if (name == path)
        return ocs_open_at(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    char *const dir = strndup(path, (size_t)(name - path)); /* the slash stays: "/" is a folder */
    if (!dir) {
        errno = ENOMEM;
        return -1;
    }
    const int folder = ocs_open_at(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    const int failure = errno;
    free(dir);
    errno = failure;
    return folder;
}

/* Whether the folder `name` is a Zarr store. */
static bool is_store(int folder, const char *name)
{
    static const char *const marks[] = {".zgroup", ".zarray", "zarr.json"};
    const int inside = ocs_open_at(folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    bool found = false;
    for (size_t i = 0; inside >= 0 && i < sizeof marks / sizeof marks[0]; ++i)
        found = found || faccessat(inside, marks[i], F_OK, 0) == 0;
    if (inside >= 0)
        close(inside);
    return found;
}

/* Not everything that exists may be replaced even with --force: of a folder that is no store, a
 * device or a pipe, that is hardly what was meant. */
static enum ocs_status check_existing(const char *path, const char *name, int folder, mode_t mode,
                                      enum ocs_output_shape shape, struct ocs_error *error)
{
    if (shape == OCS_OUTPUT_IS_TREE)
        return is_store(folder, name) ? OCS_OK
                                      : ocs_fail(error, OCS_IO, "creating", path,
                                                 "something that is no Zarr store has that name");
    if (!S_ISREG(mode) && !S_ISLNK(mode))
        return ocs_fail(error, OCS_IO, "creating", path, "something that is no file has that name");
    return OCS_OK;
}

static enum ocs_status check_name(const char *path, const char *name, int folder, bool force,
                                  enum ocs_output_shape shape, struct ocs_error *error)
{
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return ocs_fail_system(error, "creating", path, EISDIR);
    struct stat about;
    if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? OCS_OK : ocs_fail_system(error, "creating", path, errno);
    if (S_ISDIR(about.st_mode) && shape == OCS_OUTPUT_IS_FILE)
        return ocs_fail_system(error, "creating", path, EISDIR);
    if (!force)
        return ocs_output_folder_fail_exists(path, error);
    return check_existing(path, name, folder, about.st_mode, shape, error);
}

enum ocs_status ocs_output_folder_open(const char *path, bool force, enum ocs_output_shape shape,
                                       int *folder_ret, const char **name_ret,
                                       struct ocs_error *error)
{
    const char *const name = name_in(path);
    const int folder = open_folder(path, name);
    if (folder < 0)
        return fail_folder(path, errno, error);
    enum ocs_status status = check_name(path, name, folder, force, shape, error);
    if (status == OCS_OK && faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) != 0)
        status = fail_folder(path, errno, error);
    if (status != OCS_OK) {
        close(folder);
        return status;
    }
    *folder_ret = folder;
    *name_ret = name;
    return OCS_OK;
}

enum ocs_status ocs_output_folder_sync(int folder, const char *path, struct ocs_error *error)
{
    if (ocs_sync(folder) != 0 && errno != EINVAL)
        return ocs_fail_system(error, "writing the folder of", path, errno);
    return OCS_OK;
}
