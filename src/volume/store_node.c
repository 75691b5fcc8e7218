/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_node.h"

#include "fail.h"
#include "store.h"
#include "zarr_group.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHORT_TEXT = 16 << 10, KEY_BYTES = OCS_ZARR_PATH_BYTES + 16 };

void ocs_store_key_in(const char *prefix, const char *name, char *key, size_t key_bytes)
{
    snprintf(key, key_bytes, "%s%s%s", prefix, prefix[0] ? "/" : "", name);
}

/* Up to `room` bytes of a text; *total_ret: how many there are. */
static enum ocs_status read_front(const struct ocs_store *store, const char *key, uint64_t room,
                                  struct ocs_store_node *node, uint64_t *total_ret,
                                  struct ocs_error *error)
{
    char *const text = malloc(room);
    if (!text)
        return ocs_fail(error, OCS_LIMIT, "opening", ocs_store_path(store), "no memory");
    struct ocs_store_get get = {.key = key, .room = room, .to = text};
    const enum ocs_status status = ocs_store_get(store, &get, 1, error);
    *total_ret = get.total;
    if (status != OCS_OK || !get.found) {
        free(text);
        return status;
    }
    node->text = text;
    node->text_bytes = get.got;
    return OCS_OK;
}

static enum ocs_status refuse_length(const struct ocs_store *store, const char *key, uint64_t total,
                                     struct ocs_error *error)
{
    char path[512];
    ocs_store_name(store, key, path, sizeof path);
    return ocs_fail(error, OCS_BAD_INPUT, "reading", path, "metadata of %llu bytes are too long",
                    (unsigned long long)total);
}

/* Most are short: the few that are not are asked for again. */
static enum ocs_status read_text(const struct ocs_store *store, const char *prefix,
                                 const char *name, struct ocs_store_node *node,
                                 struct ocs_error *error)
{
    char key[KEY_BYTES];
    ocs_store_key_in(prefix, name, key, sizeof key);
    uint64_t total = 0;
    enum ocs_status status = read_front(store, key, SHORT_TEXT, node, &total, error);
    if (status != OCS_OK || total <= SHORT_TEXT)
        return status;
    free(node->text);
    node->text = NULL;
    return total > OCS_ZARR_TEXT_MAX
               ? refuse_length(store, key, total, error)
               : read_front(store, key, OCS_ZARR_TEXT_MAX, node, &total, error);
}

static enum ocs_status find_version_3(const struct ocs_store *store, const char *prefix,
                                      struct ocs_store_node *node, struct ocs_error *error)
{
    enum ocs_status status = read_text(store, prefix, "zarr.json", node, error);
    if (status != OCS_OK || !node->text)
        return status;
    char path[512];
    ocs_store_name(store, "zarr.json", path, sizeof path);
    enum ocs_zarr_node kind = OCS_ZARR_IS_GROUP;
    status = ocs_zarr_node_read(node->text, node->text_bytes, path, &kind, error);
    node->kind = kind == OCS_ZARR_IS_ARRAY ? OCS_NODE_ARRAY : OCS_NODE_GROUP;
    node->version = 3;
    node->name = "zarr.json";
    return status;
}

static enum ocs_status find_version_2(const struct ocs_store *store, const char *prefix,
                                      struct ocs_store_node *node, struct ocs_error *error)
{
    node->version = 2;
    node->name = ".zarray";
    enum ocs_status status = read_text(store, prefix, ".zarray", node, error);
    if (status != OCS_OK || node->text) {
        node->kind = OCS_NODE_ARRAY;
        return status;
    }
    node->name = ".zattrs";
    status = read_text(store, prefix, ".zattrs", node, error);
    node->kind = node->text ? OCS_NODE_GROUP : OCS_NODE_NONE;
    return status;
}

enum ocs_status ocs_store_find_node(const struct ocs_store *store, const char *prefix,
                                    struct ocs_store_node *node, struct ocs_error *error)
{
    *node = (struct ocs_store_node){.kind = OCS_NODE_NONE};
    const enum ocs_status status = find_version_3(store, prefix, node, error);
    if (status != OCS_OK || node->text)
        return status;
    return find_version_2(store, prefix, node, error);
}

void ocs_store_name_in(const struct ocs_store *store, const char *prefix, const char *name,
                       char path[512])
{
    char key[KEY_BYTES];
    ocs_store_key_in(prefix, name, key, sizeof key);
    ocs_store_name(store, key, path, 512);
}
