/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One transfer at a time, over as many attempts as patience allows. */
#include "http_internal.h"

#include "checked.h"
#include "fail.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Answers of no use are read to their end, which keeps the connection, but not for ever. */

static uint64_t now_of(struct ocs_http_lane *lane)
{
    uv_update_time(lane->timer.loop);
    return uv_now(lane->timer.loop);
}

static struct ocs_http_file *file_of(const struct ocs_http_lane *lane)
{
    struct ocs_http_object *const object = lane->transfer->object;
    return object ? &object->file : &lane->http->file;
}

/* What the transfer can get at most: all it wants, or what the file has of it. */
static uint64_t wanted_bytes(const struct ocs_http_lane *lane)
{
    const struct ocs_http_file *const file = file_of(lane);
    const uint64_t wanted = lane->transfer->bytes;
    return file->known
               ? ocs_min_u64(wanted, file->bytes - ocs_min_u64(file->bytes, lane->transfer->offset))
               : wanted;
}

/* ---- ends ---- */

static void finish(struct ocs_http_lane *lane)
{
    struct ocs_http_transfer *const transfer = lane->transfer;
    lane->transfer = NULL;
    transfer->done(transfer); /* may end its life, and may start others */
    ocs_http_dispatch(lane->http);
}

static void on_time(uv_timer_t *timer);

/* The transfer ends from the loop, not from within what is going on now. */
static void finish_soon(struct ocs_http_lane *lane)
{
    uv_timer_start(&lane->timer, on_time, 0, 0);
}

static void fail_soon(struct ocs_http_lane *lane, enum ocs_status status)
{
    lane->transfer->status = status;
    finish_soon(lane);
}

static void fail_memory(struct ocs_http_lane *lane)
{
    fail_soon(lane, ocs_fail(&lane->transfer->error, OCS_LIMIT, "reading", file_of(lane)->shown,
                             "no memory"));
}

/* ---- attempts ---- */

/* An entity tag that is weak, or none, leaves the date. */
static const char *validator_of(const struct ocs_http_file *file)
{
    if (!file->known || !file->ranges)
        return NULL;
    if (ocs_http_headers_strong_tag(&file->state))
        return file->state.etag;
    return file->state.last_modified[0] ? file->state.last_modified : NULL;
}

static void attempt(struct ocs_http_lane *lane)
{
    struct ocs_http_transfer *const transfer = lane->transfer;
    const struct ocs_http_file *const file = file_of(lane);
    if (file->known && !file->ranges) /* such a server begins anew */
        transfer->received = 0;
    lane->headers = (struct ocs_http_headers){0};
    lane->verdict = OCS_HTTP_UNSEEN;
    lane->dropped = 0;
    const struct ocs_http_request request = {
        .first = transfer->offset + transfer->received,
        .last = transfer->offset + transfer->bytes - 1,
        .if_range = validator_of(file),
        .url = transfer->object ? transfer->object->url : NULL,
    };
    lane->running = ocs_http_easy_start(lane->easy, &request);
    if (!lane->running)
        fail_memory(lane);
}

static void end_stalled(struct ocs_http_lane *lane);

static void on_time(uv_timer_t *timer)
{
    struct ocs_http_lane *const lane = timer->data;
    if (lane->running)
        end_stalled(lane);
    else if (lane->transfer->status == OCS_OK && lane->transfer->received < wanted_bytes(lane))
        attempt(lane);
    else
        finish(lane);
}

/* ---- another attempt ---- */

/* `wait_s`: what the server asks for, 0 for nothing. */
static void try_again(struct ocs_http_lane *lane, const char *reason, uint64_t wait_s)
{
    const struct ocs_http *const http = lane->http;
    uint64_t delay_ms;
    if (ocs_http_retry_again(&lane->retry, &http->patience, now_of(lane), wait_s,
                             file_of(lane)->shown, reason, &delay_ms, &lane->transfer->error))
        uv_timer_start(&lane->timer, on_time, delay_ms, 0);
    else
        fail_soon(lane, lane->transfer->error.status);
}

/* ---- stalls ---- */

/* libcurl looks for them too, but at the mean speed of some seconds: it takes that long to see that
 * what came fast has ended. Until an answer begins it sees them soon. */
