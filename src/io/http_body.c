/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_body.h"

#include "checked.h"
#include "fail.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The file as a line of bytes:
 *
 *     0            answer_at        received
 *     |---------------|----------------|---------------- ...
 *      seen of this     to be passed    for the transfers that wait
 *      answer           over
 */
struct ocs_http_body {
    uv_timer_t timer;
    struct ocs_http *http;
    struct ocs_http_easy *easy;
    struct ocs_http_transfer *first, **end;
    uint64_t received, answer_at;
    struct ocs_http_headers headers;
    enum ocs_http_verdict verdict;
    struct ocs_http_retry retry;
    bool begun, running, held_up, complete;
    struct ocs_error error; /* its status is OCS_OK while all is well */
};

static uint64_t now_of(struct ocs_http_body *body)
{
    uv_update_time(body->timer.loop);
    return uv_now(body->timer.loop);
}

/* ---- transfers ---- */

static void finish_first(struct ocs_http_body *body)
{
    struct ocs_http_transfer *const transfer = body->first;
    body->first = transfer->next;
    if (!body->first)
        body->end = &body->first;
    transfer->status = body->error.status;
    if (transfer->status != OCS_OK)
        transfer->error = body->error;
    transfer->done(transfer); /* may end its life, and may start others */
}

static bool is_over(const struct ocs_http_body *body)
{
    return body->complete || body->error.status != OCS_OK;
}

/* Fills what waits; returns how many of the bytes found room. */
static size_t hand_out(struct ocs_http_body *body, const unsigned char *bytes, size_t count)
{
    size_t used = 0;
    while (used < count && body->first) {
        struct ocs_http_transfer *const transfer = body->first;
        const uint64_t now = ocs_min_u64(count - used, transfer->bytes - transfer->received);
        memcpy(transfer->to + transfer->received, bytes + used, now);
        transfer->received += now;
        used += now;
        if (transfer->received == transfer->bytes)
            finish_first(body);
    }
    return used;
}

/* ---- attempts ---- */

static void on_time(uv_timer_t *timer);

/* From the loop, not from within what is going on now. */
static void go_on_soon(struct ocs_http_body *body, uint64_t delay_ms)
{
    uv_timer_start(&body->timer, on_time, delay_ms, 0);
}

static void attempt(struct ocs_http_body *body)
{
    body->begun = true;
    body->answer_at = 0;
    body->headers = (struct ocs_http_headers){0};
    body->verdict = OCS_HTTP_UNSEEN;
    const struct ocs_http_request request = {.whole = true};
    body->running = ocs_http_easy_start(body->easy, &request);
    if (!body->running)
        ocs_fail(&body->error, OCS_LIMIT, "reading", body->http->file.shown, "no memory");
}

static void on_time(uv_timer_t *timer)
{
    struct ocs_http_body *const body = timer->data;
    if (!body->running && !is_over(body) && (body->first || body->begun))
        attempt(body);
    else if (body->held_up && body->first) {
        body->held_up = false;
        ocs_http_easy_continue(body->easy);
    }
    while (is_over(body) && body->first)
        finish_first(body);
}

static void try_again(struct ocs_http_body *body, const char *reason, uint64_t wait_s)
{
    const struct ocs_http_file *const file = &body->http->file;
    uint64_t delay_ms = 0;
    if (body->received > 0 && !file->state.etag[0] && !file->state.last_modified[0]) {
        ocs_fail(&body->error, OCS_IO, "reading", file->shown,
                 "%s, and the server has no way to go on", reason);
        ocs_advise(&body->error, "save the file and give its path");
    } else if (!ocs_http_retry_again(&body->retry, &body->http->patience, now_of(body), wait_s,
                                     file->shown, reason, &delay_ms, &body->error))
        delay_ms = 0;
    go_on_soon(body, delay_ms);
}

/* ---- calls of the request ---- */

static void on_line(void *owner, const char *line, size_t bytes)
{
    struct ocs_http_body *const body = owner;
    if (body->verdict == OCS_HTTP_UNSEEN)
        ocs_http_headers_line(&body->headers, line, bytes);
}

static void judge(struct ocs_http_body *body)
{
    if (body->verdict == OCS_HTTP_UNSEEN)
        body->verdict =
            ocs_http_judge(&body->http->file, &body->headers, 0, UINT64_MAX - 1, &body->error);
}

