/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "identity.h"

#include "checked.h"
#include "place_sum.h"
#include "positioned.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_PIECES = 64, URL_PIECES = 6, PIECE_BYTES = 4096 };

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
        .modified_ns = (int64_t)about.st_mtim.tv_sec * 1000000000 + (int64_t)about.st_mtim.tv_nsec,
    };
    return sample(descriptor, identity->bytes, &identity->digest);
}

bool ocs_identity_of_file(const char *path, struct ocs_identity *identity_ret)
{
    if (strcmp(path, "-") == 0)
        return identify(STDIN_FILENO, identity_ret);
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
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
