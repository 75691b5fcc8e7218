/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_body.h"

#include "checked.h"
#include "fail.h"
#include "http_blocks.h"
#include "loop_internal.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- on the loop's thread ---- */

static struct ocs_http_lane *idle_lane(struct ocs_http *http, uv_loop_t *uv)
{
    const unsigned most = atomic_load(&http->connections);
    for (unsigned i = 0; i < http->lane_count && i < most; ++i)
        if (!http->lanes[i]->transfer)
            return http->lanes[i];
    if (http->lane_count >= most)
        return NULL;
    struct ocs_http_lane *const lane = ocs_http_lane_create(http, uv);
    if (lane) /* otherwise the others have to do: there is one */
        http->lanes[http->lane_count++] = lane;
    return lane;
}

void ocs_http_dispatch(struct ocs_http *http)
{
    uv_loop_t *const uv = http->lanes[0]->timer.loop;
    while (http->first) {
        struct ocs_http_lane *const lane = idle_lane(http, uv);
        if (!lane)
            return;
        struct ocs_http_transfer *const transfer = http->first;
        http->first = transfer->next;
        if (!http->first)
            http->end = &http->first;
        ocs_http_lane_start(lane, transfer);
    }
}

void ocs_http_start(struct ocs_http *http, struct ocs_http_transfer *transfer)
{
    assert(transfer->bytes > 0);
    if (http->body) {
        ocs_http_body_start(http->body, transfer);
        return;
    }
    transfer->next = NULL;
    *http->end = transfer;
    http->end = &transfer->next;
    ocs_http_dispatch(http);
}

/* ---- things to do there, waited for here ---- */

typedef enum ocs_status errand_run(struct ocs_http *http, uv_loop_t *uv, struct ocs_error *error);

struct errand {
    struct ocs_loop_task task;
    struct ocs_http *http;
    errand_run *run;
    uv_sem_t done;
    enum ocs_status status;
    struct ocs_error *error;
};

static void run_errand(struct ocs_loop_task *task, uv_loop_t *uv)
{
    struct errand *const errand = (struct errand *)task;
    errand->status = errand->run(errand->http, uv, errand->error);
    uv_sem_post(&errand->done); /* the last touch */
}

static enum ocs_status on_loop(struct ocs_http *http, errand_run *run, struct ocs_error *error)
{
    struct errand errand = {.task.run = run_errand, .http = http, .run = run, .error = error};
    const int result = uv_sem_init(&errand.done, 0);
    if (result != 0)
        return ocs_fail_system(error, "reading", http->target.shown, -result);
    ocs_loop_post(http->loop, &errand.task);
    uv_sem_wait(&errand.done);
    uv_sem_destroy(&errand.done);
    return errand.status;
}

/* A peer that closes must not end the program: of the libraries below not all prevent the signal.
 */
static enum ocs_status set_up(struct ocs_http *http, uv_loop_t *uv, struct ocs_error *error)
{
    sigset_t pipe_broken;
    sigemptyset(&pipe_broken);
    sigaddset(&pipe_broken, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_broken, NULL);
    const enum ocs_status status = ocs_http_easy_multi(uv, &http->multi, error);
    if (status != OCS_OK)
        return status;
    http->lanes[0] = ocs_http_lane_create(http, uv);
    http->lane_count = http->lanes[0] ? 1 : 0;
    return http->lanes[0] ? OCS_OK
                          : ocs_fail(error, OCS_LIMIT, "opening", http->target.shown, "no memory");
}

static enum ocs_status tear_down(struct ocs_http *http, uv_loop_t *uv, struct ocs_error *error)
{
    (void)uv;
    (void)error;
    for (unsigned i = 0; i < http->lane_count; ++i)
        ocs_http_lane_close(http->lanes[i]);
    if (http->body)
        ocs_http_body_close(http->body);
    if (http->multi)
        ocs_http_easy_close_multi(http->multi);
    return OCS_OK;
}

static enum ocs_status stop_all(struct ocs_http *http, uv_loop_t *uv, struct ocs_error *error)
{
    (void)uv;
    (void)error;
    http->stopped = true; /* those who wait for a lane are ended when they get one */
    for (unsigned i = 0; i < http->lane_count; ++i)
        ocs_http_lane_interrupt(http->lanes[i]);
    if (http->body)
        ocs_http_body_interrupt(http->body);
    return OCS_OK;
}

void ocs_http_interrupt(struct ocs_http *http)
{
    struct ocs_error error;
    const enum ocs_status status = on_loop(http, stop_all, &error);
    (void)status; /* without it the end only comes later */
}

/* ---- waiting reads ---- */

struct waiting {
    struct ocs_loop_task task;
    struct ocs_http_transfer transfer;
    struct ocs_http *http;
    uv_sem_t done;
};

static void start_waiting(struct ocs_loop_task *task, uv_loop_t *uv)
{
    (void)uv;
    struct waiting *const waiting = (struct waiting *)task;
    ocs_http_start(waiting->http, &waiting->transfer);
}

static void end_waiting(struct ocs_http_transfer *transfer)
{
    struct waiting *const waiting =
        (struct waiting *)((char *)transfer - offsetof(struct waiting, transfer));
    uv_sem_post(&waiting->done); /* the last touch */
}