static enum ocs_http_go on_body(void *owner, const unsigned char *bytes, size_t count)
{
    struct ocs_http_body *const body = owner;
    judge(body);
    if (body->verdict != OCS_HTTP_TAKE)
        return OCS_HTTP_STOP;
    ocs_http_retry_refresh(&body->retry, now_of(body));
    const uint64_t known = ocs_min_u64(count, body->received - body->answer_at);
    body->received += hand_out(body, bytes + known, count - known);
    if (body->received < body->answer_at + count) { /* the same bytes come again */
        body->held_up = true;
        return OCS_HTTP_HOLD;
    }
    body->answer_at += count;
    return OCS_HTTP_GO_ON;
}

static void end_dropped(struct ocs_http_body *body, const struct ocs_http_end *end)
{
    struct ocs_error error;
    ocs_http_fail_status(&body->http->file, &body->headers, body->http->target.s3, &error);
    if (ocs_http_status_passes(body->headers.status)) {
        try_again(body, error.what, end->wait_s);
        return;
    }
    body->error = error;
    go_on_soon(body, 0);
}

/* Without a length from the server all that came is all there is. */
static void end_whole(struct ocs_http_body *body)
{
    const struct ocs_http_file *const file = &body->http->file;
    body->complete = file->bytes == UINT64_MAX || body->received == file->bytes;
    if (!body->complete)
        ocs_fail(&body->error, OCS_IO, "reading", file->shown,
                 "the server sent %llu bytes of a file of %llu", (unsigned long long)body->received,
                 (unsigned long long)file->bytes);
    go_on_soon(body, 0);
}

static void on_end(void *owner, const struct ocs_http_end *end)
{
    struct ocs_http_body *const body = owner;
    body->running = body->held_up = false;
    if (end->trouble == OCS_HTTP_NO_TROUBLE)
        judge(body);
    if (body->error.status != OCS_OK) {
        go_on_soon(body, 0);
    } else if (body->verdict == OCS_HTTP_DROP) {
        end_dropped(body, end);
    } else if (end->trouble == OCS_HTTP_NO_TROUBLE) {
        end_whole(body);
    } else if (end->trouble == OCS_HTTP_BROKEN || end->trouble == OCS_HTTP_UNREACHABLE) {
        try_again(body, end->what, 0);
    } else {
        ocs_fail(&body->error, OCS_IO, "reading", body->http->file.shown, "%s", end->what);
        ocs_advise(&body->error, "%s", end->advice);
        go_on_soon(body, 0);
    }
}

/* ---- the body ---- */

struct ocs_http_body *ocs_http_body_create(struct ocs_http *http, uv_loop_t *uv)
{
    static const struct ocs_http_calls calls = {on_line, on_body, on_end};
    struct ocs_http_body *const body = calloc(1, sizeof *body);
    if (!body)
        return NULL;
    body->easy = ocs_http_easy_create(http->multi, &http->target, &http->patience, &calls, body);
    if (!body->easy) {
        free(body);
        return NULL;
    }
    body->http = http;
    body->end = &body->first;
    uv_timer_init(uv, &body->timer); /* never fails */
    body->timer.data = body;
    return body;
}

static void free_body(uv_handle_t *timer)
{
    free(timer->data);
}

void ocs_http_body_close(struct ocs_http_body *body)
{
    assert(!body->first);
    if (body->running)
        ocs_http_easy_stop(body->easy);
    ocs_http_easy_destroy(body->easy);
    uv_close((uv_handle_t *)&body->timer, free_body);
}

void ocs_http_body_start(struct ocs_http_body *body, struct ocs_http_transfer *transfer)
{
    transfer->next = NULL;
    transfer->received = 0;
    *body->end = transfer;
    body->end = &transfer->next;
    if (!body->begun)
        ocs_http_retry_refresh(&body->retry, now_of(body));
    if (!body->begun || body->held_up || is_over(body))
        go_on_soon(body, 0);
}

void ocs_http_body_interrupt(struct ocs_http_body *body)
{
    if (body->running)
        ocs_http_easy_stop(body->easy);
    body->running = body->held_up = false;
    ocs_fail(&body->error, OCS_CANCELLED, "reading", body->http->file.shown, "interrupted");
    go_on_soon(body, 0);
}
