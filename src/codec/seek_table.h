/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SEEK_TABLE_H
#define OCS_SEEK_TABLE_H

/* The seek table of zstd's seekable format: a skippable frame behind all others that lists their
 * sizes. Little-endian:
 *
 *     0x184D2A5E, bytes that follow | per frame: packed size, plain size[, checksum] | footer
 *     footer: number of frames (4), descriptor (1: bit 7 says that there are checksums), 0x8F92EAB1
 *
 * Written without checksums: the frames carry their own. A table is believed only as far as the
 * size of the file backs it. No I/O. */

#include "budget.h"

#include "occustream/limits.h"

#include <stdbool.h>

enum { OCS_SEEK_FOOTER_BYTES = 9 };

/* ---- reading ---- */

/* Where the table is, as its last bytes and the size of the file say. */
struct ocs_seek_place {
    uint32_t frames; /* at least 1 */
    bool checksums;
    uint64_t offset, bytes; /* of the whole skippable frame: it ends where the file ends */
};

/* From the last OCS_SEEK_FOOTER_BYTES of a file of `file_bytes`. False when they are no footer, or
 * speak of more frames than the file has room for. */
bool ocs_seek_place_read(const unsigned char footer[OCS_SEEK_FOOTER_BYTES], uint64_t file_bytes,
                         struct ocs_seek_place *place_ret);

struct ocs_seek_table {
    uint32_t frames;
    uint64_t
        *packed_at; /* [frames + 1]: where each frame begins in the file, and where the last ends */
    uint64_t *plain_at; /* [frames + 1]: the same of the plain bytes, whose end is their number */
    uint64_t largest_packed, largest_plain; /* of any frame */
};

/* What the table takes of the budget, without the bytes it is read from. */
uint64_t ocs_seek_table_need(const struct ocs_seek_place *place);

/* From the place->bytes bytes at place->offset. The frames fill the file up to the table, without
 * gaps, and none is smaller than a frame can be. OCS_BAD_INPUT when the bytes are no such table,
 * OCS_LIMIT when there is no memory. To be released with ocs_seek_table_free. */
OCS_MUST_USE enum ocs_status ocs_seek_table_read(struct ocs_budget *budget,
                                                 const struct ocs_seek_place *place,
                                                 const unsigned char *bytes, const char *path,
                                                 struct ocs_seek_table *table_ret,
                                                 struct ocs_error *error);
void ocs_seek_table_free(struct ocs_budget *budget, struct ocs_seek_table *table);

/* The frame that holds the plain byte at `offset`, which is below plain_at[frames]. */
uint32_t ocs_seek_table_find(const struct ocs_seek_table *table, uint64_t offset);

/* ---- writing ---- */

struct ocs_seek_entry {
    uint32_t packed_bytes, plain_bytes;
};

/* `frames` is at most OCS_SEEK_FRAMES_MAX. */
uint64_t ocs_seek_table_bytes(uint32_t frames);

/* Into ocs_seek_table_bytes(frames) bytes. */
void ocs_seek_table_write(const struct ocs_seek_entry *entries, uint32_t frames,
                          unsigned char *bytes);

#endif