static void watch(struct ocs_http_lane *lane)
{
    uv_timer_start(&lane->timer, on_time, lane->http->patience.stall_ms, 0);
}

static void end_stalled(struct ocs_http_lane *lane)
{
    char reason[64];
    snprintf(reason, sizeof reason, "the answer stopped for %.3g s",
             (double)lane->http->patience.stall_ms / 1000);
    ocs_http_easy_stop(lane->easy);
    lane->running = false;
    try_again(lane, reason, 0);
}

/* ---- calls of the request ---- */

/* Lines after the first bytes are trailers. */
static void on_line(void *owner, const char *line, size_t bytes)
{
    struct ocs_http_lane *const lane = owner;
    lane->http->reached = true;
    watch(lane);
    if (lane->verdict == OCS_HTTP_UNSEEN)
        ocs_http_headers_line(&lane->headers, line, bytes);
}

/* Of the file itself it is known before whether there are parts. */
static enum ocs_http_verdict refuse_whole(struct ocs_http_lane *lane)
{
    struct ocs_error *const error = &lane->transfer->error;
    ocs_fail(error, OCS_IO, "reading", file_of(lane)->shown,
             "the server gives no parts of files, only the whole");
    ocs_advise(error, "save it all and give its path");
    return OCS_HTTP_REFUSE;
}

static void judge(struct ocs_http_lane *lane)
{
    struct ocs_http_transfer *const transfer = lane->transfer;
    if (lane->verdict != OCS_HTTP_UNSEEN)
        return;
    lane->verdict =
        ocs_http_judge(file_of(lane), &lane->headers, transfer->offset + transfer->received,
                       transfer->offset + transfer->bytes - 1, &transfer->error);
    if (lane->verdict == OCS_HTTP_TAKE && transfer->object && transfer->offset > 0 &&
        !file_of(lane)->ranges)
        lane->verdict = refuse_whole(lane);
    if (lane->verdict == OCS_HTTP_REFUSE)
        transfer->status = transfer->error.status;
}

static enum ocs_http_go refuse_longer(struct ocs_http_lane *lane)
{
    struct ocs_http_transfer *const transfer = lane->transfer;
    transfer->status = ocs_fail(&transfer->error, OCS_IO, "reading", file_of(lane)->shown,
                                "the server sends more than the %llu bytes asked for",
                                (unsigned long long)transfer->bytes);
    lane->verdict = OCS_HTTP_REFUSE;
    return OCS_HTTP_STOP;
}

static enum ocs_http_go take(struct ocs_http_lane *lane, const unsigned char *bytes, size_t count)
{
    struct ocs_http_transfer *const transfer = lane->transfer;
    const uint64_t room = wanted_bytes(lane) - transfer->received;
    const uint64_t taken = ocs_min_u64(count, room);
    if (count > room && file_of(lane)->ranges)
        return refuse_longer(lane);
    memcpy(transfer->to + transfer->received, bytes, taken);
    transfer->received += taken;
    ocs_http_retry_refresh(&lane->retry, now_of(lane));
    if (transfer->progress)
        transfer->progress(transfer);
    /* Of the whole, what lies behind the wanted is left; at its end the connection stays. */
    const bool more = !file_of(lane)->ranges && file_of(lane)->bytes > transfer->received;
    return taken == room && more ? OCS_HTTP_STOP : OCS_HTTP_GO_ON;
}

static enum ocs_http_go on_body(void *owner, const unsigned char *bytes, size_t count)
{
    struct ocs_http_lane *const lane = owner;
    watch(lane);
    judge(lane);
    switch (lane->verdict) {
    case OCS_HTTP_TAKE:
        return take(lane, bytes, count);
    case OCS_HTTP_DROP:
        lane->dropped += count;
        return lane->dropped > OCS_HTTP_DROPPED_MAX ? OCS_HTTP_STOP : OCS_HTTP_GO_ON;
    default:
        return OCS_HTTP_STOP;
    }
}

static void end_dropped(struct ocs_http_lane *lane, const struct ocs_http_end *end)
{
    struct ocs_http *const http = lane->http;
    struct ocs_error error;
    ocs_http_fail_status(file_of(lane), &lane->headers, http->target.s3, &error);
    if (ocs_http_status_passes(lane->headers.status)) {
        try_again(lane, error.what, end->wait_s);
        return;
    }
    if (lane->transfer->object)
        lane->transfer->object->missing = ocs_http_status_missing(lane->headers.status);
    lane->transfer->error = error;
    fail_soon(lane, error.status);
}

