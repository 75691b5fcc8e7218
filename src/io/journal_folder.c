/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "journal_internal.h"

#include "fail.h"
#include "place_sum.h"
#include "retry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { STEM_KEPT = 100, LOCK_ATTEMPTS = 5, LOCK_WAIT_NANOSECONDS = 50000000 };

static const char prefix[] = "occustream-", suffix[] = ".resume";

enum ocs_status ocs_journal_folder(const char *scratch_dir, const char *stem,
                                   const char *output_dir, char *path_ret, uint64_t path_bytes,
                                   struct ocs_error *error)
{
    char place[PATH_MAX + NAME_MAX + 2], resolved[PATH_MAX];
    const char *const folder = realpath(output_dir, resolved) ? resolved : output_dir;
    const int used = snprintf(place, sizeof place, "%s/%s", folder, stem);
    const uint64_t sum = used < 0 ? 0 : ocs_place_sum(0, place, strnlen(place, sizeof place));
    const int length = snprintf(path_ret, path_bytes, "%s/%s%.*s-%08x%s", scratch_dir, prefix,
                                STEM_KEPT, stem, (unsigned)(sum >> 32), suffix);
    if (length > 0 && (uint64_t)length < path_bytes)
        return OCS_OK;
    return ocs_fail(error, OCS_USAGE, "naming the journal in", scratch_dir, "the path is too long");
}

/* ---- opening ---- */

/* Returns 0 or errno. Nobody else may have made it: in a folder for all, names can be guessed. */
static int check_owner(const char *folder)
{
    struct stat about;
    if (lstat(folder, &about) != 0)
        return errno;
    if (!S_ISDIR(about.st_mode))
        return ENOTDIR;
    return about.st_uid == geteuid() && (about.st_mode & 022) == 0 ? 0 : EPERM;
}

/* The descriptor, or -1 with errno. */
static int open_in(const char *folder, bool make)
{
    char *path;
    if (asprintf(&path, "%s/journal", folder) < 0) {
        errno = ENOMEM;
        return -1;
    }
    const int descriptor =
        ocs_open_at(AT_FDCWD, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | (make ? O_CREAT : 0), 0600);
    const int failure = errno;
    free(path);
    errno = failure;
    return descriptor;
}

/* Returns 0 or errno. Whoever only looks for what is left has the lock for a moment. A journal that
 * was removed meanwhile is none. */
static int lock(int descriptor)
{
    struct stat about;
    int failure = EWOULDBLOCK;
    for (int i = 0; i < LOCK_ATTEMPTS && failure == EWOULDBLOCK; ++i) {
        if (i > 0)
            nanosleep(&(struct timespec){.tv_nsec = LOCK_WAIT_NANOSECONDS}, NULL);
        failure = flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    }
    if (failure)
        return failure;
    if (fstat(descriptor, &about) != 0)
        return errno;
    return about.st_nlink > 0 ? 0 : EWOULDBLOCK;
}

/* Returns 0 or errno. */
static int open_and_lock(const char *folder, bool make, int *descriptor_ret)
{
    if (make && mkdir(folder, 0700) != 0 && errno != EEXIST)
        return errno;
    int failure = check_owner(folder);
    if (failure)
        return failure;
    const int descriptor = open_in(folder, make);
    if (descriptor < 0)
        return errno;
    failure = lock(descriptor);
    if (failure)
        close(descriptor);
    else
        *descriptor_ret = descriptor;
    return failure;
}

static enum ocs_status fail_open(const char *folder, int failure, struct ocs_error *error)
{
    if (failure != EWOULDBLOCK && failure != EPERM)
        return ocs_fail_system(error, "opening the journal in", folder, failure);
    if (failure == EPERM) {
        ocs_fail(error, OCS_IO, "opening the journal in", folder,
                 "the folder belongs to somebody else, or others may write in it");
        ocs_advise(error, "choose another folder with --scratch");
    } else {
        ocs_fail(error, OCS_IO, "opening the journal in", folder, "another run is using it");
        ocs_advise(error, "wait for that one, or give another --output or --scratch");
    }
    error->system = failure;
    return OCS_IO;
}

enum ocs_status ocs_journal_open(const char *folder, bool make, struct ocs_journal **journal_ret,
                                 struct ocs_error *error)
{
    struct ocs_journal *const journal = calloc(1, sizeof *journal);
    if (!journal)
        return ocs_fail_system(error, "opening the journal in", folder, ENOMEM);
    journal->descriptor = -1;
    journal->folder = strdup(folder);
    journal->scan = malloc(OCS_JOURNAL_SCAN_BYTES);
    int failure = journal->folder && journal->scan ? 0 : ENOMEM;
    if (!failure)
        failure = open_and_lock(folder, make, &journal->descriptor);
    if (failure) {
        ocs_journal_close(journal);
        return fail_open(folder, failure, error);
    }
    ocs_journal_find_end(journal);
    *journal_ret = journal;
    return OCS_OK;
}

void ocs_journal_close(struct ocs_journal *journal)
{
    if (!journal)
        return;
    if (journal->descriptor >= 0)
        close(journal->descriptor);
    free(journal->folder);
    free(journal->scan);
    free(journal);
}

/* The journal goes last: until then, a run that had finished can still be told from one that had
 * not.
 */
void ocs_journal_remove(struct ocs_journal *journal)
{
    if (!journal)
        return;
    const int folder =
        ocs_open_at(AT_FDCWD, journal->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    if (folder >= 0) {
        unlinkat(folder, "scratch", 0);
        unlinkat(folder, "journal", 0);
        close(folder);
    }
    rmdir(journal->folder);
    ocs_journal_close(journal);
}

const char *ocs_journal_path(const struct ocs_journal *journal)
{
    return journal->folder;
}

/* ---- what others left ---- */

static bool has_form(const char *name)
{
    const size_t length = strlen(name), front = sizeof prefix - 1, back = sizeof suffix - 1;
    return length > front + back && strncmp(name, prefix, front) == 0 &&
           strcmp(name + length - back, suffix) == 0;
}

/* One without a journal is left, too. */
static bool is_left(const char *folder)
{
    int descriptor;
    const int failure = open_and_lock(folder, false, &descriptor);
    if (failure == 0)
        close(descriptor);
    return failure == 0 || (failure == ENOENT && check_owner(folder) == 0);
}

unsigned ocs_journal_find_left(const char *scratch_dir, const char *except, char *path_ret,
                               uint64_t path_bytes)
{
    unsigned found = 0;
    DIR *const folder = opendir(scratch_dir);
    if (!folder)
        return 0;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char path[PATH_MAX];
        const int length = snprintf(path, sizeof path, "%s/%s", scratch_dir, entry->d_name);
        if (!has_form(entry->d_name) || length < 0 || (size_t)length >= sizeof path ||
            (except && strcmp(path, except) == 0) || !is_left(path))
            continue;
        if (found++ == 0)
            snprintf(path_ret, path_bytes, "%s", path);
    }
    closedir(folder);
    return found;
}
