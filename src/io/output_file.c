/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output_file_internal.h"

#include "checked.h"
#include "fail.h"
#include "output_folder.h"
#include "positioned.h"
#include "publish.h"
#include "retry.h"
#include "space.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum ocs_status ocs_output_file_check(const char *path, bool force, struct ocs_error *error)
{
    int folder;
    const char *name;
    const enum ocs_status status =
        ocs_output_folder_open(path, force, OCS_OUTPUT_IS_FILE, &folder, &name, error);
    if (status == OCS_OK)
        close(folder);
    return status;
}

/* Returns 0 or errno. What cannot get a name at the end must have one from the beginning. */
static int open_nameless(struct ocs_output_file *file)
{
    file->descriptor = ocs_open_at(file->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (file->descriptor < 0)
        return errno;
    if (ocs_publish_can_link(file->descriptor))
        return 0;
    close(file->descriptor);
    file->descriptor = -1;
    return EOPNOTSUPP;
}

static int open_new(struct ocs_output_file *file, bool nameless)
{
    const int failure = nameless ? open_nameless(file) : EOPNOTSUPP;
    if (failure != EOPNOTSUPP && failure != EISDIR) /* EISDIR: a system before O_TMPFILE */
        return failure;
    return ocs_publish_create_hidden(file->folder, file->name, &file->hidden, &file->descriptor);
}

/* What a kept file has already. */
static uint64_t reserved_bytes(const struct ocs_output_file *file)
{
    struct stat about;
    return fstat(file->descriptor, &about) == 0 ? (uint64_t)about.st_blocks * 512 : 0;
}

/* The size stays what is written: fewer bytes than expected leave no tail of zeros. The C library
 * would replace a missing fallocate by writing everything once; the system call itself does not. */
static enum ocs_status reserve(struct ocs_output_file *file, uint64_t bytes,
                               struct ocs_error *error)
{
    if (bytes == 0)
        return OCS_OK;
    const enum ocs_status status = ocs_space_check(
        file->folder, file->path, bytes - ocs_min_u64(bytes, reserved_bytes(file)), error);
    if (status != OCS_OK)
        return status;
    int result;
    do
        result = fallocate(file->descriptor, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes);
    while (result != 0 && errno == EINTR);
    if (result != 0 && errno != EOPNOTSUPP && errno != ENOSYS)
        return ocs_fail_system(error, "reserving space for", file->path, errno);
    return OCS_OK;
}

static enum ocs_status open_kept(struct ocs_output_file *file, bool fresh, struct ocs_error *error)
{
    const int failure =
        ocs_publish_open_kept(file->folder, file->name, fresh, &file->hidden, &file->descriptor);
    if (failure == EWOULDBLOCK)
        return ocs_output_folder_fail_in_use(file->path, error);
    return failure ? ocs_fail_system(error, "reopening", file->path, failure) : OCS_OK;
}

enum how { NAMELESS, HIDDEN, KEPT_FRESH, KEPT };

static enum ocs_status open_output(struct ocs_output_file *file, uint64_t expected_bytes,
                                   enum how how, struct ocs_error *error)
{
    enum ocs_status status = ocs_output_folder_open(file->path, file->force, OCS_OUTPUT_IS_FILE,
                                                    &file->folder, &file->name, error);
    if (status != OCS_OK)
        return status;
    if (how == KEPT_FRESH || how == KEPT) {
        file->kept = true;
        status = open_kept(file, how == KEPT_FRESH, error);
        if (status != OCS_OK)
            return status;
    } else {
        const int failure = open_new(file, how == NAMELESS);
        if (failure)
            return ocs_fail_system(error, "creating", file->path, failure);
    }
    return reserve(file, expected_bytes, error);
}

static enum ocs_status create(const char *path, bool force, uint64_t expected_bytes, enum how how,
                              struct ocs_output_file **file_ret, struct ocs_error *error)
{
    struct ocs_output_file *const file = calloc(1, sizeof *file);
    char *const own_path = strdup(path);
    if (!file || !own_path) {
        free(file);
        free(own_path);
        return ocs_fail_system(error, "creating", path, ENOMEM);
    }
    file->descriptor = file->folder = file->holds_replaced = -1;
    file->path = own_path;
    file->force = force;
    const enum ocs_status status = open_output(file, expected_bytes, how, error);
    if (status != OCS_OK) {
        if (how == KEPT)
            ocs_output_file_put_by(file);
        else
            ocs_output_file_abandon(file);
        return status;
    }
    *file_ret = file;
    return OCS_OK;
}

enum ocs_status ocs_output_file_create(const char *path, bool force, uint64_t expected_bytes,
                                       struct ocs_output_file **file_ret, struct ocs_error *error)
{
    return create(path, force, expected_bytes, NAMELESS, file_ret, error);
}

enum ocs_status ocs_output_file_create_hidden(const char *path, bool force, uint64_t expected_bytes,
                                              struct ocs_output_file **file_ret,
                                              struct ocs_error *error)
{
    return create(path, force, expected_bytes, HIDDEN, file_ret, error);
}

enum ocs_status ocs_output_file_open(const char *path, bool force, enum ocs_output_keeping keeping,
                                     uint64_t expected_bytes, struct ocs_output_file **file_ret,
                                     struct ocs_error *error)
{
    static const enum how hows[] = {[OCS_OUTPUT_NOT_KEPT] = NAMELESS,
                                    [OCS_OUTPUT_KEPT_FRESH] = KEPT_FRESH,
                                    [OCS_OUTPUT_KEPT] = KEPT};
    return create(path, force, expected_bytes, hows[keeping], file_ret, error);
}

uint64_t ocs_output_file_inode(const struct ocs_output_file *file)
{
    struct stat about;
    return fstat(file->descriptor, &about) == 0 ? (uint64_t)about.st_ino : 0;
}

void ocs_output_file_watch(struct ocs_output_file *file, struct ocs_watches *watches)
{
    file->watches = watches;
}

void ocs_output_file_note(struct ocs_output_file *file, uint64_t offset, const void *bytes,
                          uint64_t count)
{
    if (file->watches)
        ocs_watches_note(file->watches, offset, bytes, count);
}

static enum ocs_status fail_at(const struct ocs_output_file *file, const char *operation,
                               uint64_t offset, int system, struct ocs_error *error)
{
    ocs_fail_system(error, operation, file->path, system);
    error->offset = (int64_t)offset;
    return error->status;
}

enum ocs_status ocs_output_file_write(struct ocs_output_file *file, uint64_t offset,
                                      const void *bytes, uint64_t count, struct ocs_error *error)
{
    uint64_t done;
    const int failure = ocs_write_at(file->descriptor, offset, bytes, count, &done);
    return failure ? fail_at(file, "writing", offset + done, failure, error) : OCS_OK;
}

enum ocs_status ocs_output_file_read(struct ocs_output_file *file, uint64_t offset, void *bytes,
                                     uint64_t count, struct ocs_error *error)
{
    uint64_t done;
    int failure = ocs_read_at(file->descriptor, offset, bytes, count, &done);
    if (!failure && done < count)
        failure = EIO; /* what was written must be there */
    return failure ? fail_at(file, "reading back", offset, failure, error) : OCS_OK;
}

enum ocs_status ocs_output_file_cut(struct ocs_output_file *file, uint64_t bytes,
                                    struct ocs_error *error)
{
    if (ocs_truncate(file->descriptor, (off_t)bytes) != 0)
        return fail_at(file, "cutting", bytes, errno, error);
    return OCS_OK;
}

enum ocs_status ocs_output_file_sync(struct ocs_output_file *file, struct ocs_error *error)
{
    if (ocs_sync(file->descriptor) != 0)
        return ocs_fail_system(error, "writing", file->path, errno);
    return OCS_OK;
}

const char *ocs_output_file_path(const struct ocs_output_file *file)
{
    return file->path;
}

int ocs_output_file_descriptor(const struct ocs_output_file *file)
{
    return file->descriptor;
}