static void end_short(struct ocs_http_lane *lane)
{
    struct ocs_http_transfer *const transfer = lane->transfer;
    ocs_fail(&transfer->error, OCS_IO, "reading", file_of(lane)->shown,
             "the server sent %llu of the %llu bytes asked for",
             (unsigned long long)transfer->received, (unsigned long long)wanted_bytes(lane));
    fail_soon(lane, OCS_IO);
}

/* The answer was whole: it may have been all there is, where nobody said how much that would be. */
static void end_early(struct ocs_http_lane *lane)
{
    struct ocs_http_transfer *const transfer = lane->transfer;
    struct ocs_http_file *const file = file_of(lane);
    if (!transfer->object || file->bytes != UINT64_MAX) {
        end_short(lane);
        return;
    }
    file->bytes = transfer->received;
    finish_soon(lane);
}

static void end_trouble(struct ocs_http_lane *lane, const struct ocs_http_end *end)
{
    const bool again = end->trouble == OCS_HTTP_BROKEN ||
                       (end->trouble == OCS_HTTP_UNREACHABLE && lane->http->reached);
    if (again) {
        try_again(lane, end->what, 0);
        return;
    }
    struct ocs_error *const error = &lane->transfer->error;
    ocs_fail(error, OCS_IO, "reading", file_of(lane)->shown, "%s", end->what);
    ocs_advise(error, "%s", end->advice);
    fail_soon(lane, OCS_IO);
}

static void on_end(void *owner, const struct ocs_http_end *end)
{
    struct ocs_http_lane *const lane = owner;
    lane->running = false;
    if (end->trouble == OCS_HTTP_NO_TROUBLE)
        judge(lane); /* there was no body */
    if (lane->transfer->status != OCS_OK)
        finish_soon(lane);
    else if (lane->verdict == OCS_HTTP_DROP)
        end_dropped(lane, end);
    else if (lane->verdict == OCS_HTTP_TAKE && lane->transfer->received == wanted_bytes(lane))
        finish_soon(lane);
    else if (end->trouble == OCS_HTTP_NO_TROUBLE)
        end_early(lane);
    else
        end_trouble(lane, end);
}

/* ---- the lane ---- */

struct ocs_http_lane *ocs_http_lane_create(struct ocs_http *http, uv_loop_t *uv)
{
    static const struct ocs_http_calls calls = {on_line, on_body, on_end};
    struct ocs_http_lane *const lane = calloc(1, sizeof *lane);
    if (!lane)
        return NULL;
    lane->easy = ocs_http_easy_create(http->multi, &http->target, &http->patience, &calls, lane);
    if (!lane->easy) {
        free(lane);
        return NULL;
    }
    lane->http = http;
    uv_timer_init(uv, &lane->timer); /* never fails */
    lane->timer.data = lane;
    return lane;
}

static void free_lane(uv_handle_t *timer)
{
    free(timer->data);
}

void ocs_http_lane_close(struct ocs_http_lane *lane)
{
    assert(!lane->transfer);
    ocs_http_easy_destroy(lane->easy);
    uv_close((uv_handle_t *)&lane->timer, free_lane);
}

void ocs_http_lane_start(struct ocs_http_lane *lane, struct ocs_http_transfer *transfer)
{
    assert(!lane->transfer);
    transfer->received = 0;
    transfer->status = OCS_OK;
    lane->transfer = transfer;
    ocs_http_retry_refresh(&lane->retry, now_of(lane));
    if (lane->http->stopped)
        ocs_http_lane_interrupt(lane);
    else
        attempt(lane);
}

void ocs_http_lane_interrupt(struct ocs_http_lane *lane)
{
    if (!lane->transfer)
        return;
    if (lane->running)
        ocs_http_easy_stop(lane->easy);
    lane->running = false;
    fail_soon(lane, ocs_fail(&lane->transfer->error, OCS_CANCELLED, "reading", file_of(lane)->shown,
                             "interrupted"));
}
