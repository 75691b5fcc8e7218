/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole arrays: those of other programs, put together with nothing but keys, indexes and codecs,
 * and ours, read by others. */
#include "shard_index.h"
#include "zarr_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "python_check.h"

enum { ROOM = 1 << 20 };

static char folder[64];
static unsigned char file[ROOM], right[ROOM], volume[ROOM], chunk[ROOM];
static struct ocs_budget *budget;
static struct ocs_error error;

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/ocs-stores-XXXXXX");
    return mkdtemp(folder) ? (int)ocs_budget_create(64 << 20, &budget, &error) : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[80];
    snprintf(command, sizeof command, "rm -r %s", folder);
    ocs_budget_destroy(budget);
    return system(command);
}

/* A file of a store, or beside it; UINT64_MAX when there is none. */
static uint64_t load(const char *store, const char *name, unsigned char *to)
{
    char path[320];
    snprintf(path, sizeof path, "%s/%s%s", folder, store, name);
    FILE *const from = fopen(path, "rb");
    if (!from)
        return UINT64_MAX;
    const uint64_t count = fread(to, 1, ROOM, from);
    fclose(from);
    return count;
}

static void save(const char *store, const char *name, const unsigned char *from, uint64_t count)
{
    char path[320];
    snprintf(path, sizeof path, "%s/%s", folder, store);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s%s", folder, store, name);
    FILE *const to = fopen(path, "wb");
    assert_non_null(to);
    assert_int_equal(fwrite(from, 1, count, to), count);
    fclose(to);
}

/* Copies the part of a chunk that is inside of the volume, one voxel at a time. */
static void put_chunk(const struct ocs_zarr_array *array, const uint64_t index[3],
                      const unsigned char *voxels)
{
    const uint64_t element = ocs_zarr_type_bytes(array->type);
    const uint64_t *const n = array->chunk;
    for (uint64_t i = 0; i < n[0] * n[1] * n[2]; ++i) {
        const uint64_t z = index[0] * n[0] + i / (n[1] * n[2]);
        const uint64_t y = index[1] * n[1] + i / n[2] % n[1];
        const uint64_t x = index[2] * n[2] + i % n[2];
        if (z < array->shape[0] && y < array->shape[1] && x < array->shape[2])
            memcpy(volume + ((z * array->shape[1] + y) * array->shape[2] + x) * element,
                   voxels + i * element, element);
    }
}

static void put_fill(const struct ocs_zarr_array *array, const uint64_t index[3])
{
    const float fill = (float)array->fill;
    memset(chunk, 0, sizeof chunk);
    if (fill != 0)
        for (uint64_t i = 0; i < ocs_zarr_chunk_bytes(array); i += sizeof fill)
            memcpy(chunk + i, &fill, sizeof fill);
    put_chunk(array, index, chunk);
}

static void open_chunk(const struct ocs_zarr_array *array, struct ocs_chunk_unpacker *unpacker,
                       const uint64_t index[3], const unsigned char *packed, uint64_t bytes)
{
    assert_int_equal(ocs_chunk_unpack(unpacker, "", packed, bytes, chunk, &error), OCS_OK);
    put_chunk(array, index, chunk);
}

/* Where chunk `i` of a shard is in the grid of chunks. */
static void chunk_of_shard(const struct ocs_zarr_array *array, const uint64_t index[3], uint64_t i,
                           uint64_t at[3])
{
    uint64_t n[3];
    for (unsigned axis = 0; axis < 3; ++axis)
        n[axis] = array->shard[axis] / array->chunk[axis];
    at[0] = index[0] * n[0] + i / (n[1] * n[2]);
    at[1] = index[1] * n[1] + i / n[2] % n[1];
    at[2] = index[2] * n[2] + i % n[2];
}

static void open_shard(const struct ocs_zarr_array *array, struct ocs_chunk_unpacker *unpacker,
                       const uint64_t index[3], uint64_t bytes)
{
    struct ocs_shard_place places[64];
    assert_true(ocs_zarr_shard_chunks(array) <= 64);
    assert_int_equal(ocs_shard_index_read(array, file + ocs_shard_index_offset(array, bytes), bytes,
                                          "", places, &error),
                     OCS_OK);
    for (uint64_t i = 0; i < ocs_zarr_shard_chunks(array); ++i) {
        uint64_t at[3];
        chunk_of_shard(array, index, i, at);
        if (ocs_shard_place_absent(&places[i]))
            put_fill(array, at);
        else
            open_chunk(array, unpacker, at, file + places[i].offset, places[i].bytes);
    }
}

static void open_key(const struct ocs_zarr_array *array, struct ocs_chunk_unpacker *unpacker,
                     const char *store, const uint64_t index[3])
{
    char key[OCS_ZARR_KEY_BYTES], name[OCS_ZARR_KEY_BYTES + 1];
    ocs_zarr_key(array, index, key);
    snprintf(name, sizeof name, "/%s", key);
    const uint64_t bytes = load(store, name, file);
    if (bytes != UINT64_MAX && array->sharded)
        open_shard(array, unpacker, index, bytes);
    else if (bytes != UINT64_MAX)
        open_chunk(array, unpacker, index, file, bytes);
    else
        for (uint64_t i = 0; i < ocs_zarr_shard_chunks(array); ++i) {
            uint64_t at[3];
            chunk_of_shard(array, index, i, at);
            put_fill(array, at);
        }
}

