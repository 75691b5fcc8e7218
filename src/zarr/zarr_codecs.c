/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_fields.h"

/* Codecs of version 3, in the order in which they are applied: voxels to voxels, one from voxels to
 * bytes, then from bytes to bytes a compressor and a checksum, either of which may be missing. Or a
 * shard, whose chunks have codecs of their own. */
enum stage { VOXELS, BYTES, COMPRESSED, COMPLETE };

struct chain {
    const struct ocs_zarr_reader *reader;
    struct ocs_zarr_array *array;
    bool inner; /* of the chunks of a shard */
    enum stage stage;
};

static enum ocs_status take_bytes(struct chain *chain, const json_t *codec)
{
    const json_t *const endian = ocs_zarr_setting(codec, "endian");
    const bool big = ocs_zarr_is(endian, "big");
    const bool no_matter = !endian && ocs_zarr_type_bytes(chain->array->type) == 1;
    if (!big && !no_matter && !ocs_zarr_is(endian, "little"))
        return ocs_zarr_refuse(chain->reader, "the byte order of its voxels is not said");
    chain->array->big_endian = big;
    chain->stage = BYTES;
    return OCS_OK;
}

/* A transposition that leaves the axes where they are. */
static bool keeps_order(const json_t *transpose, size_t rank)
{
    const json_t *const order = ocs_zarr_setting(transpose, "order");
    if (json_array_size(order) != rank)
        return false;
    for (size_t i = 0; i < rank; ++i) {
        const json_t *const axis = json_array_get(order, i);
        if (!json_is_integer(axis) || json_integer_value(axis) != (json_int_t)i)
            return false;
    }
    return true;
}

static bool compresses(const json_t *codec, enum ocs_chunk_method *method_ret)
{
    if (ocs_zarr_is_extension(codec, "zstd"))
        *method_ret = OCS_CHUNK_ZSTD;
    else if (ocs_zarr_is_extension(codec, "blosc"))
        *method_ret = OCS_CHUNK_BLOSC;
    else if (ocs_zarr_is_extension(codec, "gzip"))
        *method_ret = OCS_CHUNK_GZIP;
    else
        return false;
    return true;
}

static enum ocs_status read_index(struct chain *chain, const json_t *shard)
{
    const json_t *const codecs = ocs_zarr_setting(shard, "index_codecs");
    const json_t *const bytes = json_array_get(codecs, 0);
    const json_t *const place = ocs_zarr_setting(shard, "index_location");
    chain->array->index_crc32c = ocs_zarr_is_extension(json_array_get(codecs, 1), "crc32c");
    chain->array->index_first = ocs_zarr_is(place, "start");
    if (json_array_size(codecs) != (chain->array->index_crc32c ? 2U : 1U) ||
        !ocs_zarr_is_extension(bytes, "bytes") ||
        !ocs_zarr_is(ocs_zarr_setting(bytes, "endian"), "little"))
        return ocs_zarr_refuse(chain->reader, "the index of its shards is coded in a way that is "
                                              "not read");
    if (place && !chain->array->index_first && !ocs_zarr_is(place, "end"))
        return ocs_zarr_refuse(chain->reader, "the index of its shards is at no known place");
    return OCS_OK;
}

static enum ocs_status read_chain(struct chain *chain, const json_t *codecs);

/* Not inside of another: that is how deep this goes. */
static enum ocs_status take_shard(struct chain *chain, const json_t *shard)
{
    struct ocs_zarr_array *const array = chain->array;
    array->sharded = true;
    enum ocs_status status = ocs_zarr_read_extent(
        chain->reader, ocs_zarr_setting(shard, "chunk_shape"), "inner chunks", array, array->chunk);
    if (status == OCS_OK)
        status = read_index(chain, shard);
    struct chain inner = {.reader = chain->reader, .array = array, .inner = true};
    if (status == OCS_OK)
        status = read_chain(&inner, ocs_zarr_setting(shard, "codecs"));
    chain->stage = COMPLETE;
    return status;
}

static enum ocs_status take(struct chain *chain, const json_t *codec)
{
    struct ocs_zarr_array *const array = chain->array;
    if (chain->stage == VOXELS) {
        if (ocs_zarr_is_extension(codec, "bytes"))
            return take_bytes(chain, codec);
        if (ocs_zarr_is_extension(codec, "sharding_indexed") && !chain->inner)
            return take_shard(chain, codec);
        if (ocs_zarr_is_extension(codec, "transpose") && keeps_order(codec, array->leading + 3))
            return OCS_OK;
    } else if (chain->stage == BYTES && compresses(codec, &array->codec.method)) {
        chain->stage = COMPRESSED;
        return OCS_OK;
    } else if (chain->stage < COMPLETE && ocs_zarr_is_extension(codec, "crc32c")) {
        array->codec.crc32c = true;
        chain->stage = COMPLETE;
        return OCS_OK;
    }
    const char *const name = ocs_zarr_extension_name(codec);
    return ocs_zarr_refuse(chain->reader, "its chunks are coded with %.40s%s, which is not read",
                           name ? name : "something unknown",
                           chain->stage == VOXELS ? "" : " in addition");
}

static enum ocs_status read_chain(struct chain *chain, const json_t *codecs)
{
    enum ocs_status status = OCS_OK;
    for (size_t i = 0; status == OCS_OK && i < json_array_size(codecs); ++i)
        status = take(chain, json_array_get(codecs, i));
    if (status == OCS_OK && chain->stage == VOXELS)
        return ocs_zarr_refuse(chain->reader, "its metadata do not say how its chunks are coded");
    return status;
}

/* Levels and what blosc is made of are no matter for reading: the chunks say it themselves. */
enum ocs_status ocs_zarr_read_codecs(const struct ocs_zarr_reader *reader, const json_t *codecs,
                                     struct ocs_zarr_array *array)
{
    array->codec.element_bytes = ocs_zarr_type_bytes(array->type);
    struct chain chain = {.reader = reader, .array = array};
    return read_chain(&chain, codecs);
}
