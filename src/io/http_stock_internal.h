/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_STOCK_INTERNAL_H
#define OCS_HTTP_STOCK_INTERNAL_H

/* What the readers' threads and the loop's thread share. */

#include "http.h"
#include "http_stock.h"
#include "loop_internal.h"

struct ocs_stock_piece {
    uint64_t received;
    bool asked;
};

struct ocs_stock_fetch {
    struct ocs_http_transfer transfer;
    struct ocs_http_stock *stock;
    uint64_t piece;
    bool flying;
};

/*      offset
 *        |  piece 0  |  piece 1  |  piece 2  | rest |
 *        |###########|####       |##         |      |     # received
 *                     <- fetch -> <- fetch ->
 */
struct ocs_http_stock {
    struct ocs_loop_task task; /* starts the first fetches */
    struct ocs_http *http;
    struct ocs_budget *budget;
    unsigned char *bytes;
    uint64_t offset, count;
    uint64_t piece_bytes, piece_count;
    unsigned fetch_count;

    uv_mutex_t lock; /* of what follows; bytes not yet received belong to the loop alone */
    uv_cond_t changed;
    bool posted, stopped; /* nothing more is asked for: a failure, or closing */
    unsigned flying;
    uint64_t touched;       /* from the front: pages that are resident, or soon */
    enum ocs_status status; /* `error` is filled when it is a failure */
    struct ocs_error error;
    struct ocs_http_want *wants; /* the first one first */
    struct ocs_stock_piece *pieces;
    struct ocs_stock_fetch fetches[]; /* behind them the pieces */
};

/* The task: asks for the first pieces. */
void ocs_http_stock_on_post(struct ocs_loop_task *task, uv_loop_t *uv);

/* Where a piece ends, in bytes from the front of the part. */
uint64_t ocs_http_stock_piece_end(const struct ocs_http_stock *stock, uint64_t piece);

/* Under the lock: whether the bytes from `from` to before `end` of the part are there. */
bool ocs_http_stock_has_come(const struct ocs_http_stock *stock, uint64_t from, uint64_t end);

#endif
