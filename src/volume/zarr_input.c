/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_input.h"

#include "fail.h"
#include "location.h"
#include "map.h"
#include "store.h"
#include "store_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum ocs_status read_array(struct ocs_zarr_input *input, const struct ocs_store_node *node,
                                  struct ocs_error *error)
{
    char path[512];
    ocs_store_name_in(input->store, input->prefix, node->name, path);
    return ocs_zarr_array_read(node->text, node->text_bytes, node->version, path, &input->array,
                               error);
}

/* ---- an image ---- */

static enum ocs_status read_group(const struct ocs_store *store, const struct ocs_store_node *node,
                                  struct ocs_zarr_group *group, struct ocs_error *error)
{
    char path[512];
    ocs_store_name_in(store, "", node->name, path);
    return ocs_zarr_group_read(node->text, node->text_bytes, node->version, path, group, error);
}

static enum ocs_status choose_level(struct ocs_zarr_input *input,
                                    const struct ocs_zarr_group *group, uint64_t level,
                                    struct ocs_error *error)
{
    if (level == OCS_LEVEL_AUTO)
        level = 0;
    if (level >= group->level_count) {
        ocs_fail(error, OCS_USAGE, "opening", ocs_store_path(input->store),
                 "there is no level %llu among its %u", (unsigned long long)level,
                 group->level_count);
        ocs_advise(error, "levels go from 0 to %u", group->level_count - 1);
        return OCS_USAGE;
    }
    input->level = (unsigned)level;
    input->level_count = group->level_count;
    input->is_image = true;
    snprintf(input->prefix, sizeof input->prefix, "%s", group->level[level].path);
    return OCS_OK;
}

/* The array of the level that was chosen. */
static enum ocs_status open_level(struct ocs_zarr_input *input, const struct ocs_zarr_group *group,
                                  struct ocs_mrc *mrc, struct ocs_error *error)
{
    struct ocs_store_node node;
    enum ocs_status status = ocs_store_find_node(input->store, input->prefix, &node, error);
    if (status == OCS_OK && (node.kind != OCS_NODE_ARRAY || node.version != group->version)) {
        char path[512];
        ocs_store_name(input->store, input->prefix, path, sizeof path);
        status = ocs_fail(error, OCS_BAD_INPUT, "opening", path,
                          "there is no array of Zarr version %u here, which the group speaks of",
                          group->version);
    }
    if (status == OCS_OK)
        status = read_array(input, &node, error);
    free(node.text);
    if (status == OCS_OK && input->array.leading != group->leading)
        status = ocs_fail(error, OCS_BAD_INPUT, "opening", ocs_store_path(input->store),
                          "group and array have different numbers of axes");
    return status == OCS_OK ? ocs_zarr_header(&input->array, group, input->level,
                                              ocs_store_path(input->store), mrc, error)
                            : status;
}

static enum ocs_status open_image(struct ocs_zarr_input *input, const struct ocs_store_node *node,
                                  uint64_t level, struct ocs_mrc *mrc, struct ocs_error *error)
{
    struct ocs_zarr_group *const group = malloc(sizeof *group);
    if (!group)
        return ocs_fail(error, OCS_LIMIT, "opening", ocs_store_path(input->store), "no memory");
    enum ocs_status status = read_group(input->store, node, group, error);
    if (status == OCS_OK)
        status = choose_level(input, group, level, error);
    if (status == OCS_OK)
        status = open_level(input, group, mrc, error);
    free(group);
    return status;
}

/* ---- an array, perhaps of an image ---- */

/* The location above and the last part of it; false when it has none. A query stays where it is. */
static bool split(const char *location, char **above_ret, char part[OCS_ZARR_PATH_BYTES])
{
    const bool is_path = ocs_location_kind(location) == OCS_LOCATION_PATH;
    size_t end = is_path ? strlen(location) : strcspn(location, "?#");
    const size_t query = end;
    while (end > 1 && location[end - 1] == '/')
        --end;
    size_t start = end;
    while (start > 0 && location[start - 1] != '/')
        --start;
    const size_t length = end - start;
    if (length == 0 || length >= OCS_ZARR_PATH_BYTES ||
        (length <= 2 && strncmp(location + start, "..", length) == 0))
        return false;
    memcpy(part, location + start, length);
    part[length] = '\0';
    return asprintf(above_ret, "%.*s%s", start > 0 ? (int)start : 1, start > 0 ? location : ".",
                    location + query) >= 0;
}

/* The group above, if it is an image one of whose levels is this array. What is wrong with it does
 * not matter to the array. */
static bool find_image(const char *above, const char *part, unsigned connections,
                       struct ocs_store **store_ret, struct ocs_zarr_group *group,
                       unsigned *level_ret)
{
    struct ocs_error ignored;
    struct ocs_store *store;
    if (ocs_store_open(above, &store, &ignored) != OCS_OK)
        return false;
    ocs_store_set_connections(store, connections);
    struct ocs_store_node node;
    bool found = ocs_store_find_node(store, "", &node, &ignored) == OCS_OK &&
                 node.kind == OCS_NODE_GROUP && read_group(store, &node, group, &ignored) == OCS_OK;
    free(node.text);
    unsigned level = 0;
    while (found && level < group->level_count && strcmp(group->level[level].path, part) != 0)
        ++level;
    found = found && level < group->level_count;
    if (found) {
        *store_ret = store;
        *level_ret = level;
    } else {
        ocs_store_close(store);
    }
    return found;
}

