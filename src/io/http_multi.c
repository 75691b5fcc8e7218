/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_multi.h"

#include <stdlib.h>

struct ocs_http_multi {
    uv_timer_t timer; /* libcurl's only one; first, so that its closing frees all this */
    uv_loop_t *uv;
    struct ocs_curl curl;
    CURLM *handle;
    ocs_http_multi_ended *ended;
    struct watch *watches;
};

/* A socket libcurl waits for. */
struct watch {
    uv_poll_t poll;
    struct ocs_http_multi *multi;
    curl_socket_t socket;
    struct watch *before, *next;
};

/* Those who hear of the end may start the handle again, so it leaves first. */
static void tell_of_ends(struct ocs_http_multi *multi)
{
    int left;
    const CURLMsg *message;
    while ((message = multi->curl.multi_info_read(multi->handle, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURL *const easy = message->easy_handle;
        const CURLcode code = message->data.result;
        multi->curl.multi_remove_handle(multi->handle, easy);
        multi->ended(&multi->curl, easy, code);
    }
}

static void act(struct ocs_http_multi *multi, curl_socket_t socket, int events)
{
    int running;
    multi->curl.multi_socket_action(multi->handle, socket, events, &running);
    tell_of_ends(multi);
}

/* ---- sockets ---- */

static void on_ready(uv_poll_t *poll, int failure, int events)
{
    const struct watch *const watch = poll->data;
    int flags = failure < 0 ? CURL_CSELECT_ERR : 0;
    if (events & UV_READABLE)
        flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        flags |= CURL_CSELECT_OUT;
    act(watch->multi, watch->socket, flags);
}

static void free_watch(uv_handle_t *handle)
{
    free(handle->data);
}

static void unwatch(struct watch *watch)
{
    if (watch->before)
        watch->before->next = watch->next;
    else
        watch->multi->watches = watch->next;
    if (watch->next)
        watch->next->before = watch->before;
    uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, free_watch);
}

static struct watch *watch_socket(struct ocs_http_multi *multi, curl_socket_t socket)
{
    struct watch *const watch = calloc(1, sizeof *watch);
    if (!watch || uv_poll_init_socket(multi->uv, &watch->poll, socket) != 0) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->multi = multi;
    watch->socket = socket;
    watch->next = multi->watches;
    if (watch->next)
        watch->next->before = watch;
    multi->watches = watch;
    multi->curl.multi_assign(multi->handle, socket, watch);
    return watch;
}

/* A socket that cannot be watched stalls its transfer, which the limit on stalls then ends. */
static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *assigned)
{
    (void)easy;
    struct ocs_http_multi *const multi = user;
    struct watch *watch = assigned;
    if (what == CURL_POLL_REMOVE) {
        if (watch)
            unwatch(watch);
        multi->curl.multi_assign(multi->handle, socket, NULL);
        return 0;
    }
    if (!watch)
        watch = watch_socket(multi, socket);
    if (!watch)
        return -1;
    const int events =
        (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&watch->poll, events, on_ready) == 0 ? 0 : -1;
}

/* ---- time ---- */

static void on_time(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl must not be called from in here: its "at once" becomes a millisecond. */
static int on_timeout(CURLM *handle, long milliseconds, void *user)
{
    (void)handle;
    struct ocs_http_multi *const multi = user;
    if (milliseconds < 0) {
        uv_timer_stop(&multi->timer);
    } else {
        uv_update_time(multi->uv);
        uv_timer_start(&multi->timer, on_time, milliseconds > 0 ? (uint64_t)milliseconds : 1, 0);
    }
    return 0;
}

/* ---- the whole ---- */

struct ocs_http_multi *ocs_http_multi_create(uv_loop_t *uv, const struct ocs_curl *curl,
                                             ocs_http_multi_ended *ended)
{
    struct ocs_http_multi *const multi = calloc(1, sizeof *multi);
    if (!multi)
        return NULL;
    multi->curl = *curl;
    multi->handle = curl->multi_init();
    if (!multi->handle) {
        free(multi);
        return NULL;
    }
    multi->uv = uv;
    multi->ended = ended;
    uv_timer_init(uv, &multi->timer); /* never fails */
    multi->timer.data = multi;
    curl->multi_setopt(multi->handle, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl->multi_setopt(multi->handle, CURLMOPT_SOCKETDATA, multi);
    curl->multi_setopt(multi->handle, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl->multi_setopt(multi->handle, CURLMOPT_TIMERDATA, multi);
    return multi;
}

static void free_multi(uv_handle_t *timer)
{
    free(timer->data);
}

void ocs_http_multi_destroy(struct ocs_http_multi *multi)
{
    multi->curl.multi_cleanup(multi->handle);
    while (multi->watches)
        unwatch(multi->watches);
    uv_close((uv_handle_t *)&multi->timer, free_multi);
}

bool ocs_http_multi_start(struct ocs_http_multi *multi, CURL *easy)
{
    return multi->curl.multi_add_handle(multi->handle, easy) == CURLM_OK;
}

void ocs_http_multi_stop(struct ocs_http_multi *multi, CURL *easy)
{
    multi->curl.multi_remove_handle(multi->handle, easy);
}

const struct ocs_curl *ocs_http_multi_curl(const struct ocs_http_multi *multi)
{
    return &multi->curl;
}
