/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any metadata are either refused with a reason or describe an array or image whose every size can
 * be reckoned with; written again, they say the same. Input: a byte for what is read, then the
 * text.
 */
#include "fuzz_check.h"
#include "zarr_group.h"
#include "zarr_key.h"

#include <math.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

static wide product(const uint64_t extent[3])
{
    return (wide)extent[0] * extent[1] * extent[2];
}

static void check_extent(const uint64_t extent[3])
{
    for (unsigned i = 0; i < 3; ++i)
        FUZZ_CHECK(extent[i] > 0 && extent[i] <= INT32_MAX);
}

static void check_sizes(const struct ocs_zarr_array *array)
{
    const unsigned element = ocs_zarr_type_bytes(array->type);
    uint64_t grid[3];
    check_extent(array->shape);
    check_extent(array->chunk);
    check_extent(array->shard);
    FUZZ_CHECK(product(array->shape) <= OCS_VOXELS_MAX);
    FUZZ_CHECK(product(array->chunk) * element <= OCS_CHUNK_LARGEST);
    FUZZ_CHECK(product(array->chunk) * element == ocs_zarr_chunk_bytes(array));
    FUZZ_CHECK(product(array->chunk) * ocs_zarr_shard_chunks(array) == product(array->shard));
    FUZZ_CHECK(ocs_zarr_shard_chunks(array) <= OCS_ZARR_SHARD_CHUNKS_MAX);
    FUZZ_CHECK(array->sharded || ocs_zarr_shard_chunks(array) == 1);
    ocs_zarr_grid(array, grid);
    FUZZ_CHECK(product(grid) <= OCS_ZARR_KEYS_MAX);
    for (unsigned i = 0; i < 3; ++i)
        FUZZ_CHECK(grid[i] * array->shard[i] >= array->shape[i] &&
                   (grid[i] - 1) * array->shard[i] < array->shape[i]);
    char key[OCS_ZARR_KEY_BYTES];
    ocs_zarr_key(array, grid, key);
    FUZZ_CHECK(memchr(key, '\0', sizeof key) != NULL && key[0] != '/' && !strstr(key, "//"));
}

static void check_members(const struct ocs_zarr_array *array, unsigned version)
{
    FUZZ_CHECK(array->version == version && array->leading <= OCS_ZARR_LEADING_MAX);
    FUZZ_CHECK(array->codec.element_bytes == ocs_zarr_type_bytes(array->type));
    FUZZ_CHECK(array->codec.method <= OCS_CHUNK_ZLIB);
    FUZZ_CHECK(array->separator == '/' || array->separator == '.');
    FUZZ_CHECK(version == 3 || !(array->sharded || array->prefixed || array->codec.crc32c));
    FUZZ_CHECK(array->sharded || !(array->index_first || array->index_crc32c));
    FUZZ_CHECK(!array->codec.shuffled || array->codec.element_bytes > 1);
}

static void check_array_again(const struct ocs_zarr_array *array)
{
    struct ocs_error error;
    struct ocs_zarr_array again;
    char *text;
    if (array->leading > 0 || array->codec.shuffled || array->codec.method > OCS_CHUNK_BLOSC)
        return;
    FUZZ_CHECK(ocs_zarr_array_write(array, &text, &error) == OCS_OK);
    FUZZ_CHECK(ocs_zarr_array_read(text, strlen(text), array->version, "", &again, &error) ==
               OCS_OK);
    free(text);
    FUZZ_CHECK(isnan(array->fill) ? isnan(again.fill) : again.fill == array->fill);
    again.fill = array->fill;
    FUZZ_CHECK(array->version == again.version && product(array->shape) == product(again.shape) &&
               memcmp(array->chunk, again.chunk, sizeof again.chunk) == 0 &&
               memcmp(array->shard, again.shard, sizeof again.shard) == 0 &&
               array->sharded == again.sharded && array->index_first == again.index_first &&
               array->index_crc32c == again.index_crc32c && array->type == again.type &&
               (array->big_endian == again.big_endian || again.codec.element_bytes == 1) &&
               array->codec.method == again.codec.method &&
               array->codec.crc32c == again.codec.crc32c && array->separator == again.separator &&
               array->prefixed == again.prefixed);
}

