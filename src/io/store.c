/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store.h"

#include "checked.h"
#include "fail.h"
#include "http_objects.h"
#include "location.h"
#include "store_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

struct ocs_store {
    struct ocs_http *http; /* NULL: a folder */
    int folder;            /* -1: a URL */
    char *path;
};

enum { MOST_AT_ONCE = 64 };

/* ---- which locations ---- */

static bool has_zarr_name(const char *path, size_t length)
{
    static const char ending[] = ".zarr";
    const size_t ending_length = sizeof ending - 1;
    for (size_t i = ending_length; i <= length; ++i)
        if ((i == length || path[i] == '/') &&
            strncasecmp(path + i - ending_length, ending, ending_length) == 0)
            return true;
    return false;
}

bool ocs_store_is_location(const char *location)
{
    struct stat about;
    if (strcmp(location, "-") == 0 || ocs_location_kind(location) == OCS_LOCATION_EMDB)
        return false;
    if (ocs_location_kind(location) == OCS_LOCATION_PATH && stat(location, &about) == 0)
        return S_ISDIR(about.st_mode);
    if (ocs_location_kind(location) == OCS_LOCATION_PATH)
        return has_zarr_name(location, strlen(location));
    const size_t length = strcspn(location, "?#");
    return location[length - 1] == '/' || has_zarr_name(location, length);
}

/* ---- opening ---- */

static enum ocs_status open_place(const char *location, struct ocs_store *store,
                                  struct ocs_error *error)
{
    if (ocs_location_kind(location) != OCS_LOCATION_PATH)
        return ocs_http_open_base(location, &store->http, error);
    store->path = strdup(location);
    if (!store->path)
        return ocs_fail(error, OCS_LIMIT, "opening", location, "no memory");
    return ocs_store_folder_open(location, &store->folder, error);
}

enum ocs_status ocs_store_open(const char *location, struct ocs_store **store_ret,
                               struct ocs_error *error)
{
    struct ocs_store *const store = calloc(1, sizeof *store);
    if (!store)
        return ocs_fail(error, OCS_LIMIT, "opening", location, "no memory");
    store->folder = -1;
    const enum ocs_status status = open_place(location, store, error);
    if (status != OCS_OK) {
        ocs_store_close(store);
        return status;
    }
    *store_ret = store;
    return OCS_OK;
}

void ocs_store_close(struct ocs_store *store)
{
    if (!store)
        return;
    ocs_http_close(store->http);
    if (store->folder >= 0)
        close(store->folder);
    free(store->path);
    free(store);
}

const char *ocs_store_path(const struct ocs_store *store)
{
    return store->http ? ocs_http_shown(store->http) : store->path;
}

void ocs_store_name(const struct ocs_store *store, const char *key, char *buffer,
                    size_t buffer_bytes)
{
    const char *const path = ocs_store_path(store);
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        --length;
    snprintf(buffer, buffer_bytes, "%.*s/%s", (int)length, path, key);
}

void ocs_store_set_connections(struct ocs_store *store, unsigned connections)
{
    if (store->http)
        ocs_http_set_connections(store->http, connections);
}

uint64_t ocs_store_outside_bytes(const struct ocs_store *store)
{
    return store->http ? ocs_http_outside_bytes(store->http) : 0;
}

void ocs_store_interrupt(const struct ocs_store *store)
{
    if (store->http)
        ocs_http_interrupt(store->http);
}

/* ---- getting ---- */

/* Keys are made of what metadata say, so they are looked at like any input. */
static bool stays_inside(const char *key)
{
    for (;;) {
        const size_t part = strcspn(key, "/");
        if (part == 0 || (part == 1 && key[0] == '.') || (part == 2 && strncmp(key, "..", 2) == 0))
            return false;
        if (key[part] == '\0')
            return true;
        key += part + 1;
    }
}

static enum ocs_status check_key(const struct ocs_store *store, const char *key,
                                 struct ocs_error *error)
{
    if (stays_inside(key))
        return OCS_OK;
    char name[512];
    ocs_store_name(store, key, name, sizeof name);
    return ocs_fail(error, OCS_BAD_INPUT, "reading", name, "this does not lie inside the store");
}

static enum ocs_status fetch(const struct ocs_store *store, struct ocs_store_get *gets,
                             struct ocs_http_get *wanted, unsigned count, struct ocs_error *error)
{
    const enum ocs_status status = ocs_http_get(store->http, wanted, count, error);
    for (unsigned i = 0; i < count && status == OCS_OK; ++i) {
        gets[i].found = wanted[i].found;
        gets[i].total = wanted[i].found ? wanted[i].total : 0;
        gets[i].got = wanted[i].found ? wanted[i].got : 0;
        gets[i].parts = wanted[i].found && wanted[i].parts;
    }
    return status;
}

static enum ocs_status fetch_ranges(const struct ocs_store *store, struct ocs_store_get *gets,
                                    unsigned count, struct ocs_error *error)
{
    struct ocs_http_get wanted[MOST_AT_ONCE];
    for (unsigned i = 0; i < count; ++i)
        wanted[i] = (struct ocs_http_get){.key = gets[i].key,
                                          .offset = gets[i].from_end ? 0 : gets[i].offset,
                                          .room = gets[i].from_end ? 1 : gets[i].room,
                                          .to = gets[i].to};
    return fetch(store, gets, wanted, count, error);
}

/* Where an end lies is known once its value's size is. */
static enum ocs_status fetch_ends(const struct ocs_store *store, struct ocs_store_get *gets,
                                  unsigned count, struct ocs_error *error)
{
    for (unsigned i = 0; i < count; ++i) {
        struct ocs_store_get *const get = &gets[i];
        if (!get->from_end || !get->found || get->total == 0)
            continue;
        const uint64_t room = ocs_min_u64(get->room, get->total);
        struct ocs_http_get wanted = {
            .key = get->key, .offset = get->total - room, .room = room, .to = get->to};
        const enum ocs_status status = fetch(store, get, &wanted, 1, error);
        if (status != OCS_OK)
            return status;
    }
    return OCS_OK;
}

static enum ocs_status get_url(const struct ocs_store *store, struct ocs_store_get *gets,
                               unsigned count, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned done = 0; done < count && status == OCS_OK; done += MOST_AT_ONCE) {
        const unsigned now = count - done < MOST_AT_ONCE ? count - done : MOST_AT_ONCE;
        status = fetch_ranges(store, gets + done, now, error);
        if (status == OCS_OK)
            status = fetch_ends(store, gets + done, now, error);
    }
    return status;
}

enum ocs_status ocs_store_get(const struct ocs_store *store, struct ocs_store_get *gets,
                              unsigned count, struct ocs_error *error)
{
    for (unsigned i = 0; i < count; ++i) {
        const enum ocs_status status = check_key(store, gets[i].key, error);
        if (status != OCS_OK)
            return status;
    }
    if (store->http)
        return get_url(store, gets, count, error);
    enum ocs_status status = OCS_OK;
    for (unsigned i = 0; i < count && status == OCS_OK; ++i)
        status = ocs_store_folder_get(store->folder, store->path, &gets[i], error);
    return status;
}
