/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_OBJECTS_H
#define OCS_HTTP_OBJECTS_H

/* Many small files under one URL, which ocs_http_open_base opened: over the same connections, each
 * known by its key, the part of its path behind the URL's. */

#include "http.h"

/* One range of one of them. */
struct ocs_http_get {
    const char *key; /* any characters; they are encoded as a URL wants them */
    uint64_t offset;
    uint64_t room; /* bytes wanted at most, at least one */
    void *to;

    /* the answer */
    bool found;
    uint64_t total; /* bytes of the whole file */
    uint64_t got;   /* as many as were wanted, or as there are from `offset` on */
    bool parts;     /* more than the beginning can be had */
};

/* Waits for all of them. Fails with the first failure; that there is no such file is none. Not on
 * the loop's thread. */
OCS_MUST_USE enum ocs_status ocs_http_get(struct ocs_http *http, struct ocs_http_get *gets,
                                          unsigned count, struct ocs_error *error);

/* The path of the URL that ends with `key`, before its query; to be freed. NULL without memory. */
char *ocs_http_object_url(const char *base, const char *key);

#endif
