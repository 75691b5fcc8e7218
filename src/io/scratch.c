/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scratch.h"

#include "fail.h"
#include "positioned.h"
#include "retry.h"
#include "space.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ocs_scratch {
    int descriptor;
    char *dir; /* of a kept one: its own path                                               */
    struct ocs_watches *watches; /* NULL: nobody wants to know                               */
};

/* Where the file system has no nameless files: a name for the blink of an eye. */
static int open_and_unlink(const char *dir)
{
    char *name;
    if (asprintf(&name, "%s/.occustream.XXXXXX", dir) < 0) {
        errno = ENOMEM;
        return -1;
    }
    const int descriptor = mkostemp(name, O_CLOEXEC);
    if (descriptor >= 0)
        unlink(name);
    const int failure = errno;
    free(name);
    errno = failure;
    return descriptor;
}

/* O_EXCL: nobody can give it a name later. */
static int open_nameless(const char *dir)
{
    const int descriptor =
        ocs_open_at(AT_FDCWD, dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
        return open_and_unlink(dir);
    return descriptor;
}

static enum ocs_status advise_folder(enum ocs_status status, struct ocs_error *error)
{
    if (status == OCS_NO_SPACE)
        ocs_advise(error, "free some space or choose another folder with --scratch");
    return status;
}

static enum ocs_status open_scratch(struct ocs_scratch *scratch, uint64_t bytes,
                                    struct ocs_error *error)
{
    scratch->descriptor = open_nameless(scratch->dir);
    if (scratch->descriptor < 0)
        return ocs_fail_system(error, "creating scratch in", scratch->dir, errno);
    return advise_folder(ocs_space_check(scratch->descriptor, scratch->dir, bytes, error), error);
}

static enum ocs_status open_kept(struct ocs_scratch *scratch, bool fresh, uint64_t bytes,
                                 struct ocs_error *error)
{
    const int how = O_RDWR | O_NOFOLLOW | O_CLOEXEC | (fresh ? O_CREAT | O_TRUNC : 0);
    scratch->descriptor = ocs_open_at(AT_FDCWD, scratch->dir, how, 0600);
    struct stat about;
    if (scratch->descriptor < 0 || fstat(scratch->descriptor, &about) != 0)
        return ocs_fail_system(error, "opening scratch", scratch->dir, errno);
    const uint64_t have = (uint64_t)about.st_blocks * 512;
    return advise_folder(
        ocs_space_check(scratch->descriptor, scratch->dir, bytes > have ? bytes - have : 0, error),
        error);
}

static struct ocs_scratch *make_scratch(const char *name, struct ocs_error *error)
{
    struct ocs_scratch *const scratch = calloc(1, sizeof *scratch);
    char *const own_name = strdup(name);
    if (!scratch || !own_name) {
        free(scratch);
        free(own_name);
        ocs_fail_system(error, "creating scratch in", name, ENOMEM);
        return NULL;
    }
    *scratch = (struct ocs_scratch){.descriptor = -1, .dir = own_name};
    return scratch;
}

enum ocs_status ocs_scratch_open_kept(const char *path, bool fresh, uint64_t bytes,
                                      struct ocs_scratch **scratch_ret, struct ocs_error *error)
{
    struct ocs_scratch *const scratch = make_scratch(path, error);
    if (!scratch)
        return error->status;
    const enum ocs_status status = open_kept(scratch, fresh, bytes, error);
    if (status != OCS_OK) {
        ocs_scratch_close(scratch);
        return status;
    }
    *scratch_ret = scratch;
    return OCS_OK;
}

enum ocs_status ocs_scratch_create(const char *dir, uint64_t bytes,
                                   struct ocs_scratch **scratch_ret, struct ocs_error *error)
{
    struct ocs_scratch *const scratch = make_scratch(dir, error);
    if (!scratch)
        return error->status;
    const enum ocs_status status = open_scratch(scratch, bytes, error);
    if (status != OCS_OK) {
        ocs_scratch_close(scratch);
        return status;
    }
    *scratch_ret = scratch;
    return OCS_OK;
}

static enum ocs_status fail_at(const struct ocs_scratch *scratch, const char *operation,
                               uint64_t offset, int system, struct ocs_error *error)
{
    ocs_fail_system(error, operation, scratch->dir, system);
    error->offset = (int64_t)offset;
    return advise_folder(error->status, error);
}

enum ocs_status ocs_scratch_write(struct ocs_scratch *scratch, uint64_t offset, const void *bytes,
                                  uint64_t count, struct ocs_error *error)
{
    const int failure = ocs_write_at(scratch->descriptor, offset, bytes, count, NULL);
    if (failure)
        return fail_at(scratch, "writing scratch in", offset, failure, error);
    if (scratch->watches)
        ocs_watches_note(scratch->watches, offset, bytes, count);
    return OCS_OK;
}

void ocs_scratch_watch(struct ocs_scratch *scratch, struct ocs_watches *watches)
{
    scratch->watches = watches;
}

enum ocs_status ocs_scratch_sync(struct ocs_scratch *scratch, struct ocs_error *error)
{
    if (ocs_sync_data(scratch->descriptor) != 0)
        return advise_folder(ocs_fail_system(error, "writing scratch in", scratch->dir, errno),
                             error);
    return OCS_OK;
}

enum ocs_status ocs_scratch_read(struct ocs_scratch *scratch, uint64_t offset, void *bytes,
                                 uint64_t count, struct ocs_error *error)
{
    uint64_t done;
    int failure = ocs_read_at(scratch->descriptor, offset, bytes, count, &done);
    if (!failure && done < count)
        failure = EIO; /* the file is ours: what was written must be there */
    if (failure)
        return fail_at(scratch, "reading scratch in", offset, failure, error);
    return OCS_OK;
}

void ocs_scratch_close(struct ocs_scratch *scratch)
{
    if (!scratch)
        return;
    if (scratch->descriptor >= 0)
        close(scratch->descriptor);
    free(scratch->dir);
    free(scratch);
}
