/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "identity.h"

#include "checked.h"
#include "fail.h"
#include "place_sum.h"
#include "positioned.h"
#include "retry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fts.h> /* needs what comes before */

enum { FILE_PIECES = 64, URL_PIECES = 6, PIECE_BYTES = 4096, NANOSECONDS = 1000000000 };

/* Piece i of `pieces`, spread evenly from the first byte to the last. */
static uint64_t piece_at(uint64_t bytes, unsigned i, unsigned pieces)
{
    const uint64_t last = bytes - ocs_min_u64(bytes, PIECE_BYTES);
    return (uint64_t)((double)last * i / (pieces - 1));
}

/* Returns 0 or errno. */
static int sample(int descriptor, uint64_t bytes, uint64_t *digest_ret)
{
    unsigned char piece[PIECE_BYTES];
    int failure = 0;
    *digest_ret = 0;
    for (unsigned i = 0; i < FILE_PIECES && !failure; ++i) {
        const uint64_t at = piece_at(bytes, i, FILE_PIECES);
        uint64_t done;
        failure = ocs_read_at(descriptor, at, piece, sizeof piece, &done);
        *digest_ret += ocs_place_sum(i * UINT64_C(2) * PIECE_BYTES, piece, done);
    }
    return failure;
}

/* Returns 0 or errno. What is no regular file is not known. */
static int identify(int descriptor, struct ocs_identity *identity)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0)
        return errno;
    if (!S_ISREG(about.st_mode))
        return 0;
    identity->bytes = (uint64_t)about.st_size;
    identity->modified_ns =
        (int64_t)about.st_mtim.tv_sec * NANOSECONDS + (int64_t)about.st_mtim.tv_nsec;
    return sample(descriptor, identity->bytes, &identity->digest);
}

static void add_entry(const FTSENT *entry, size_t root, struct ocs_identity *identity)
{
    const struct stat *const about = entry->fts_statp;
    const int64_t modified = (int64_t)about->st_mtim.tv_sec * NANOSECONDS + about->st_mtim.tv_nsec;
    const int64_t numbers[] = {(int64_t)about->st_size, modified};
    const uint64_t name =
        ocs_place_sum(sizeof numbers, entry->fts_path + root, entry->fts_pathlen - root);
    const uint64_t all[] = {name, ocs_place_sum(0, numbers, sizeof numbers)};
    identity->digest += ocs_place_sum(0, all, sizeof all) * (name | 1);
    identity->bytes += (uint64_t)about->st_size;
    identity->modified_ns = modified > identity->modified_ns ? modified : identity->modified_ns;
}

/* Returns 0 or errno. In any order: what is of one file stays together. */
static int identify_folder(const char *path, struct ocs_identity *identity)
{
    char *const own_path = strdup(path);
    char *const roots[] = {own_path, NULL};
    FTS *const tree = own_path ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
    int failure = tree ? 0 : errno;
    identity->bytes = 0;
    bool ended = false;
    while (!failure && !ended) {
        errno = 0;
        const FTSENT *const entry = fts_read(tree);
        ended = !entry;
        if (!entry)
            failure = errno;
        else if (entry->fts_info == FTS_F)
            add_entry(entry, strlen(path), identity);
        else if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR)
            failure = entry->fts_errno;
    }
    if (tree)
        fts_close(tree);
    free(own_path);
    return failure;
}

/* Returns 0 or errno. */
static int identify_path(const char *path, struct ocs_identity *identity)
{
    if (strcmp(path, "-") == 0)
        return identify(STDIN_FILENO, identity);
    struct stat about;
    if (stat(path, &about) != 0)
        return errno;
    if (S_ISDIR(about.st_mode))
        return identify_folder(path, identity);
    if (!S_ISREG(about.st_mode)) /* opening a pipe would tell its writer that somebody reads */
        return 0;
    const int descriptor =
        ocs_open_at(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
    if (descriptor < 0)
        return errno;
    const int failure = identify(descriptor, identity);
    close(descriptor);
    return failure;
}

enum ocs_status ocs_identity_of_file(const char *path, struct ocs_identity *identity_ret,
                                     struct ocs_error *error)
{
    *identity_ret = (struct ocs_identity){.bytes = UINT64_MAX};
    const int failure = identify_path(path, identity_ret);
    return failure ? ocs_fail_system(error, "reading", path, failure) : OCS_OK;
}

enum ocs_status ocs_identity_of_source(const struct ocs_source *source,
                                       struct ocs_identity *identity_ret, struct ocs_error *error)
{
    *identity_ret = (struct ocs_identity){.bytes = ocs_source_bytes(source)};
    ocs_source_state(source, identity_ret->state);
    unsigned char piece[PIECE_BYTES];
    const uint64_t count = ocs_min_u64(identity_ret->bytes, PIECE_BYTES);
    for (unsigned i = 0; i < URL_PIECES; ++i) {
        const uint64_t at = piece_at(identity_ret->bytes, i, URL_PIECES);
        const enum ocs_status status = ocs_source_read(source, at, piece, count, error);
        if (status != OCS_OK)
            return status;
        identity_ret->digest += ocs_place_sum(i * UINT64_C(2) * PIECE_BYTES, piece, count);
    }
    return OCS_OK;
}
