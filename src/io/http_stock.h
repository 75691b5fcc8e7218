/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_STOCK_H
#define OCS_HTTP_STOCK_H

/* A part of a URL's file in memory, for what is read more than once: every byte crosses the network
 * once. All of it is asked for from the opening on, in pieces, with as many requests under way as
 * there are connections: first what somebody wants, in the order in which they came, then the rest
 * from the front. What has come of a piece can be used before the piece is whole. */

#include "budget.h"

#include <stdbool.h>

struct ocs_http;
struct ocs_http_stock;

/* What its owner is going to read, from `first` to before `end`, in that order. */
struct ocs_http_want {
    uint64_t first, end;

    /* of the stock */
    uint64_t wait_from, wait_end; /* equal: it does not wait */
    struct ocs_http_want *next;
};

/* What it takes from the budget over so many connections. */
uint64_t ocs_http_stock_need(uint64_t bytes, unsigned connections);

/* Bytes [offset, offset + bytes) of the file, at least one, which must be there; the server must
 * give parts. */
OCS_MUST_USE enum ocs_status ocs_http_stock_open(struct ocs_http *http, struct ocs_budget *budget,
                                                 uint64_t offset, uint64_t bytes,
                                                 struct ocs_http_stock **stock_ret,
                                                 struct ocs_error *error);

/* Nobody may want anything. What is still on its way is interrupted, and `http` with it. NULL is
 * fine. */
void ocs_http_stock_close(struct ocs_http_stock *stock);

bool ocs_http_stock_has(const struct ocs_http_stock *stock, uint64_t offset, uint64_t bytes);

/* Any thread: puts the want behind those that are there, or takes it away. */
void ocs_http_stock_want(struct ocs_http_stock *stock, struct ocs_http_want *want);
void ocs_http_stock_forget(struct ocs_http_stock *stock, struct ocs_http_want *want);

/* Where the bytes [offset, offset + bytes) of the want are, waiting for them; valid until the stock
 * is closed. The want then begins there. The failure of any piece is met by everybody from then on.
 */
OCS_MUST_USE enum ocs_status ocs_http_stock_bring(struct ocs_http_stock *stock,
                                                  struct ocs_http_want *want, uint64_t offset,
                                                  uint64_t bytes, const unsigned char **at_ret,
                                                  struct ocs_error *error);

/* A copy, without a want of the caller's. */
OCS_MUST_USE enum ocs_status ocs_http_stock_read(struct ocs_http_stock *stock, uint64_t offset,
                                                 void *to, uint64_t bytes, struct ocs_error *error);

#endif
