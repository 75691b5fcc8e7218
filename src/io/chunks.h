/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CHUNKS_H
#define OCS_CHUNKS_H

/* The cutting of byte ranges into chunks: the same for every way of reading them. */

#include "stream.h"

#include <stdbool.h>

/* A position in that sequence; copying it gives a second one. */
struct ocs_chunks {
    struct ocs_ranges left; /* what is still to come, whole ranges */
    uint64_t chunk_bytes;
    uint64_t done; /* of the first range left */
};

/* Whether all ranges lie below `limit`; overflow counts as not. */
bool ocs_ranges_fit(const struct ocs_ranges *ranges, uint64_t limit);

/* Where the last one ends; they must fit some limit. */
uint64_t ocs_ranges_end(const struct ocs_ranges *ranges);

/* `ranges` must fit some limit. */
struct ocs_chunks ocs_chunks_of(const struct ocs_ranges *ranges, uint64_t chunk_bytes);

/* False at the end. */
bool ocs_chunks_next(struct ocs_chunks *chunks, uint64_t *offset_ret, uint64_t *bytes_ret);

#endif
