/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_STORE_H
#define OCS_STORE_H

/* Values by their keys, as a Zarr store has them: files below a folder, or below the URL of a
 * server. A key is a path with slashes between its parts. Values never lie outside: no part of a
 * key may lead upwards, and no symbolic link below the folder is followed. Any number of threads.
 */

#include "occustream/error.h"

#include <stdbool.h>

struct ocs_store;

/* Whether `location` can be a store rather than a file: a folder; a URL that ends with a slash, or
 * in whose path a name ends with ".zarr"; such a path, too, when it cannot be looked at. */
bool ocs_store_is_location(const char *location);

/* OCS_IO when the folder cannot be opened or the server not be spoken to. */
OCS_MUST_USE enum ocs_status ocs_store_open(const char *location, struct ocs_store **store_ret,
                                            struct ocs_error *error);
void ocs_store_close(struct ocs_store *store); /* NULL is fine */

const char *ocs_store_path(const struct ocs_store *store); /* nothing secret in it */

/* As of a source (source.h). */
void ocs_store_set_connections(struct ocs_store *store, unsigned connections);
uint64_t ocs_store_outside_bytes(const struct ocs_store *store);
void ocs_store_interrupt(const struct ocs_store *store);

/* A part of one value. */
struct ocs_store_get {
    const char *key;
    bool from_end;   /* the last `room` bytes; `offset` means nothing then */
    uint64_t offset; /* at most the value's size */
    uint64_t room;   /* bytes wanted at most, at least one */
    void *to;

    /* the answer */
    bool found;     /* otherwise there is no such value, and the rest is 0 */
    uint64_t total; /* bytes of the whole value */
    uint64_t got;   /* as many as were wanted, or as there are */
    bool parts;     /* more than the beginning can be had */
};

/* Gets all of them, at once from a server. OCS_BAD_INPUT for a key that leads out of the store and
 * for what is no file; OCS_IO when reading fails. */
OCS_MUST_USE enum ocs_status ocs_store_get(const struct ocs_store *store,
                                           struct ocs_store_get *gets, unsigned count,
                                           struct ocs_error *error);

/* For messages: the store's path and the key in one; always terminated. */
void ocs_store_name(const struct ocs_store *store, const char *key, char *buffer,
                    size_t buffer_bytes);

#endif
