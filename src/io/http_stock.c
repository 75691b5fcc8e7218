/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The side of a stock that runs on its readers' threads. */
#include "http_stock_internal.h"

#include "checked.h"
#include "fail.h"

#include <assert.h>
#include <string.h>

/* A request costs a round trip, in which the others are to keep the line busy; but what is wanted
 * first shares the line with all that is under way. */
#define SMALLEST_PIECE (UINT64_C(1) << 20)
#define LARGEST_PIECE (UINT64_C(32) << 20)
#define TOUCHED_AT_ONCE (UINT64_C(2) << 20)

/* ---- shape ---- */

/* Small files are shared among the connections. */
static uint64_t piece_bytes_for(uint64_t bytes, unsigned connections)
{
    const uint64_t share =
        ocs_div_up_u64(ocs_div_up_u64(bytes, connections), SMALLEST_PIECE) * SMALLEST_PIECE;
    return ocs_min_u64(share, LARGEST_PIECE);
}

static uint64_t self_bytes(uint64_t bytes, unsigned connections)
{
    const uint64_t pieces = ocs_div_up_u64(bytes, piece_bytes_for(bytes, connections));
    return sizeof(struct ocs_http_stock) + connections * sizeof(struct ocs_stock_fetch) +
           pieces * sizeof(struct ocs_stock_piece);
}

uint64_t ocs_http_stock_need(uint64_t bytes, unsigned connections)
{
    return ocs_budget_cost(bytes) + ocs_budget_cost(self_bytes(bytes, connections));
}

bool ocs_http_stock_has(const struct ocs_http_stock *stock, uint64_t offset, uint64_t bytes)
{
    return offset >= stock->offset && offset - stock->offset <= stock->count &&
           bytes <= stock->count - (offset - stock->offset);
}

/* ---- reading ---- */

void ocs_http_stock_want(struct ocs_http_stock *stock, struct ocs_http_want *want)
{
    assert(ocs_http_stock_has(stock, want->first, want->end - want->first));
    want->wait_from = want->wait_end = 0;
    want->next = NULL;
    uv_mutex_lock(&stock->lock);
    struct ocs_http_want **end = &stock->wants;
    while (*end)
        end = &(*end)->next;
    *end = want;
    uv_mutex_unlock(&stock->lock);
}

void ocs_http_stock_forget(struct ocs_http_stock *stock, struct ocs_http_want *want)
{
    uv_mutex_lock(&stock->lock);
    struct ocs_http_want **at = &stock->wants;
    while (*at != want)
        at = &(*at)->next;
    *at = want->next;
    uv_mutex_unlock(&stock->lock);
}

/* Memory that was never touched costs its first writer a fault a page, which is much where a
 * machine is not a real one. The loop has enough to do; who waits for bytes has not. Under the
 * lock, which is let go meanwhile. False: all was touched. */
static bool touch(struct ocs_http_stock *stock)
{
    const uint64_t from = stock->touched;
    const uint64_t bytes = ocs_min_u64(TOUCHED_AT_ONCE, stock->count - from);
    if (bytes == 0)
        return false;
    stock->touched += bytes;
    uv_mutex_unlock(&stock->lock);
    ocs_budget_touch(stock->bytes, from, bytes);
    uv_mutex_lock(&stock->lock);
    return true;
}

enum ocs_status ocs_http_stock_bring(struct ocs_http_stock *stock, struct ocs_http_want *want,
                                     uint64_t offset, uint64_t bytes, const unsigned char **at_ret,
                                     struct ocs_error *error)
{
    assert(ocs_http_stock_has(stock, offset, bytes));
    const uint64_t from = offset - stock->offset, end = from + bytes;
    uv_mutex_lock(&stock->lock);
    want->first = offset;
    want->wait_from = from;
    want->wait_end = end;
    while (stock->status == OCS_OK && !ocs_http_stock_has_come(stock, from, end))
        if (!touch(stock))
            uv_cond_wait(&stock->changed, &stock->lock);
    want->wait_end = from;
    const enum ocs_status status = stock->status;
    if (status != OCS_OK)
        *error = stock->error;
    uv_mutex_unlock(&stock->lock);
    *at_ret = stock->bytes + from;
    return status;
}

