/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_STORE_NODE_H
#define OCS_STORE_NODE_H

/* What lies at a place of a store, told by the metadata there. */

#include "occustream/error.h"

#include <stddef.h>
#include <stdint.h>

struct ocs_store;

enum ocs_node_kind { OCS_NODE_NONE, OCS_NODE_ARRAY, OCS_NODE_GROUP };

struct ocs_store_node {
    enum ocs_node_kind kind;
    unsigned version; /* of Zarr, 2 or 3                                                    */
    const char *name; /* of the metadata                                                    */
    char *text;       /* they themselves, to be freed, also after a failure; NULL: none     */
    uint64_t text_bytes;
};

/* Looks at `prefix`, "" for the store itself: zarr.json, .zarray, .zattrs, the first there is.
 * OCS_BAD_INPUT for metadata that are too long or, of version 3, neither a group nor an array. */
OCS_MUST_USE enum ocs_status ocs_store_find_node(const struct ocs_store *store, const char *prefix,
                                                 struct ocs_store_node *node_ret,
                                                 struct ocs_error *error);

/* The key of `name` at `prefix`. */
void ocs_store_key_in(const char *prefix, const char *name, char *key, size_t key_bytes);

/* The same for messages. */
void ocs_store_name_in(const struct ocs_store *store, const char *prefix, const char *name,
                       char path[512]);

#endif
