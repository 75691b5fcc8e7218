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

struct ocs_output_file {
    int descriptor;
    int folder;
    char *path;
    const char *name;              /* in `path` */
    struct ocs_hidden_name hidden; /* empty: the file has no name yet, or its own */
    bool force;
    bool kept;
    struct ocs_watches *watches;     /* NULL: nobody wants to know */
    bool named;                      /* it appeared, and that can be undone */
    struct ocs_hidden_name replaced; /* what had the name before; empty: nothing */
    int holds_replaced;
};

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

/* What a file system without links says, and one that does not let us link what others own. */
static bool has_one_name_only(int failure)
{
    return failure == EPERM || failure == EACCES || failure == EMLINK || failure == ENOSYS ||
           failure == EOPNOTSUPP;
}

/* Returns 0 or errno. A nameless file cannot replace another in one step: it gets a hidden name
 * first. */
static int give_name(struct ocs_output_file *file)
{
    int failure = 0;
    if (!*file->hidden.text) {
        failure = ocs_publish_link(file->folder, file->descriptor, file->name);
        file->named = failure == 0;
        if (failure != EEXIST || !file->force)
            return failure;
        failure =
            ocs_publish_link_hidden(file->folder, file->descriptor, file->name, &file->hidden);
    }
    if (failure)
        return failure;
    const int aside =
        file->force ? ocs_publish_set_aside(file->folder, file->name, &file->replaced) : ENOENT;
    if (aside != 0 && aside != ENOENT && !has_one_name_only(aside))
        return aside;
    if (aside == 0)
        file->holds_replaced = ocs_publish_hold(file->folder, file->replaced.text);
    failure = ocs_publish_rename(file->folder, file->hidden.text, file->name, file->force);
    if (failure)
        return failure;
    *file->hidden.text = '\0';
    /* Where it could have no second name, what was replaced is gone, and the new one stays. */
    file->named = aside == 0 || aside == ENOENT;
    return 0;
}

/* Gives the name back to what was replaced; if that fails, it stays hidden. */
static void restore_replaced(struct ocs_output_file *file)
{
    if (*file->replaced.text)
        ocs_publish_rename(file->folder, file->replaced.text, file->name, true);
    *file->replaced.text = '\0';
    file->named = false;
}

static void withdraw(struct ocs_output_file *file)
{
    if (!*file->replaced.text)
        unlinkat(file->folder, file->name, 0);
    restore_replaced(file);
}

/* Back to the hidden name, where a later run looks for it. */
static void withdraw_kept(struct ocs_output_file *file)
{
    ocs_publish_kept_name(file->name, &file->hidden);
    ocs_publish_rename(file->folder, file->name, file->hidden.text, true);
    restore_replaced(file);
}

enum ocs_status ocs_output_file_appear(struct ocs_output_file *file, struct ocs_error *error)
{
    const enum ocs_status status = ocs_output_file_sync(file, error);
    if (status != OCS_OK)
        return status;
    const int failure = give_name(file);
    if (failure == EEXIST)
        return ocs_output_folder_fail_exists(file->path, error);
    if (failure)
        return ocs_fail_system(error, "creating", file->path, failure);
    return ocs_output_folder_sync(file->folder, file->path, error);
}

enum ocs_status ocs_output_file_publish(struct ocs_output_file *file, struct ocs_error *error)
{
    const enum ocs_status status = ocs_output_file_appear(file, error);
    if (status == OCS_OK)
        ocs_output_file_leave(file);
    else
        ocs_output_file_put_by(file);
    return status;
}

void ocs_output_file_abandon(struct ocs_output_file *file)
{
    if (!file)
        return;
    if (*file->hidden.text)
        unlinkat(file->folder, file->hidden.text, 0);
    if (file->named)
        withdraw(file);
    ocs_output_file_leave(file);
}

void ocs_output_file_leave(struct ocs_output_file *file)
{
    if (!file)
        return;
    if (*file->replaced.text)
        unlinkat(file->folder, file->replaced.text, 0);
    if (file->holds_replaced >= 0)
        close(file->holds_replaced);
    if (file->descriptor >= 0)
        close(file->descriptor);
    if (file->folder >= 0)
        close(file->folder);
    free(file->path);
    free(file);
}

void ocs_output_file_put_by(struct ocs_output_file *file)
{
    if (!file)
        return;
    if (!file->kept) {
        ocs_output_file_abandon(file);
        return;
    }
    if (file->named)
        withdraw_kept(file);
    ocs_output_file_leave(file);
}

/* Returns 0 or errno; ENOENT when the file is under neither name. */
static int settle_in(int folder, const char *name, bool force, uint64_t inode)
{
    struct ocs_hidden_name hidden;
    ocs_publish_kept_name(name, &hidden);
    struct stat about;
    if (fstatat(folder, hidden.text, &about, AT_SYMLINK_NOFOLLOW) == 0 && about.st_ino == inode)
        return ocs_publish_rename(folder, hidden.text, name, force);
    if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0 && about.st_ino == inode)
        return 0;
    return ENOENT;
}

enum ocs_status ocs_output_file_settle(const char *path, bool force, uint64_t inode,
                                       struct ocs_error *error)
{
    int folder;
    const char *name;
    const enum ocs_status status =
        ocs_output_folder_open(path, true, OCS_OUTPUT_IS_FILE, &folder, &name, error);
    if (status != OCS_OK)
        return status;
    const int failure = settle_in(folder, name, force, inode);
    if (!failure)
        (void)!ocs_sync(folder); /* not all file systems have such a thing */
    close(folder);
    if (failure == EEXIST)
        return ocs_output_folder_fail_exists(path, error);
    return failure ? ocs_fail_system(error, "naming", path, failure) : OCS_OK;
}

const char *ocs_output_file_path(const struct ocs_output_file *file)
{
    return file->path;
}

int ocs_output_file_descriptor(const struct ocs_output_file *file)
{
    return file->descriptor;
}
