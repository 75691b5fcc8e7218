/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_array.h"

#include "checked.h"
#include "zarr_fields.h"
#include "zarr_key.h"

static bool product(const uint64_t extent[3], uint64_t *product_ret)
{
    return ocs_mul_u64(extent[0], extent[1], product_ret) &&
           ocs_mul_u64(*product_ret, extent[2], product_ret);
}

static bool is_whole(const struct ocs_zarr_array *array)
{
    return array->shard[0] % array->chunk[0] == 0 && array->shard[1] % array->chunk[1] == 0 &&
           array->shard[2] % array->chunk[2] == 0;
}

static bool shard_is_small(const struct ocs_zarr_array *array)
{
    uint64_t inner[3], count;
    for (unsigned axis = 0; axis < 3; ++axis)
        inner[axis] = array->shard[axis] / array->chunk[axis];
    return product(inner, &count) && count <= OCS_ZARR_SHARD_CHUNKS_MAX;
}

/* How many chunks there are in all, those beyond the far sides included. */
static bool count_chunks(const struct ocs_zarr_array *array, const uint64_t grid[3],
                         uint64_t *count_ret)
{
    return product(grid, count_ret) &&
           ocs_mul_u64(*count_ret, ocs_zarr_shard_chunks(array), count_ret);
}

/* What the whole has to fulfil, once every member is right in itself. */
static enum ocs_status check_sizes(const struct ocs_zarr_reader *reader,
                                   const struct ocs_zarr_array *array)
{
    uint64_t voxels, chunk, keys, chunks, grid[3];
    if (!product(array->shape, &voxels) || voxels > OCS_VOXELS_MAX)
        return ocs_zarr_refuse(reader, "the array is larger than any map that can be read");
    if (!product(array->chunk, &chunk) ||
        chunk > OCS_CHUNK_LARGEST / ocs_zarr_type_bytes(array->type))
        return ocs_zarr_refuse(reader, "its chunks are larger than %llu MiB",
                               (unsigned long long)(OCS_CHUNK_LARGEST >> 20));
    if (!is_whole(array))
        return ocs_zarr_refuse(reader, "its shards are not a whole number of chunks");
    if (!shard_is_small(array))
        return ocs_zarr_refuse(reader, "its shards hold more than %d chunks",
                               OCS_ZARR_SHARD_CHUNKS_MAX);
    ocs_zarr_grid(array, grid);
    if (!product(grid, &keys) || keys > OCS_ZARR_KEYS_MAX)
        return ocs_zarr_refuse(reader, "it has more than %llu chunks",
                               (unsigned long long)OCS_ZARR_KEYS_MAX);
    if (!count_chunks(array, grid, &chunks) || chunks > OCS_ZARR_CHUNKS_MAX)
        return ocs_zarr_refuse(reader, "its shards have more than %llu chunks in all",
                               (unsigned long long)OCS_ZARR_CHUNKS_MAX);
    if (!ocs_zarr_is_dense(array))
        return ocs_zarr_refuse(reader, "its chunks are much larger than what they hold of the map");
    return OCS_OK;
}

static enum ocs_status read_root(const struct ocs_zarr_reader *reader, json_t *root,
                                 struct ocs_zarr_array *array)
{
    if (json_integer_value(json_object_get(root, "zarr_format")) != array->version)
        return ocs_zarr_refuse(reader, "its metadata are not of Zarr version %u", array->version);
    const enum ocs_status status = array->version == 2 ? ocs_zarr_read_v2(reader, root, array)
                                                       : ocs_zarr_read_v3(reader, root, array);
    return status == OCS_OK ? check_sizes(reader, array) : status;
}

enum ocs_status ocs_zarr_array_read(const char *text, uint64_t bytes, unsigned version,
                                    const char *path, struct ocs_zarr_array *array_ret,
                                    struct ocs_error *error)
{
    const struct ocs_zarr_reader reader = {path, error};
    json_t *const root = ocs_zarr_parse(&reader, text, bytes);
    if (!root)
        return error->status;
    struct ocs_zarr_array array = {.version = version};
    const enum ocs_status status = read_root(&reader, root, &array);
    json_decref(root);
    if (status == OCS_OK)
        *array_ret = array;
    return status;
}

unsigned ocs_zarr_type_bytes(enum ocs_zarr_type type)
{
    static const unsigned bytes[] = {1, 1, 2, 2, 2, 4};
    return bytes[type];
}

const char *ocs_zarr_type_name(enum ocs_zarr_type type)
{
    static const char *const names[] = {"int8", "uint8", "int16", "uint16", "float16", "float32"};
    return names[type];
}

uint64_t ocs_zarr_chunk_bytes(const struct ocs_zarr_array *array)
{
    return array->chunk[0] * array->chunk[1] * array->chunk[2] * ocs_zarr_type_bytes(array->type);
}

/* The voxels alone are fewer than 2^48 bytes. */
bool ocs_zarr_is_dense(const struct ocs_zarr_array *array)
{
    const uint64_t *const shape = array->shape;
    const uint64_t voxels = shape[0] * shape[1] * shape[2];
    const uint64_t most =
        voxels * ocs_zarr_type_bytes(array->type) * OCS_ZARR_PADDING + OCS_ZARR_PADDING_FREE_BYTES;
    uint64_t padded = ocs_zarr_chunk_bytes(array);
    for (unsigned axis = 0; axis < 3; ++axis)
        if (!ocs_mul_u64(padded, ocs_div_up_u64(shape[axis], array->chunk[axis]), &padded))
            return false;
    return padded <= most;
}

uint64_t ocs_zarr_shard_chunks(const struct ocs_zarr_array *array)
{
    uint64_t count = 1;
    for (unsigned axis = 0; axis < 3; ++axis)
        count *= array->shard[axis] / array->chunk[axis];
    return count;
}
