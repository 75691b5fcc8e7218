/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "identity.h"

#include "checked.h"
#include "place_sum.h"
#include "positioned.h"
#include "retry.h"

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

static bool sample(int descriptor, uint64_t bytes, uint64_t *digest_ret)
{
    unsigned char piece[PIECE_BYTES];
    *digest_ret = 0;
    for (unsigned i = 0; i < FILE_PIECES; ++i) {
        const uint64_t at = piece_at(bytes, i, FILE_PIECES);
        uint64_t done;
        if (ocs_read_at(descriptor, at, piece, sizeof piece, &done) != 0)
            return false;
        *digest_ret += ocs_place_sum(i * UINT64_C(2) * PIECE_BYTES, piece, done);
    }
    return true;
}

static bool identify(int descriptor, struct ocs_identity *identity)
{
    struct stat about;
    if (fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode))
        return false;
    *identity = (struct ocs_identity){
        .bytes = (uint64_t)about.st_size,
        .modified_ns = (int64_t)about.st_mtim.tv_sec * NANOSECONDS + (int64_t)about.st_mtim.tv_nsec,
    };
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

/* In any order: what is of one file stays together. */
static bool identify_folder(const char *path, struct ocs_identity *identity)
{
    char *const own_path = strdup(path);
    char *const roots[] = {own_path, NULL};
    FTS *const tree = own_path ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
    *identity = (struct ocs_identity){0};
    bool known = tree != NULL;
    for (FTSENT *entry; tree && (entry = fts_read(tree));) {
        if (entry->fts_info == FTS_F)
            add_entry(entry, strlen(path), identity);
        known = known && entry->fts_info != FTS_ERR && entry->fts_info != FTS_DNR;
    }
    if (tree)
        fts_close(tree);
    free(own_path);
    return known;
}

bool ocs_identity_of_file(const char *path, struct ocs_identity *identity_ret)
{
    if (strcmp(path, "-") == 0)
        return identify(STDIN_FILENO, identity_ret);
    struct stat about;
    if (stat(path, &about) != 0)
        return false;
    if (S_ISDIR(about.st_mode))
        return identify_folder(path, identity_ret);
    if (!S_ISREG(about.st_mode)) /* opening a pipe would tell its writer that somebody reads */
        return false;
    const int descriptor =
        ocs_open_at(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
    if (descriptor < 0)
        return false;
    const bool known = identify(descriptor, identity_ret);
    close(descriptor);
    return known;
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
