/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_array.h"
#include "zarr_json.h"

#include <assert.h>
#include <string.h>

#include "zarr_fields.h"

static json_t *extent_json(const uint64_t extent[3])
{
    return json_pack("[I,I,I]", (json_int_t)extent[0], (json_int_t)extent[1],
                     (json_int_t)extent[2]);
}

static json_t *separator_json(const struct ocs_zarr_array *array)
{
    return json_stringn(&array->separator, 1);
}

static json_t *type_json_v2(const struct ocs_zarr_array *array)
{
    static const char *const names[] = {"i1", "u1", "i2", "u2", "f2", "f4"};
    const char order = ocs_zarr_type_bytes(array->type) == 1 ? '|' : array->big_endian ? '>' : '<';
    char name[4] = {order};
    memcpy(name + 1, names[array->type], 2);
    return json_string(name);
}

static json_t *compressor_json(const struct ocs_chunk_codec *codec)
{
    if (codec->method == OCS_CHUNK_ZSTD)
        return json_pack("{s:s, s:i}", "id", "zstd", "level", codec->level);
    if (codec->method == OCS_CHUNK_BLOSC)
        return json_pack("{s:s, s:s, s:i, s:i, s:i}", "id", "blosc", "cname",
                         ocs_blosc_inner_name(codec->blosc_inner), "clevel", codec->level,
                         "shuffle", (int)codec->blosc_shuffle, "blocksize", OCS_BLOSC_BLOCK_BYTES);
    return json_null();
}

static json_t *write_v2(const struct ocs_zarr_array *array)
{
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:s, s:n, s:o}", "zarr_format", 2, "shape",
                     extent_json(array->shape), "chunks", extent_json(array->chunk), "dtype",
                     type_json_v2(array), "compressor", compressor_json(&array->codec),
                     "fill_value", ocs_zarr_fill_json(array), "order", "C", "filters",
                     "dimension_separator", separator_json(array));
}

static json_t *bytes_json(const struct ocs_zarr_array *array)
{
    if (ocs_zarr_type_bytes(array->type) == 1)
        return json_pack("{s:s}", "name", "bytes");
    return json_pack("{s:s, s:{s:s}}", "name", "bytes", "configuration", "endian",
                     array->big_endian ? "big" : "little");
}

static json_t *compress_json(const struct ocs_chunk_codec *codec)
{
    static const char *const shuffles[] = {"noshuffle", "shuffle", "bitshuffle"};
    if (codec->method == OCS_CHUNK_ZSTD)
        return json_pack("{s:s, s:{s:i, s:b}}", "name", "zstd", "configuration", "level",
                         codec->level, "checksum", 1);
    return json_pack("{s:s, s:{s:s, s:i, s:s, s:i, s:i}}", "name", "blosc", "configuration",
                     "cname", ocs_blosc_inner_name(codec->blosc_inner), "clevel", codec->level,
                     "shuffle", shuffles[codec->blosc_shuffle], "typesize",
                     (int)codec->element_bytes, "blocksize", OCS_BLOSC_BLOCK_BYTES);
}

static json_t *chain_json(const struct ocs_zarr_array *array)
{
    json_t *const chain = json_pack("[o]", bytes_json(array));
    bool right = chain != NULL;
    if (right && array->codec.method != OCS_CHUNK_PLAIN)
        right = json_array_append_new(chain, compress_json(&array->codec)) == 0;
    if (right && array->codec.crc32c)
        right = json_array_append_new(chain, json_pack("{s:s}", "name", "crc32c")) == 0;
    if (right)
        return chain;
    json_decref(chain);
    return NULL;
}

static json_t *index_codecs_json(const struct ocs_zarr_array *array)
{
    if (array->index_crc32c)
        return json_pack("[{s:s, s:{s:s}}, {s:s}]", "name", "bytes", "configuration", "endian",
                         "little", "name", "crc32c");
    return json_pack("[{s:s, s:{s:s}}]", "name", "bytes", "configuration", "endian", "little");
}

static json_t *codecs_json(const struct ocs_zarr_array *array)
{
    if (!array->sharded)
        return chain_json(array);
    return json_pack("[{s:s, s:{s:o, s:o, s:o, s:s}}]", "name", "sharding_indexed", "configuration",
                     "chunk_shape", extent_json(array->chunk), "codecs", chain_json(array),
                     "index_codecs", index_codecs_json(array), "index_location",
                     array->index_first ? "start" : "end");
}

static json_t *write_v3(const struct ocs_zarr_array *array)
{
    return json_pack("{s:i, s:s, s:o, s:s, s:{s:s, s:{s:o}}, s:{s:s, s:{s:o}}, s:o, s:o, s:[sss]}",
                     "zarr_format", 3, "node_type", "array", "shape", extent_json(array->shape),
                     "data_type", ocs_zarr_type_name(array->type), "chunk_grid", "name", "regular",
                     "configuration", "chunk_shape", extent_json(array->shard),
                     "chunk_key_encoding", "name", array->prefixed ? "default" : "v2",
                     "configuration", "separator", separator_json(array), "fill_value",
                     ocs_zarr_fill_json(array), "codecs", codecs_json(array), "dimension_names",
                     "z", "y", "x");
}

enum ocs_status ocs_zarr_array_write(const struct ocs_zarr_array *array, char **text_ret,
                                     struct ocs_error *error)
{
    assert(array->leading == 0 && !array->codec.shuffled);
    assert(array->codec.method <= OCS_CHUNK_BLOSC);
    assert(array->version == 3 || !(array->codec.crc32c || array->sharded || array->prefixed));
    return ocs_zarr_dump(array->version == 2 ? write_v2(array) : write_v3(array), text_ret, error);
}
