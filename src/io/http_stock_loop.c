/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The side of a stock that runs on the loop's thread: which piece is asked for when, and what has
 * come of it. */
#include "http_stock_internal.h"

#include "checked.h"

#include <stddef.h>

/* ---- pieces ---- */

uint64_t ocs_http_stock_piece_end(const struct ocs_http_stock *stock, uint64_t piece)
{
    return ocs_min_u64((piece + 1) * stock->piece_bytes, stock->count);
}

bool ocs_http_stock_has_come(const struct ocs_http_stock *stock, uint64_t from, uint64_t end)
{
    for (uint64_t piece = from / stock->piece_bytes; piece * stock->piece_bytes < end; ++piece) {
        const uint64_t received = piece * stock->piece_bytes + stock->pieces[piece].received;
        if (received < ocs_min_u64(end, ocs_http_stock_piece_end(stock, piece)))
            return false;
    }
    return true;
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

/* ---- fetching ---- */

static void on_progress(struct ocs_http_transfer *transfer);

static void on_done(struct ocs_http_transfer *transfer);

static void start(struct ocs_http_stock *stock, struct ocs_stock_fetch *fetch, uint64_t piece)
{
    const uint64_t from = piece * stock->piece_bytes;
    stock->pieces[piece].asked = true;
    ++stock->flying;
    *fetch = (struct ocs_stock_fetch){
        .transfer = {.offset = stock->offset + from,
                     .bytes = ocs_http_stock_piece_end(stock, piece) - from,
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

void ocs_http_stock_on_post(struct ocs_loop_task *task, uv_loop_t *uv)
{
    (void)uv;
    struct ocs_http_stock *const stock = (struct ocs_http_stock *)task;
    uv_mutex_lock(&stock->lock);
    stock->posted = false;
    fill(stock);
    uv_cond_broadcast(&stock->changed);
    uv_mutex_unlock(&stock->lock); /* the last touch: a waiting close may free all this */
}

/* Under the lock. Bytes come in many small steps, of which few are worth waking somebody. */
static void wake(struct ocs_http_stock *stock)
{
    for (const struct ocs_http_want *want = stock->wants; want; want = want->next)
        if (want->wait_from < want->wait_end &&
            ocs_http_stock_has_come(stock, want->wait_from, want->wait_end)) {
            uv_cond_broadcast(&stock->changed);
            return;
        }
}

static struct ocs_stock_fetch *fetch_of(struct ocs_http_transfer *transfer)
{
    return (struct ocs_stock_fetch *)((char *)transfer -
                                      offsetof(struct ocs_stock_fetch, transfer));
}

static void on_progress(struct ocs_http_transfer *transfer)
{
    const struct ocs_stock_fetch *const fetch = fetch_of(transfer);
    struct ocs_http_stock *const stock = fetch->stock;
    uv_mutex_lock(&stock->lock);
    stock->pieces[fetch->piece].received = transfer->received;
    wake(stock);
    uv_mutex_unlock(&stock->lock);
}

static void on_done(struct ocs_http_transfer *transfer)
{
    struct ocs_stock_fetch *const fetch = fetch_of(transfer);
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
