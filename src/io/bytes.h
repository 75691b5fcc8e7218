/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_BYTES_H
#define OCS_BYTES_H

/* The plain bytes of a file, wherever they come from: at any place by a source, perhaps
 * through the seek table of a compressed file, or once and in order by an unpacker, when they are
 * compressed otherwise, come through a pipe or from a server that gives no parts. */

#include "frames.h"
#include "unpack.h"

struct ocs_bytes {
    struct ocs_source *source; /* either this or the unpacker is NULL */
    struct ocs_frames *frames; /* NULL: the source's bytes are the plain ones */
    struct ocs_unpack *unpack;
    struct ocs_budget *budget; /* that they were opened with */
    uint64_t outside_bytes;    /* see ocs_source_outside_bytes */
};

/* Opens `path` and finds out which; `connections` as for ocs_source_set_connections. The loop and
 * the budget serve bytes that come once and must outlive them. */
OCS_MUST_USE enum ocs_status ocs_bytes_open(const char *path, enum ocs_io_mode io,
                                            unsigned connections, struct ocs_loop *loop,
                                            struct ocs_budget *budget, struct ocs_bytes *bytes_ret,
                                            struct ocs_error *error);

const char *ocs_bytes_path(const struct ocs_bytes *bytes);

/* How many there are; UINT64_MAX when that shows only at the end. */
uint64_t ocs_bytes_count(const struct ocs_bytes *bytes);

/* The first `wanted` bytes; fewer only when there are no more. */
OCS_MUST_USE enum ocs_status ocs_bytes_front(const struct ocs_bytes *bytes, void *to,
                                             uint64_t wanted, uint64_t *got_ret,
                                             struct ocs_error *error);

void ocs_bytes_close(struct ocs_bytes *bytes);

#endif
