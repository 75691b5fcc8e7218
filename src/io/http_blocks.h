/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_BLOCKS_H
#define OCS_HTTP_BLOCKS_H

/* The blocks of a file that were read last. Rows here and there are small, and every request costs
 * a trip to the server: what lies near one row will be wanted soon. Any number of threads. */

#include "occustream/error.h"

struct ocs_http;
struct ocs_http_blocks;

enum { OCS_HTTP_BLOCK_BYTES = 256 << 10, OCS_HTTP_BLOCKS = 4 };

OCS_MUST_USE enum ocs_status ocs_http_blocks_create(struct ocs_http_blocks **blocks_ret,
                                                    struct ocs_error *error);

/* NULL is fine. */
void ocs_http_blocks_destroy(struct ocs_http_blocks *blocks);

/* As ocs_http_read, of a file of `file_bytes`. `fetch` gets what is not here. */
typedef enum ocs_status ocs_http_fetch(struct ocs_http *http, uint64_t offset, void *to,
                                       uint64_t bytes, struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_http_blocks_read(struct ocs_http_blocks *blocks,
                                                  struct ocs_http *http, ocs_http_fetch *fetch,
                                                  uint64_t file_bytes, uint64_t offset, void *to,
                                                  uint64_t bytes, struct ocs_error *error);

#endif
