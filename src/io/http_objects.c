/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_objects.h"

#include "fail.h"
#include "http_internal.h"
#include "loop_internal.h"

#include "occustream/location.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Slashes divide a key as they divide a path. */
static char *put_encoded(char *to, const char *key)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~/";
    for (; *key; ++key) {
        if (strchr(plain, *key))
            *to++ = *key;
        else
            to += sprintf(to, "%%%02X", (unsigned)(unsigned char)*key);
    }
    return to;
}

char *ocs_http_object_url(const char *base, const char *key)
{
    const size_t path = strcspn(base, "?#");
    size_t kept = path;
    while (kept > 0 && base[kept - 1] == '/')
        --kept;
    char *const url = malloc(strlen(base) + 3 * strlen(key) + 2);
    if (!url)
        return NULL;
    memcpy(url, base, kept);
    url[kept] = '/';
    char *const end = put_encoded(url + kept + 1, key);
    strcpy(end, base + path);
    return url;
}

/* One get under way. */
struct errand {
    struct ocs_loop_task task;
    struct ocs_http_transfer transfer;
    struct ocs_http_object object;
    struct ocs_http *http;
    uv_sem_t *done; /* of all */
    char *url, *shown;
};

static void start(struct ocs_loop_task *task, uv_loop_t *uv)
{
    (void)uv;
    struct errand *const errand = (struct errand *)task;
    ocs_http_start(errand->http, &errand->transfer);
}

static void end(struct ocs_http_transfer *transfer)
{
    struct errand *const errand =
        (struct errand *)((char *)transfer - offsetof(struct errand, transfer));
    uv_sem_post(errand->done); /* the last touch */
}

static bool prepare(struct errand *errand, struct ocs_http *http, const struct ocs_http_get *get,
                    uv_sem_t *done)
{
    errand->url = ocs_http_object_url(http->target.url, get->key);
    const size_t shown_bytes = errand->url ? 2 * strlen(errand->url) + 1 : 0;
    errand->shown = errand->url ? malloc(shown_bytes) : NULL;
    if (!errand->shown)
        return false;
    ocs_location_show(errand->url, errand->shown, shown_bytes);
    errand->task.run = start;
    errand->http = http;
    errand->done = done;
    errand->object = (struct ocs_http_object){.url = errand->url, .file = {.shown = errand->shown}};
    errand->transfer = (struct ocs_http_transfer){
        .offset = get->offset,
        .bytes = get->room,
        .to = get->to,
        .object = &errand->object,
        .done = end,
    };
    return true;
}

static enum ocs_status take_answer(const struct errand *errand, struct ocs_http_get *get,
                                   struct ocs_error *error)
{
    get->found = errand->transfer.status == OCS_OK;
    get->total = errand->object.file.bytes;
    get->got = errand->transfer.received;
    get->parts = errand->object.file.ranges;
    if (get->found || errand->object.missing)
        return OCS_OK;
    *error = errand->transfer.error;
    return errand->transfer.status;
}

static enum ocs_status run_all(struct errand *errands, struct ocs_http *http,
                               struct ocs_http_get *gets, unsigned count, uv_sem_t *done,
                               struct ocs_error *error)
{
    for (unsigned i = 0; i < count; ++i)
        if (!prepare(&errands[i], http, &gets[i], done))
            return ocs_fail(error, OCS_LIMIT, "reading", http->target.shown, "no memory");
    for (unsigned i = 0; i < count; ++i)
        ocs_loop_post(http->loop, &errands[i].task);
    for (unsigned i = 0; i < count; ++i)
        uv_sem_wait(done);
    enum ocs_status status = OCS_OK;
    for (unsigned i = 0; i < count && status == OCS_OK; ++i)
        status = take_answer(&errands[i], &gets[i], error);
    return status;
}

enum ocs_status ocs_http_get(struct ocs_http *http, struct ocs_http_get *gets, unsigned count,
                             struct ocs_error *error)
{
    struct errand *const errands = calloc(count, sizeof *errands);
    if (!errands)
        return ocs_fail(error, OCS_LIMIT, "reading", http->target.shown, "no memory");
    uv_sem_t done;
    const int result = uv_sem_init(&done, 0);
    enum ocs_status status;
    if (result != 0) {
        status = ocs_fail_system(error, "reading", http->target.shown, -result);
    } else {
        status = run_all(errands, http, gets, count, &done, error);
        uv_sem_destroy(&done);
    }
    for (unsigned i = 0; i < count; ++i) {
        free(errands[i].url);
        free(errands[i].shown);
    }
    free(errands);
    return status;
}
