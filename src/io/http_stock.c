/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_stock.h"

#include "checked.h"
#include "fail.h"
#include "http.h"
#include "loop_internal.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* A request costs a round trip, in which the others are to keep the line busy; but what is wanted
 * first shares the line with all that is under way. */
#define SMALLEST_PIECE (UINT64_C(1) << 20)
#define LARGEST_PIECE (UINT64_C(32) << 20)
#define TOUCHED_AT_ONCE (UINT64_C(2) << 20)

struct piece {
    uint64_t received;
    bool asked;
};

struct fetch {
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
    struct piece *pieces;
    struct fetch fetches[]; /* behind them the pieces */
};

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
    return sizeof(struct ocs_http_stock) + connections * sizeof(struct fetch) +
           pieces * sizeof(struct piece);
}

uint64_t ocs_http_stock_need(uint64_t bytes, unsigned connections)
{
    return ocs_budget_cost(bytes) + ocs_budget_cost(self_bytes(bytes, connections));
}

static uint64_t piece_end(const struct ocs_http_stock *stock, uint64_t piece)
{
    return ocs_min_u64((piece + 1) * stock->piece_bytes, stock->count);
}

bool ocs_http_stock_has(const struct ocs_http_stock *stock, uint64_t offset, uint64_t bytes)
{
    return offset >= stock->offset && offset - stock->offset <= stock->count &&
           bytes <= stock->count - (offset - stock->offset);
}

/* ---- which piece is next; under the lock ---- */

/* The first piece of [from, end) that was not asked for; `end`: there is none. */
static uint64_t first_unasked(const struct ocs_http_stock *stock, uint64_t from, uint64_t end)
{
    while (from < end && stock->pieces[from].asked)
        ++from;
    return from;
}

static bool choose(const struct ocs_http_stock *stock, uint64_t *piece_ret)
{
    for (const struct ocs_http_want *want = stock->wants; want; want = want->next) {
        const uint64_t end = ocs_div_up_u64(want->end - stock->offset, stock->piece_bytes);
        *piece_ret = first_unasked(stock, (want->first - stock->offset) / stock->piece_bytes, end);
        if (*piece_ret < end)
            return true;
    }
    *piece_ret = first_unasked(stock, 0, stock->piece_count);
    return *piece_ret < stock->piece_count;
}

/* ---- on the loop's thread ---- */

static void on_progress(struct ocs_http_transfer *transfer);

static void on_done(struct ocs_http_transfer *transfer);

static void start(struct ocs_http_stock *stock, struct fetch *fetch, uint64_t piece)
{
    const uint64_t from = piece * stock->piece_bytes;
    stock->pieces[piece].asked = true;
    ++stock->flying;
    *fetch = (struct fetch){
        .transfer = {.offset = stock->offset + from,
                     .bytes = piece_end(stock, piece) - from,
                     .to = stock->bytes + from,
                     .progress = on_progress,
                     .done = on_done},
        .stock = stock,
        .piece = piece,
        .flying = true,
    };
    ocs_http_start(stock->http, &fetch->transfer);
}

/* Under the lock. */
static void fill(struct ocs_http_stock *stock)
{
    uint64_t piece;
    for (unsigned i = 0; i < stock->fetch_count && !stock->stopped; ++i)
        if (!stock->fetches[i].flying && choose(stock, &piece))
            start(stock, &stock->fetches[i], piece);
}

static void on_post(struct ocs_loop_task *task, uv_loop_t *uv)
{
    (void)uv;
    struct ocs_http_stock *const stock = (struct ocs_http_stock *)task;
    uv_mutex_lock(&stock->lock);
    stock->posted = false;
    fill(stock);
    uv_cond_broadcast(&stock->changed);
    uv_mutex_unlock(&stock->lock); /* the last touch: a waiting close may free all this */
}

/* Under the lock. */
static bool has_come(const struct ocs_http_stock *stock, uint64_t from, uint64_t end)
{
    for (uint64_t piece = from / stock->piece_bytes; piece * stock->piece_bytes < end; ++piece) {
        const uint64_t received = piece * stock->piece_bytes + stock->pieces[piece].received;
        if (received < ocs_min_u64(end, piece_end(stock, piece)))
            return false;
    }
    return true;
}

/* Under the lock. Bytes come in many small steps, of which few are worth waking somebody. */
static void wake(struct ocs_http_stock *stock)
{
    for (const struct ocs_http_want *want = stock->wants; want; want = want->next)
        if (want->wait_from < want->wait_end && has_come(stock, want->wait_from, want->wait_end)) {
            uv_cond_broadcast(&stock->changed);
            return;
        }
}

static struct fetch *fetch_of(struct ocs_http_transfer *transfer)
{
    return (struct fetch *)((char *)transfer - offsetof(struct fetch, transfer));
}

static void on_progress(struct ocs_http_transfer *transfer)
{
    const struct fetch *const fetch = fetch_of(transfer);
    struct ocs_http_stock *const stock = fetch->stock;
    uv_mutex_lock(&stock->lock);
    stock->pieces[fetch->piece].received = transfer->received;
    wake(stock);
    uv_mutex_unlock(&stock->lock);
}

static void on_done(struct ocs_http_transfer *transfer)
{
    struct fetch *const fetch = fetch_of(transfer);
    struct ocs_http_stock *const stock = fetch->stock;
    uv_mutex_lock(&stock->lock);
    fetch->flying = false;
    --stock->flying;
    if (transfer->status != OCS_OK && stock->status == OCS_OK) {
        stock->stopped = true;
        stock->status = transfer->status;
        stock->error = transfer->error;
    }
    fill(stock);
    uv_cond_broadcast(&stock->changed);
    uv_mutex_unlock(&stock->lock); /* the last touch */
}

/* ---- on any other thread ---- */

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
    while (stock->status == OCS_OK && !has_come(stock, from, end))
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
    stock->task.run = on_post;
    stock->http = http;
    stock->budget = budget;
    stock->offset = offset;
    stock->count = bytes;
    stock->piece_bytes = piece_bytes_for(bytes, connections);
    stock->piece_count = ocs_div_up_u64(bytes, stock->piece_bytes);
    stock->fetch_count = connections;
    stock->pieces = (struct piece *)(stock->fetches + connections);
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
