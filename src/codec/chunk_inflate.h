/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CHUNK_INFLATE_H
#define OCS_CHUNK_INFLATE_H

/* One member of gzip, or one stream of zlib, at once. Memory from the budget. */

#include "budget.h"

#include <stdbool.h>
#include <zlib.h>

struct ocs_chunk_inflate {
    z_stream z;
    bool started;
};

uint64_t ocs_chunk_inflate_need(void);

/* OCS_LIMIT when there is no memory. */
OCS_MUST_USE enum ocs_status ocs_chunk_inflate_open(struct ocs_chunk_inflate *inflate_ret,
                                                    struct ocs_budget *budget, bool gzip,
                                                    struct ocs_error *error);

/* NULL when the `count` bytes give exactly `plain_bytes`, each less than 4 GiB; otherwise what is
 * wrong, in one clause. */
const char *ocs_chunk_inflate_run(struct ocs_chunk_inflate *inflater, const unsigned char *bytes,
                                  uint64_t count, unsigned char *plain, uint64_t plain_bytes);
void ocs_chunk_inflate_close(struct ocs_chunk_inflate *inflater);

#endif