static void check_failed(enum ocs_status status, const struct ocs_error *error)
{
    FUZZ_CHECK(status == OCS_BAD_INPUT && error->status == status);
    FUZZ_CHECK(error->what[0] != '\0' && strcmp(error->path, "fuzz") == 0);
}

static void try_array(const char *text, size_t size, unsigned version)
{
    struct ocs_zarr_array array;
    struct ocs_error error = {0};
    const enum ocs_status status = ocs_zarr_array_read(text, size, version, "fuzz", &array, &error);
    if (status != OCS_OK) {
        check_failed(status, &error);
        return;
    }
    check_members(&array, version);
    check_sizes(&array);
    check_array_again(&array);
}

static void check_path(const char *path)
{
    char copy[OCS_ZARR_PATH_BYTES + 2];
    FUZZ_CHECK(memchr(path, '\0', OCS_ZARR_PATH_BYTES) != NULL);
    snprintf(copy, sizeof copy, "/%s/", path);
    FUZZ_CHECK(!strstr(copy, "//") && !strstr(copy, "/./") && !strstr(copy, "/../"));
    FUZZ_CHECK(!strpbrk(path, "?#%\\:*\"'<>|&;$`~\n\r\t"));
}

static void check_group(const struct ocs_zarr_group *group)
{
    FUZZ_CHECK(group->level_count > 0 && group->level_count <= OCS_ZARR_LEVELS_MAX);
    FUZZ_CHECK(group->leading <= OCS_ZARR_LEADING_MAX);
    FUZZ_CHECK(memchr(group->name, '\0', sizeof group->name) != NULL);
    for (const char *c = group->name; *c; ++c)
        FUZZ_CHECK((unsigned char)*c >= 0x20 && *c != 0x7f);
    for (unsigned i = 0; i < group->level_count; ++i) {
        check_path(group->level[i].path);
        for (unsigned axis = 0; axis < 3; ++axis) {
            FUZZ_CHECK(isfinite(group->level[i].scale[axis]) && group->level[i].scale[axis] > 0);
            FUZZ_CHECK(isfinite(group->level[i].translation[axis]));
        }
    }
}

static void check_group_again(const struct ocs_zarr_group *group)
{
    static struct ocs_zarr_group again;
    struct ocs_error error;
    char *text;
    if (group->leading > 0 || !group->has_unit)
        return;
    FUZZ_CHECK(ocs_zarr_group_write(group, "{}", &text, &error) == OCS_OK);
    FUZZ_CHECK(ocs_zarr_group_read(text, strlen(text), group->version, "", &again, &error) ==
               OCS_OK);
    free(text);
    FUZZ_CHECK(again.level_count == group->level_count && again.has_header == group->has_header);
    FUZZ_CHECK(strcmp(again.name, group->name) == 0);
    FUZZ_CHECK(memcmp(again.header, group->header, sizeof again.header) == 0);
    for (unsigned i = 0; i < group->level_count; ++i) {
        FUZZ_CHECK(strcmp(again.level[i].path, group->level[i].path) == 0);
        for (unsigned axis = 0; axis < 3; ++axis)
            FUZZ_CHECK(again.level[i].scale[axis] == group->level[i].scale[axis] &&
                       again.level[i].translation[axis] == group->level[i].translation[axis]);
    }
}

static void try_group(const char *text, size_t size, unsigned version)
{
    static struct ocs_zarr_group group;
    struct ocs_error error = {0};
    const enum ocs_status status = ocs_zarr_group_read(text, size, version, "fuzz", &group, &error);
    if (status != OCS_OK) {
        check_failed(status, &error);
        return;
    }
    FUZZ_CHECK(group.version == version);
    check_group(&group);
    check_group_again(&group);
}

static void try_node(const char *text, size_t size)
{
    enum ocs_zarr_node node;
    struct ocs_error error = {0};
    const enum ocs_status status = ocs_zarr_node_read(text, size, "fuzz", &node, &error);
    if (status != OCS_OK)
        check_failed(status, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    /* A copy of its own, so that a sanitizer sees reads past its end. */
    char *const text = malloc(size - 1 + (size == 1));
    FUZZ_CHECK(text);
    memcpy(text, data + 1, size - 1);
    const unsigned what = data[0] % 5;
    if (what < 2)
        try_array(text, size - 1, 2 + what);
    else if (what < 4)
        try_group(text, size - 1, what);
    else
        try_node(text, size - 1);
    free(text);
    return 0;
}