static enum ocs_status read_at(struct ocs_http *http, uint64_t offset, void *to, uint64_t bytes,
                               struct ocs_error *error)
{
    struct waiting waiting = {
        .task.run = start_waiting,
        .transfer = {.offset = offset, .bytes = bytes, .to = to, .done = end_waiting},
        .http = http,
    };
    const int result = uv_sem_init(&waiting.done, 0);
    if (result != 0)
        return ocs_fail_system(error, "reading", http->target.shown, -result);
    ocs_loop_post(http->loop, &waiting.task);
    uv_sem_wait(&waiting.done);
    uv_sem_destroy(&waiting.done);
    if (waiting.transfer.status != OCS_OK)
        *error = waiting.transfer.error;
    return waiting.transfer.status;
}

static enum ocs_status refuse_whole(const struct ocs_http *http, struct ocs_error *error)
{
    ocs_fail(error, OCS_IO, "reading", http->target.shown,
             "the server gives no parts of the file, only the whole");
    ocs_advise(error, "save the file and give its path");
    return OCS_IO;
}

enum ocs_status ocs_http_read(struct ocs_http *http, uint64_t offset, void *to, uint64_t bytes,
                              struct ocs_error *error)
{
    assert(offset <= http->file.bytes && bytes <= http->file.bytes - offset);
    unsigned char *const at = to;
    uint64_t known = 0;
    if (offset < OCS_HTTP_HEAD_BYTES) {
        known = ocs_min_u64(bytes, OCS_HTTP_HEAD_BYTES - offset);
        memcpy(at, http->head + offset, known);
    }
    if (known == bytes)
        return OCS_OK;
    if (!http->file.ranges)
        return refuse_whole(http, error);
    offset += known;
    bytes -= known;
    return bytes < OCS_HTTP_BLOCK_BYTES
               ? ocs_http_blocks_read(http->blocks, http, read_at, http->file.bytes, offset,
                                      at + known, bytes, error)
               : read_at(http, offset, at + known, bytes, error);
}

/* ---- opening and closing ---- */

static enum ocs_status set_up_body(struct ocs_http *http, uv_loop_t *uv, struct ocs_error *error)
{
    http->body = ocs_http_body_create(http, uv);
    return http->body ? OCS_OK
                      : ocs_fail(error, OCS_LIMIT, "opening", http->target.shown, "no memory");
}

static enum ocs_status open_server(struct ocs_http *http, struct ocs_error *error)
{
    enum ocs_status status = ocs_http_patience_read(&http->patience, error);
    if (status == OCS_OK)
        status = ocs_http_blocks_create(&http->blocks, error);
    if (status == OCS_OK)
        status = ocs_loop_create(&http->loop, error);
    if (status == OCS_OK)
        status = on_loop(http, set_up, error);
    return status;
}

static enum ocs_status open_file(struct ocs_http *http, struct ocs_error *error)
{
    enum ocs_status status = read_at(http, 0, http->head, OCS_HTTP_HEAD_BYTES, error);
    if (status == OCS_OK && !http->file.ranges)
        status = on_loop(http, set_up_body, error);
    return status;
}

static enum ocs_status open_location(const char *location, bool is_file, struct ocs_http **http_ret,
                                     struct ocs_error *error)
{
    struct ocs_http *const http = calloc(1, sizeof *http);
    if (!http)
        return ocs_fail(error, OCS_LIMIT, "opening", NULL, "no memory");
    enum ocs_status status = ocs_http_target_make(location, &http->target, error);
    http->file.shown = http->target.shown;
    http->end = &http->first;
    atomic_store(&http->connections, OCS_CONNECTIONS_DEFAULT);
    if (status == OCS_OK)
        status = open_server(http, error);
    if (status == OCS_OK && is_file)
        status = open_file(http, error);
    if (status != OCS_OK) {
        ocs_http_close(http);
        return status;
    }
    *http_ret = http;
    return OCS_OK;
}

enum ocs_status ocs_http_open(const char *location, struct ocs_http **http_ret,
                              struct ocs_error *error)
{
    return open_location(location, true, http_ret, error);
}

enum ocs_status ocs_http_open_base(const char *location, struct ocs_http **http_ret,
                                   struct ocs_error *error)
{
    return open_location(location, false, http_ret, error);
}

void ocs_http_close(struct ocs_http *http)
{
    if (!http)
        return;
    if (http->loop) {
        struct ocs_error error;
        const enum ocs_status status = on_loop(http, tear_down, &error);
        assert(status == OCS_OK);
        (void)status;
        ocs_loop_destroy(http->loop);
    }
    ocs_http_blocks_destroy(http->blocks);
    ocs_http_target_clear(&http->target);
    free(http);
}

bool ocs_http_comes_once(const struct ocs_http *http)
{
    return !http->file.ranges;
}

uint64_t ocs_http_bytes(const struct ocs_http *http)
{
    return http->file.bytes;
}

void ocs_http_state(const struct ocs_http *http, char *state_ret, size_t state_bytes)
{
    snprintf(state_ret, state_bytes, "%s %s", http->file.state.etag,
             http->file.state.last_modified);
}

const char *ocs_http_shown(const struct ocs_http *http)
{
    return http->target.shown;
}

struct ocs_loop *ocs_http_loop(const struct ocs_http *http)
{
    return http->loop;
}

void ocs_http_set_connections(struct ocs_http *http, unsigned connections)
{
    assert(connections >= 1 && connections <= OCS_CONNECTIONS_MAX);
    atomic_store(&http->connections, connections);
}

enum { URL_BYTES = 2 << 20, CONNECTION_BYTES = 96 << 10 };

uint64_t ocs_http_outside_bytes(const struct ocs_http *http)
{
    return URL_BYTES + atomic_load(&http->connections) * (uint64_t)CONNECTION_BYTES;
}

unsigned ocs_http_connections(const struct ocs_http *http)
{
    return atomic_load(&http->connections);
}
