/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_fields.h"

#include <string.h>

/* As NumPy writes it: byte order, kind, bytes. */
static bool read_type(const char *text, struct ocs_zarr_array *array)
{
    static const struct {
        const char *name;
        enum ocs_zarr_type type;
    } known[] = {{"i1", OCS_ZARR_INT8},   {"u1", OCS_ZARR_UINT8},   {"i2", OCS_ZARR_INT16},
                 {"u2", OCS_ZARR_UINT16}, {"f2", OCS_ZARR_FLOAT16}, {"f4", OCS_ZARR_FLOAT32}};
    if (!text || text[0] == '\0' || !strchr("<>|", text[0]))
        return false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i)
        if (strcmp(text + 1, known[i].name) == 0) {
            array->type = known[i].type;
            array->big_endian = text[0] == '>' && ocs_zarr_type_bytes(array->type) > 1;
            return text[0] != '|' || ocs_zarr_type_bytes(array->type) == 1;
        }
    return false;
}

static enum ocs_status read_keys(const struct ocs_zarr_reader *reader, const json_t *root,
                                 struct ocs_zarr_array *array)
{
    const json_t *const separator = json_object_get(root, "dimension_separator");
    array->separator = ocs_zarr_is(separator, "/") ? '/' : '.';
    if (separator && array->separator == '.' && !ocs_zarr_is(separator, "."))
        return ocs_zarr_refuse(reader, "its keys have an unknown separator");
    return OCS_OK;
}

enum ocs_status ocs_zarr_read_v2(const struct ocs_zarr_reader *reader, const json_t *root,
                                 struct ocs_zarr_array *array)
{
    const char *const type = json_string_value(json_object_get(root, "dtype"));
    enum ocs_status status = ocs_zarr_read_shape(reader, json_object_get(root, "shape"), array);
    if (status == OCS_OK)
        status = ocs_zarr_read_extent(reader, json_object_get(root, "chunks"), "chunks", array,
                                      array->chunk);
    if (status == OCS_OK && !read_type(type, array))
        status = ocs_zarr_refuse_type(reader, type);
    if (status == OCS_OK && !ocs_zarr_is(json_object_get(root, "order"), "C"))
        status = ocs_zarr_refuse(reader, "its voxels are not in C order, with columns fastest");
    if (status == OCS_OK)
        status = read_keys(reader, root, array);
    if (status == OCS_OK)
        status = ocs_zarr_read_compressor(reader, json_object_get(root, "compressor"),
                                          json_object_get(root, "filters"), array);
    if (status == OCS_OK)
        status = ocs_zarr_read_fill(reader, json_object_get(root, "fill_value"), array);
    memcpy(array->shard, array->chunk, sizeof array->shard);
    return status;
}
