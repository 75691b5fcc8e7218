/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_fields.h"

/* The one filter that is read: bytes of the elements are shuffled before they are compressed. A
 * filter that was passed over would make noise of the map. */
static enum ocs_status read_filters(const struct ocs_zarr_reader *reader, const json_t *filters,
                                    struct ocs_chunk_codec *codec)
{
    if (!filters || json_is_null(filters) ||
        (json_is_array(filters) && json_array_size(filters) == 0))
        return OCS_OK;
    const json_t *const filter = json_array_get(filters, 0);
    const json_int_t element = json_integer_value(json_object_get(filter, "elementsize"));
    if (json_array_size(filters) != 1 || !ocs_zarr_is(json_object_get(filter, "id"), "shuffle") ||
        element != codec->element_bytes)
        return ocs_zarr_refuse(reader, "its chunks are filtered (%.40s), which is not read",
                               json_is_string(json_object_get(filter, "id"))
                                   ? json_string_value(json_object_get(filter, "id"))
                                   : "unknown");
    codec->shuffled = element > 1;
    return OCS_OK;
}

static bool read_method(const json_t *compressor, enum ocs_chunk_method *method_ret)
{
    static const struct {
        const char *id;
        enum ocs_chunk_method method;
    } known[] = {{"zstd", OCS_CHUNK_ZSTD},
                 {"blosc", OCS_CHUNK_BLOSC},
                 {"gzip", OCS_CHUNK_GZIP},
                 {"zlib", OCS_CHUNK_ZLIB}};
    *method_ret = OCS_CHUNK_PLAIN;
    if (json_is_null(compressor))
        return true;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; ++i)
        if (ocs_zarr_is(json_object_get(compressor, "id"), known[i].id)) {
            *method_ret = known[i].method;
            return true;
        }
    return false;
}

/* Levels and what blosc is made of are no matter for reading: the chunks say it themselves. */
enum ocs_status ocs_zarr_read_compressor(const struct ocs_zarr_reader *reader,
                                         const json_t *compressor, const json_t *filters,
                                         struct ocs_zarr_array *array)
{
    struct ocs_chunk_codec *const codec = &array->codec;
    codec->element_bytes = ocs_zarr_type_bytes(array->type);
    if (!read_method(compressor, &codec->method)) {
        const json_t *const id = json_object_get(compressor, "id");
        return ocs_zarr_refuse(reader, "its chunks are compressed with %.40s, which is not read",
                               json_is_string(id) ? json_string_value(id) : "something unknown");
    }
    return read_filters(reader, filters, codec);
}
