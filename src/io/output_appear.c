/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output_file_internal.h"

#include "fail.h"
#include "output_folder.h"
#include "retry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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
