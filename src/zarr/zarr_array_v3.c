/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_fields.h"

#include <string.h>

static bool is_known(const char *key)
{
    static const char *const known[] = {"zarr_format",     "node_type",           "shape",
                                        "data_type",       "chunk_grid",          "codecs",
                                        "fill_value",      "chunk_key_encoding",  "attributes",
                                        "dimension_names", "storage_transformers"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i)
        if (strcmp(key, known[i]) == 0)
            return true;
    return false;
}

/* What is unknown must not be passed over, unless it says that it may be. */
static enum ocs_status check_members(const struct ocs_zarr_reader *reader, json_t *root)
{
    for (void *at = json_object_iter(root); at; at = json_object_iter_next(root, at)) {
        const char *const key = json_object_iter_key(at);
        const json_t *const value = json_object_iter_value(at);
        if (!is_known(key) && !json_is_null(value) &&
            !json_is_false(json_object_get(value, "must_understand")))
            return ocs_zarr_refuse(reader, "its metadata have a member %.40s that is not known",
                                   key);
    }
    if (json_array_size(json_object_get(root, "storage_transformers")) > 0)
        return ocs_zarr_refuse(reader, "its storage is transformed, which is not read");
    return OCS_OK;
}

static bool read_type(const json_t *value, enum ocs_zarr_type *type_ret)
{
    for (int type = OCS_ZARR_INT8; type <= OCS_ZARR_FLOAT32; ++type)
        if (ocs_zarr_is(value, ocs_zarr_type_name((enum ocs_zarr_type)type))) {
            *type_ret = (enum ocs_zarr_type)type;
            return true;
        }
    return false;
}

static enum ocs_status read_keys(const struct ocs_zarr_reader *reader, const json_t *encoding,
                                 struct ocs_zarr_array *array)
{
    const json_t *const separator = ocs_zarr_setting(encoding, "separator");
    array->prefixed = ocs_zarr_is_extension(encoding, "default");
    if (!array->prefixed && !ocs_zarr_is_extension(encoding, "v2"))
        return ocs_zarr_refuse(reader, "its keys are made in a way that is not known");
    if (separator && !ocs_zarr_is(separator, "/") && !ocs_zarr_is(separator, "."))
        return ocs_zarr_refuse(reader, "its keys have an unknown separator");
    array->separator = separator ? json_string_value(separator)[0] : array->prefixed ? '/' : '.';
    return OCS_OK;
}

static enum ocs_status read_grid(const struct ocs_zarr_reader *reader, const json_t *grid,
                                 struct ocs_zarr_array *array)
{
    if (!ocs_zarr_is_extension(grid, "regular"))
        return ocs_zarr_refuse(reader, "its chunks lie in no regular grid");
    const enum ocs_status status = ocs_zarr_read_extent(
        reader, ocs_zarr_setting(grid, "chunk_shape"), "chunks", array, array->shard);
    memcpy(array->chunk, array->shard, sizeof array->chunk);
    return status;
}

enum ocs_status ocs_zarr_read_v3(const struct ocs_zarr_reader *reader, json_t *root,
                                 struct ocs_zarr_array *array)
{
    const json_t *const type = json_object_get(root, "data_type");
    if (!ocs_zarr_is(json_object_get(root, "node_type"), "array"))
        return ocs_zarr_refuse(reader, "it is no array");
    enum ocs_status status = check_members(reader, root);
    if (status == OCS_OK)
        status = ocs_zarr_read_shape(reader, json_object_get(root, "shape"), array);
    if (status == OCS_OK)
        status = read_grid(reader, json_object_get(root, "chunk_grid"), array);
    if (status == OCS_OK && !read_type(type, &array->type))
        status = ocs_zarr_refuse_type(reader, json_string_value(type));
    if (status == OCS_OK)
        status = read_keys(reader, json_object_get(root, "chunk_key_encoding"), array);
    if (status == OCS_OK)
        status = ocs_zarr_read_codecs(reader, json_object_get(root, "codecs"), array);
    if (status == OCS_OK)
        status = ocs_zarr_read_fill(reader, json_object_get(root, "fill_value"), array);
    return status;
}