static void open_store(const char *store, unsigned version)
{
    struct ocs_zarr_array array;
    struct ocs_chunk_unpacker *unpacker;
    uint64_t grid[3];
    const uint64_t text = load(store, version == 2 ? "/.zarray" : "/zarr.json", file);
    assert_int_equal(ocs_zarr_array_read((char *)file, text, version, store, &array, &error),
                     OCS_OK);
    assert_int_equal(ocs_chunk_unpacker_open(budget, &array.codec, ocs_zarr_chunk_bytes(&array),
                                             &unpacker, &error),
                     OCS_OK);
    memset(volume, 0x5a, sizeof volume);
    ocs_zarr_grid(&array, grid);
    for (uint64_t i = 0; i < grid[0] * grid[1] * grid[2]; ++i)
        open_key(&array, unpacker, store,
                 (const uint64_t[]){i / (grid[1] * grid[2]), i / grid[2] % grid[1], i % grid[2]});
    ocs_chunk_unpacker_close(unpacker);
    const uint64_t bytes = load(store, ".raw", right);
    assert_int_equal(bytes, array.shape[0] * array.shape[1] * array.shape[2] *
                                ocs_zarr_type_bytes(array.type));
    assert_memory_equal(volume, right, bytes);
}

static void test_stores_of_others(void **state)
{
    (void)state;
    need_python("zarr");
    expect_python("zarr/stores.py", "write", folder);
    const uint64_t bytes = load("list.txt", "", file);
    char *const list = strndup((char *)file, bytes);
    unsigned count = 0;
    for (char *line = strtok(list, "\n"); line; line = strtok(NULL, "\n"), ++count) {
        line[strcspn(line, " ")] = '\0';
        open_store(line, line[1] == '2' ? 2 : 3);
    }
    free(list);
    assert_int_equal(count, 20);
}

/* The voxels of a chunk, one at a time; outside of the volume 0. Says whether any is not 0. */
static bool cut_chunk(const struct ocs_zarr_array *array, const uint64_t index[3])
{
    const uint64_t element = ocs_zarr_type_bytes(array->type);
    const uint64_t *const n = array->chunk;
    bool any = false;
    memset(chunk, 0, ocs_zarr_chunk_bytes(array));
    for (uint64_t i = 0; i < n[0] * n[1] * n[2]; ++i) {
        const uint64_t z = index[0] * n[0] + i / (n[1] * n[2]);
        const uint64_t y = index[1] * n[1] + i / n[2] % n[1];
        const uint64_t x = index[2] * n[2] + i % n[2];
        if (z < array->shape[0] && y < array->shape[1] && x < array->shape[2])
            for (uint64_t k = 0; k < element; ++k) {
                chunk[i * element + k] =
                    right[((z * array->shape[1] + y) * array->shape[2] + x) * element + k];
                any = any || chunk[i * element + k];
            }
    }
    return any;
}

static void write_chunks(const struct ocs_zarr_array *array, const char *store)
{
    struct ocs_chunk_packer *packer;
    uint64_t grid[3], bytes;
    assert_int_equal(
        ocs_chunk_packer_open(budget, &array->codec, ocs_zarr_chunk_bytes(array), &packer, &error),
        OCS_OK);
    ocs_zarr_grid(array, grid);
    for (uint64_t i = 0; i < grid[0] * grid[1] * grid[2]; ++i) {
        const uint64_t index[] = {i / (grid[1] * grid[2]), i / grid[2] % grid[1], i % grid[2]};
        char key[OCS_ZARR_KEY_BYTES], name[OCS_ZARR_KEY_BYTES + 1];
        if (!cut_chunk(array, index))
            continue;
        assert_int_equal(
            ocs_chunk_pack(packer, chunk, ocs_zarr_chunk_bytes(array), file, &bytes, &error),
            OCS_OK);
        ocs_zarr_key(array, index, key);
        snprintf(name, sizeof name, "/%s", key);
        save(store, name, file, bytes);
    }
    ocs_chunk_packer_close(packer);
}

static void write_store(FILE *list, enum ocs_zarr_type type, enum ocs_chunk_method method)
{
    static const char *const names[] = {"|i1", "|u1", "<i2", "<u2", "<f2", "<f4"};
    const struct ocs_zarr_array array = {.version = 2,
                                         .shape = {17, 9, 30},
                                         .chunk = {8, 8, 16},
                                         .shard = {8, 8, 16},
                                         .type = type,
                                         .codec = {.method = method,
                                                   .level = 1,
                                                   .element_bytes = ocs_zarr_type_bytes(type),
                                                   .blosc_shuffle = OCS_BLOSC_BYTE_SHUFFLE},
                                         .separator = '.'};
    char store[40], *text;
    snprintf(store, sizeof store, "ours_%s_%d", ocs_zarr_type_name(type), (int)method);
    assert_int_equal(ocs_zarr_array_write(&array, &text, &error), OCS_OK);
    save(store, "/.zarray", (unsigned char *)text, strlen(text));
    free(text);
    const uint64_t bytes = 17 * 9 * 30 * ocs_zarr_type_bytes(type);
    for (uint64_t i = 0; i < bytes; ++i)
        right[i] = (unsigned char)(i < bytes / 2 ? 0 : i * i >> 8 & 0x3f);
    save(store, ".raw", right, bytes);
    write_chunks(&array, store);
    fprintf(list, "%s %s\n", store, names[type]);
}

static void test_our_stores(void **state)
{
    (void)state;
    need_python("zarr");
    char path[80];
    snprintf(path, sizeof path, "%s/list.txt", folder);
    FILE *const list = fopen(path, "w");
    assert_non_null(list);
    for (int type = OCS_ZARR_INT8; type <= OCS_ZARR_FLOAT32; ++type)
        for (int method = OCS_CHUNK_PLAIN; method <= OCS_CHUNK_BLOSC; ++method)
            write_store(list, (enum ocs_zarr_type)type, (enum ocs_chunk_method)method);
    fclose(list);
    expect_python("zarr/stores.py", "read", folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stores_of_others),
        cmocka_unit_test(test_our_stores),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