static bool open_above(struct ocs_zarr_input *input, const char *location, unsigned connections,
                       struct ocs_zarr_group *group)
{
    char *above;
    char part[OCS_ZARR_PATH_BYTES];
    if (!split(location, &above, part))
        return false;
    struct ocs_store *store;
    const bool found = find_image(above, part, connections, &store, group, &input->level);
    free(above);
    if (!found)
        return false;
    ocs_store_close(input->store);
    input->store = store;
    input->level_count = group->level_count;
    input->is_image = true;
    memcpy(input->prefix, part, sizeof input->prefix);
    return true;
}

static enum ocs_status open_array(struct ocs_zarr_input *input, const struct ocs_store_node *node,
                                  const char *location, uint64_t level, unsigned connections,
                                  struct ocs_mrc *mrc, struct ocs_error *error)
{
    if (level != OCS_LEVEL_AUTO) {
        ocs_fail(error, OCS_USAGE, "opening", ocs_store_path(input->store),
                 "this is one array, not an image with levels");
        ocs_advise(error, "leave out --level, or give the folder above");
        return OCS_USAGE;
    }
    input->level_count = 1;
    enum ocs_status status = read_array(input, node, error);
    if (status != OCS_OK)
        return status;
    struct ocs_zarr_group *const group = malloc(sizeof *group);
    if (!group)
        return ocs_fail(error, OCS_LIMIT, "opening", ocs_store_path(input->store), "no memory");
    const bool above = open_above(input, location, connections, group);
    status =
        above ? open_level(input, group, mrc, error)
              : ocs_zarr_header(&input->array, NULL, 0, ocs_store_path(input->store), mrc, error);
    free(group);
    return status;
}

/* ---- both ---- */

static enum ocs_status fail_nothing(const struct ocs_zarr_input *input, struct ocs_error *error)
{
    ocs_fail(error, OCS_BAD_INPUT, "opening", ocs_store_path(input->store),
             "there is no Zarr store here: neither zarr.json nor .zarray nor .zattrs");
    ocs_advise(error, "give a file, or the folder that has the metadata");
    return OCS_BAD_INPUT;
}

static enum ocs_status open_location(struct ocs_zarr_input *input, const char *location,
                                     uint64_t level, unsigned connections, struct ocs_mrc *mrc,
                                     struct ocs_error *error)
{
    enum ocs_status status = ocs_store_open(location, &input->store, error);
    if (status != OCS_OK)
        return status;
    ocs_store_set_connections(input->store, connections);
    struct ocs_store_node node;
    status = ocs_store_find_node(input->store, "", &node, error);
    if (status == OCS_OK && node.kind == OCS_NODE_GROUP)
        status = open_image(input, &node, level, mrc, error);
    else if (status == OCS_OK && node.kind == OCS_NODE_ARRAY)
        status = open_array(input, &node, location, level, connections, mrc, error);
    else if (status == OCS_OK)
        status = fail_nothing(input, error);
    free(node.text);
    return status;
}

enum ocs_status ocs_zarr_input_open(const char *location, uint64_t level, unsigned connections,
                                    struct ocs_zarr_input **input_ret, struct ocs_mrc *mrc_ret,
                                    struct ocs_error *error)
{
    struct ocs_zarr_input *const input = calloc(1, sizeof *input);
    if (!input)
        return ocs_fail(error, OCS_LIMIT, "opening", location, "no memory");
    input->tally = calloc(1, sizeof *input->tally);
    enum ocs_status status =
        input->tally ? OCS_OK : ocs_fail(error, OCS_LIMIT, "opening", location, "no memory");
    if (status == OCS_OK) {
        ocs_zarr_input_set_expansion(input, OCS_EXPANSION_DEFAULT);
        input->tally->stored = OCS_ZARR_KEY_COST; /* the metadata */
        status = open_location(input, location, level, connections, mrc_ret, error);
    }
    if (status != OCS_OK) {
        ocs_zarr_input_close(input);
        return status;
    }
    *input_ret = input;
    return OCS_OK;
}

void ocs_zarr_input_set_expansion(struct ocs_zarr_input *input, uint64_t expansion)
{
    input->tally->expansion = expansion;
}

void ocs_zarr_input_key(const struct ocs_zarr_input *input, const uint64_t index[3],
                        char key_ret[OCS_ZARR_INPUT_KEY_BYTES])
{
    char name[OCS_ZARR_KEY_BYTES];
    ocs_zarr_key(&input->array, index, name);
    ocs_store_key_in(input->prefix, name, key_ret, OCS_ZARR_INPUT_KEY_BYTES);
}

void ocs_zarr_input_close(struct ocs_zarr_input *input)
{
    if (!input)
        return;
    free(input->tally);
    ocs_store_close(input->store);
    free(input);
}