/* What comes next is likely to be wanted next. */
enum ocs_status ocs_http_stock_read(struct ocs_http_stock *stock, uint64_t offset, void *to,
                                    uint64_t bytes, struct ocs_error *error)
{
    const uint64_t end = stock->offset + stock->count;
    struct ocs_http_want want = {
        .first = offset,
        .end = offset + ocs_min_u64(bytes + stock->piece_bytes, end - offset),
    };
    const unsigned char *at;
    ocs_http_stock_want(stock, &want);
    const enum ocs_status status = ocs_http_stock_bring(stock, &want, offset, bytes, &at, error);
    ocs_http_stock_forget(stock, &want);
    if (status == OCS_OK)
        memcpy(to, at, bytes);
    return status;
}

/* ---- opening and closing ---- */

static int start_synchronisation(struct ocs_http_stock *stock)
{
    const int result = uv_mutex_init(&stock->lock);
    if (result != 0)
        return result;
    const int second = uv_cond_init(&stock->changed);
    if (second != 0)
        uv_mutex_destroy(&stock->lock);
    return second;
}

static enum ocs_status set_up(struct ocs_http_stock *stock, struct ocs_error *error)
{
    stock->bytes = ocs_budget_alloc_slowly(stock->budget, stock->count, error);
    if (!stock->bytes)
        return error->status;
    const int result = start_synchronisation(stock);
    if (result == 0)
        return OCS_OK;
    ocs_budget_free(stock->budget, stock->bytes);
    return ocs_fail_system(error, "reading", ocs_http_shown(stock->http), -result);
}

enum ocs_status ocs_http_stock_open(struct ocs_http *http, struct ocs_budget *budget,
                                    uint64_t offset, uint64_t bytes,
                                    struct ocs_http_stock **stock_ret, struct ocs_error *error)
{
    assert(bytes > 0 && !ocs_http_comes_once(http));
    const unsigned connections = ocs_http_connections(http);
    struct ocs_http_stock *const stock =
        ocs_budget_alloc(budget, self_bytes(bytes, connections), error);
    if (!stock)
        return error->status;
    stock->task.run = ocs_http_stock_on_post;
    stock->http = http;
    stock->budget = budget;
    stock->offset = offset;
    stock->count = bytes;
    stock->piece_bytes = piece_bytes_for(bytes, connections);
    stock->piece_count = ocs_div_up_u64(bytes, stock->piece_bytes);
    stock->fetch_count = connections;
    stock->pieces = (struct ocs_stock_piece *)(stock->fetches + connections);
    const enum ocs_status status = set_up(stock, error);
    if (status != OCS_OK) {
        ocs_budget_free(budget, stock);
        return status;
    }
    stock->posted = true;
    ocs_loop_post(ocs_http_loop(http), &stock->task);
    *stock_ret = stock;
    return OCS_OK;
}

void ocs_http_stock_close(struct ocs_http_stock *stock)
{
    if (!stock)
        return;
    assert(!stock->wants);
    uv_mutex_lock(&stock->lock);
    stock->stopped = true;
    while (stock->posted)
        uv_cond_wait(&stock->changed, &stock->lock);
    const bool flying = stock->flying > 0;
    uv_mutex_unlock(&stock->lock);
    if (flying)
        ocs_http_interrupt(stock->http);
    uv_mutex_lock(&stock->lock);
    while (stock->flying > 0)
        uv_cond_wait(&stock->changed, &stock->lock);
    uv_mutex_unlock(&stock->lock);
    uv_cond_destroy(&stock->changed);
    uv_mutex_destroy(&stock->lock);
    struct ocs_budget *const budget = stock->budget;
    ocs_budget_free(budget, stock->bytes);
    ocs_budget_free(budget, stock);
}
