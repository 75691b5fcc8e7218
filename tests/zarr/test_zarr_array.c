/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metadata of arrays: every member read, everything refused that cannot be, within bounds of
 * memory; what is written is what is read; keys. */
#include "zarr_key.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ocs_zarr_array array;
static struct ocs_error error;

static const char v2[] =
    "{\"zarr_format\": 2, \"shape\": [70, 80, 90], \"chunks\": [64, 32, 16], \"dtype\": \"<f4\","
    " \"compressor\": {\"id\": \"zstd\", \"level\": 3}, \"fill_value\": 0.0, \"order\": \"C\","
    " \"filters\": null, \"dimension_separator\": \"/\"}";

static const char v3[] =
    "{\"zarr_format\": 3, \"node_type\": \"array\", \"shape\": [70, 80, 90],"
    " \"data_type\": \"float32\", \"fill_value\": 0, \"chunk_grid\": {\"name\": \"regular\","
    " \"configuration\": {\"chunk_shape\": [64, 64, 32]}}, \"chunk_key_encoding\":"
    " {\"name\": \"default\", \"configuration\": {\"separator\": \"/\"}}, \"codecs\":"
    " [{\"name\": \"sharding_indexed\", \"configuration\": {\"chunk_shape\": [32, 16, 16],"
    " \"codecs\": [{\"name\": \"bytes\", \"configuration\": {\"endian\": \"little\"}},"
    " {\"name\": \"zstd\", \"configuration\": {\"level\": 3, \"checksum\": false}}],"
    " \"index_codecs\": [{\"name\": \"bytes\", \"configuration\": {\"endian\": \"little\"}},"
    " {\"name\": \"crc32c\"}], \"index_location\": \"end\"}}]}";

/* `base` with the first `from` replaced by `to`. */
static enum ocs_status read_changed(const char *base, const char *from, const char *to)
{
    static char text[1 << 16];
    const char *const at = strstr(base, from);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - base), base, to, at + strlen(from));
    memset(&array, 0, sizeof array);
    /* bytes of their own, without a 0 behind them */
    char *const exact = malloc(strlen(text));
    assert_non_null(exact);
    memcpy(exact, text, strlen(text));
    const enum ocs_status status =
        ocs_zarr_array_read(exact, strlen(text), base == v2 ? 2 : 3, "there", &array, &error);
    free(exact);
    return status;
}

static void assert_extent(const uint64_t extent[3], uint64_t z, uint64_t y, uint64_t x)
{
    assert_int_equal(extent[0], z);
    assert_int_equal(extent[1], y);
    assert_int_equal(extent[2], x);
}

static void test_version_2(void **state)
{
    (void)state;
    assert_int_equal(read_changed(v2, "", ""), OCS_OK);
    assert_extent(array.shape, 70, 80, 90);
    assert_extent(array.chunk, 64, 32, 16);
    assert_extent(array.shard, 64, 32, 16);
    assert_false(array.sharded || array.big_endian || array.prefixed || array.leading);
    assert_int_equal(array.type, OCS_ZARR_FLOAT32);
    assert_int_equal(array.codec.method, OCS_CHUNK_ZSTD);
    assert_int_equal(array.codec.element_bytes, 4);
    assert_int_equal(array.separator, '/');
    assert_true(array.fill == 0);
    assert_int_equal(ocs_zarr_chunk_bytes(&array), 64 * 32 * 16 * 4);
}

static void test_version_3(void **state)
{
    (void)state;
    assert_int_equal(read_changed(v3, "", ""), OCS_OK);
    assert_extent(array.shape, 70, 80, 90);
    assert_extent(array.chunk, 32, 16, 16);
    assert_extent(array.shard, 64, 64, 32);
    assert_true(array.sharded && array.index_crc32c && array.prefixed);
    assert_false(array.index_first || array.big_endian);
    assert_int_equal(array.codec.method, OCS_CHUNK_ZSTD);
    assert_int_equal(ocs_zarr_shard_chunks(&array), 16);
}

static void test_types_and_order_of_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *v2, *v3;
        unsigned bytes;
    } types[] = {{"|i1", "int8", 1},   {"|u1", "uint8", 1},   {">i2", "int16", 2},
                 {">u2", "uint16", 2}, {">f2", "float16", 2}, {">f4", "float32", 4}};
    for (size_t i = 0; i < 6; ++i) {
        assert_int_equal(read_changed(v2, "<f4", types[i].v2), OCS_OK);
        assert_int_equal(array.type, i);
        assert_int_equal(array.big_endian, types[i].bytes > 1);
        assert_int_equal(array.codec.element_bytes, types[i].bytes);
        assert_int_equal(read_changed(v3, "float32", types[i].v3), OCS_OK);
        assert_int_equal(array.type, i);
        assert_string_equal(ocs_zarr_type_name(array.type), types[i].v3);
        assert_int_equal(ocs_zarr_type_bytes(array.type), types[i].bytes);
    }
    assert_int_equal(read_changed(v3, "little", "big"), OCS_OK);
    assert_true(array.big_endian);
}

static void check_fill(const char *base, const char *from, const char *to, double fill)
{
    assert_int_equal(read_changed(base, from, to), OCS_OK);
    assert_true(isnan(fill) ? isnan(array.fill) : array.fill == fill);
}

static void test_fill_values(void **state)
{
    (void)state;
    static const char old[] = "\"fill_value\": 0.0", new[] = "\"fill_value\": 0";
    check_fill(v2, old, "\"fill_value\": null", 0);
    check_fill(v2, old, "\"fill_value\": -3", -3);
    check_fill(v2, old, "\"fill_value\": \"NaN\"", (double)NAN);
    check_fill(v3, new, "\"fill_value\": \"Infinity\"", (double)INFINITY);
    check_fill(v3, new, "\"fill_value\": \"-Infinity\"", -(double)INFINITY);
    check_fill(v3, new, "\"fill_value\": \"0x7fc00000\"", (double)NAN);
    check_fill(v3, new, "\"fill_value\": \"0xC0490FDB\"", -3.1415927410125732);
    char half[sizeof v3];
    snprintf(half, sizeof half, "%s", v3);
    memcpy(strstr(half, "float32"), "float16", 7);
    check_fill(half, new, "\"fill_value\": \"0x7e00\"", (double)NAN);
    check_fill(half, new, "\"fill_value\": \"0xfc00\"", -(double)INFINITY);
    check_fill(half, new, "\"fill_value\": \"0xc248\"", -3.140625);
    check_fill(half, new, "\"fill_value\": \"0x0001\"", 0x1p-24);
    check_fill(half, new, "\"fill_value\": \"0x7bff\"", 65504);
}

static void test_what_may_be_otherwise(void **state)
{
    (void)state;
    assert_int_equal(read_changed(v2, "\"dimension_separator\": \"/\"", "\"x\": {}"), OCS_OK);
    assert_int_equal(array.separator, '.');
    assert_int_equal(read_changed(v2, "\"filters\": null", "\"filters\": []"), OCS_OK);
    assert_false(array.codec.shuffled);
    assert_int_equal(read_changed(v2, "null", "[{\"id\": \"shuffle\", \"elementsize\": 4}]"),
                     OCS_OK);
    assert_true(array.codec.shuffled);
    assert_int_equal(read_changed(v2, "{\"id\": \"zstd\", \"level\": 3}", "null"), OCS_OK);
    assert_int_equal(array.codec.method, OCS_CHUNK_PLAIN);
    assert_int_equal(read_changed(v2, "70, 80, 90], \"chunks\": [64, ",
                                  "1, 1, 70, 80, 90], \"chunks\": [1, 1, 64, "),
                     OCS_OK);
    assert_int_equal(array.leading, 2);
    assert_extent(array.shape, 70, 80, 90);
    assert_extent(array.chunk, 64, 32, 16);
    assert_int_equal(read_changed(v3, "\"end\"", "\"start\""), OCS_OK);
    assert_true(array.index_first);
    assert_int_equal(read_changed(v3, ", {\"name\": \"crc32c\"}]", "]"), OCS_OK);
    assert_false(array.index_crc32c);
    assert_int_equal(
        read_changed(v3, "\"default\", \"configuration\": {\"separator\": \"/\"}", "\"v2\""),
        OCS_OK);
    assert_false(array.prefixed);
    assert_int_equal(array.separator, '.');
    assert_int_equal(
        read_changed(v3, "\"shape\"", "\"x\": {\"must_understand\": false}, \"shape\""), OCS_OK);
    assert_int_equal(read_changed(v3, "[{\"name\": \"sharding",
                                  "[{\"name\": \"transpose\", \"configuration\": {\"order\": "
                                  "[0, 1, 2]}}, {\"name\": \"sharding"),
                     OCS_OK);
    assert_int_equal(
        read_changed(v3, "\"checksum\": false}}]", "\"checksum\": true}}, \"crc32c\"]"), OCS_OK);
    assert_true(array.codec.crc32c);
}

struct refusal {
    const char *from, *to, *why; /* part of what is said */
};

static void expect_refusals(const char *base, const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        assert_int_equal(read_changed(base, refusals[i].from, refusals[i].to), OCS_BAD_INPUT);
        if (!strstr(error.what, refusals[i].why))
            fail_msg("%s: %s", refusals[i].to, error.what);
        assert_string_equal(error.path, "there");
        assert_int_equal(array.version, 0); /* nothing was handed out */
    }
}

static void test_refusals_of_version_2(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"{", "[", "not JSON"},
        {v2, "[]", "no object"},
        {v2, "", "not JSON"},
        {"}", "} x", "not JSON"},
        {"\"zarr_format\": 2", "\"zarr_format\": 3", "not of Zarr version 2"},
        {"\"zarr_format\": 2", "\"zarr_format\": 2, \"zarr_format\": 2", "duplicate"},
        {"[70, 80, 90]", "[70, 80]", "2 axes"},
        {"[70, 80, 90]", "[1, 1, 1, 70, 80, 90]", "6 axes"},
        {"[70, 80, 90]", "70", "no shape"},
        {"[70, 80, 90]", "[2, 70, 80, 90]", "several volumes along its axis 1"},
        {"[70, 80, 90]", "[70, 0, 90]", "no shape of a map"},
        {"[70, 80, 90]", "[70, -80, 90]", "no shape of a map"},
        {"[70, 80, 90]", "[70, 80.5, 90]", "no shape of a map"},
        {"[70, 80, 90]", "[70, 2147483648, 90]", "no shape of a map"},
        {"[70, 80, 90]", "[2000000000, 2000000000, 2000000000]", "larger than any map"},
        {"[70, 80, 90]", "[99999999999999999999, 1, 1]", "not JSON"},
        {"[64, 32, 16]", "[64, 32]", "not as many axes"},
        {"[64, 32, 16]", "[64, 0, 16]", "no shape that makes sense"},
        {"[64, 32, 16]", "[2000000000, 2000000000, 2000000000]", "larger than 256 MiB"},
        {"[64, 32, 16]", "[406, 406, 408]", "larger than 256 MiB"},
        {"70, 80, 90], \"chunks\": [64, 32, 16]", "5000, 5000, 5000], \"chunks\": [1, 1, 1]",
         "more than 4194304 chunks"},
        {"70, 80, 90], \"chunks\": [64, 32, 16]", "5000, 16, 16], \"chunks\": [1, 1024, 1024]",
         "much larger than what they hold"},
        {"<f4", "<f8", "type <f8, which no mode"},
        {"<f4", "|f4", "which no mode"},
        {"<f4", "f4", "which no mode"},
        {"<f4", "", "which no mode"},
        {"\"<f4\"", "[[\"a\", \"<f4\"]]", "type unknown"},
        {"\"C\"", "\"F\"", "not in C order"},
        {"\"zstd\"", "\"bz2\"", "compressed with bz2"},
        {"{\"id\": \"zstd\", \"level\": 3}", "[]", "compressed with something unknown"},
        {"\"compressor\"", "\"compressed\"", "compressed with something unknown"},
        {"null", "[{\"id\": \"delta\"}]", "filtered (delta)"},
        {"null", "[{\"id\": \"shuffle\", \"elementsize\": 2}]", "filtered (shuffle)"},
        {"null", "[{\"id\": \"shuffle\", \"elementsize\": 4}, {\"id\": \"x\"}]", "filtered"},
        {"null", "{}", "filtered (unknown)"},
        {"\"/\"", "\"_\"", "unknown separator"},
        {"0.0", "\"nan\"", "fill value"},
        {"0.0", "[0]", "fill value"},
        {"0.0", "true", "fill value"},
        {"\"<f4\", \"compressor\": {\"id\": \"zstd\", \"level\": 3}, \"fill_value\": 0.0",
         "\"|u1\", \"compressor\": null, \"fill_value\": 256", "fill value"},
        {"\"<f4\", \"compressor\": {\"id\": \"zstd\", \"level\": 3}, \"fill_value\": 0.0",
         "\"<i2\", \"compressor\": null, \"fill_value\": 0.5", "fill value"},
        {"\"<f4\", \"compressor\": {\"id\": \"zstd\", \"level\": 3}, \"fill_value\": 0.0",
         "\"<i2\", \"compressor\": null, \"fill_value\": \"NaN\"", "fill value"},
    };
    expect_refusals(v2, refusals, sizeof refusals / sizeof refusals[0]);
}

static void test_refusals_of_version_3(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"\"zarr_format\": 3", "\"zarr_format\": 2", "not of Zarr version 3"},
        {"\"array\"", "\"group\"", "no array"},
        {"float32", "float64", "type float64, which no mode"},
        {"float32", "<f4", "which no mode"},
        {"\"float32\"", "{\"name\": \"struct\"}", "type unknown"},
        {"\"shape\"", "\"x\": 1, \"shape\"", "member x that is not known"},
        {"\"shape\"", "\"x\": {\"must_understand\": true}, \"shape\"", "member x"},
        {"\"shape\"", "\"array shape\": 1, \"shape\"", "member array shape"},
        {"\"shape\"", "\"node\": 1, \"shape\"", "member node"},
        {"\"shape\"", "\"\": 1, \"shape\"", "that is not known"},
        {"\"shape\"", "\"storage_transformers\": [{}], \"shape\"", "storage is transformed"},
        {"\"regular\"", "\"rectangular\"", "regular grid"},
        {"[64, 64, 32]", "[64, 64, 33]", "whole number of chunks"},
        {"[64, 64, 32]", "[16, 64, 32]", "whole number of chunks"},
        {"[64, 64, 32]", "[2147483616, 2147483616, 2147483616]", "more than 1048576 chunks"},
        {"[64, 64, 32]", "[2147483647]", "not as many axes"},
        {"[32, 16, 16]", "[1024, 1024, 1024]", "larger than 256 MiB"},
        {"[32, 16, 16]", "[1, 16]", "inner chunks have not as many axes"},
        {"\"default\"", "\"hilbert\"", "keys are made in a way"},
        {"\"separator\": \"/\"", "\"separator\": \"\"", "unknown separator"},
        {"\"separator\": \"/\"", "\"separator\": 1", "unknown separator"},
        {"\"zstd\"", "\"pcodec\"", "coded with pcodec in addition"},
        {"\"checksum\": false}}]", "\"checksum\": false}}, {\"name\": \"gzip\"}]",
         "coded with gzip in addition"},
        {"\"zstd\", ", "\"crc32c\"}, {\"name\": \"zstd\", ", "coded with zstd in addition"},
        {"{\"name\": \"zstd\", ", "{\"name\": 1, ", "something unknown"},
        {"\"little\"", "\"middle\"", "byte order"},
        {", \"configuration\": {\"endian\": \"little\"}", "", "byte order"},
        {"\"codecs\": [{\"name\": \"sharding_indexed\", ", "\"codecs\": [], \"attributes\": [{",
         "how its chunks are coded"},
        {"\"codecs\": [{\"name\": \"bytes\", \"configuration\": {\"endian\": \"little\"}},",
         "\"codecs\": [", "coded with zstd, which"},
        {"\"codecs\": [{\"name\": \"bytes\",", "\"codecs\": [{\"name\": \"sharding_indexed\",",
         "coded with sharding_indexed, which"},
        {"[{\"name\": \"sharding",
         "[{\"name\": \"transpose\", \"configuration\": {\"order\": [2, 1, 0]}}, "
         "{\"name\": \"sharding",
         "coded with transpose, which"},
        {"\"end\"", "\"middle\"", "no known place"},
        {"{\"name\": \"crc32c\"}]", "{\"name\": \"gzip\"}]", "index of its shards is coded"},
        {"\"index_codecs\"", "\"index\"", "index of its shards is coded"},
        {"\"end\"}}]", "\"end\"}}, \"crc32c\"]", "coded with crc32c in addition"},
        {"\"fill_value\": 0", "\"fill_value\": \"0x7fc0000\"", "fill value"},
        {"\"fill_value\": 0", "\"fill_value\": \"0x7fc0000g\"", "fill value"},
        {"\"fill_value\": 0", "\"fill_value\": \"-x7fc00000\"", "fill value"},
    };
    expect_refusals(v3, refusals, sizeof refusals / sizeof refusals[0]);
}

/* What the parser holds at once. */
static size_t held, most_held;

static void *counted_malloc(size_t bytes)
{
    size_t *const block = malloc(bytes + 16);
    if (!block)
        return NULL;
    *block = bytes + 32; /* with what an allocator adds */
    held += *block;
    most_held = held > most_held ? held : most_held;
    return block + 2;
}

static void counted_free(void *pointer)
{
    size_t *const block = pointer;
    if (!block)
        return;
    held -= block[-2];
    free(block - 2);
}

/* With a number where it has a '#'. */
static size_t put_thing(char *to, const char *thing, unsigned number)
{
    const char *const mark = strchr(thing, '#');
    if (!mark)
        return (size_t)sprintf(to, "%s", thing);
    return (size_t)sprintf(to, "%.*s%x%s", (int)(mark - thing), thing, number, mark + 1);
}

/* Long texts of one thing only, as many of it as are taken. */
static void check_memory(const char *start, const char *thing, const char *end)
{
    char *const text = malloc(OCS_ZARR_TEXT_MAX + 64);
    assert_non_null(text);
    size_t most = 0, taken = 0;
    for (size_t limit = OCS_ZARR_TEXT_MAX; limit > 1000; limit -= limit / 4) {
        size_t used = (size_t)sprintf(text, "%s", start);
        for (unsigned i = 0; used + strlen(thing) + strlen(end) + 10 < limit; ++i)
            used += put_thing(text + used, thing, i);
        used += (size_t)sprintf(text + used, "%s", end);
        most_held = held;
        assert_int_equal(ocs_zarr_array_read(text, used, 2, "", &array, &error), OCS_BAD_INPUT);
        assert_true(most_held <= OCS_ZARR_PARSE_BYTES);
        assert_int_equal(held, 0);
        most = most_held > most ? most_held : most;
        taken += !strstr(error.what, "nested");
    }
    free(text);
    assert_true(taken > 0 && most > 2000);
}

static void test_no_metadata_take_more_memory_than_said(void **state)
{
    (void)state;
    json_set_alloc_funcs(counted_malloc, counted_free);
    check_memory("{\"a\": [", "[],", "0]}");
    check_memory("{\"a\": [", "{},", "0]}");
    check_memory("{\"a\": [", "{\"\":{}},", "0]}");
    check_memory("{\"a\": [", "1,", "0]}");
    check_memory("{\"a\": [", "\"\",", "0]}");
    check_memory("{\"a\": [", "\"012345678901234567890123456789\",", "0]}");
    check_memory("{\"a\": [", "[[[[[[[[]]]]]]]],", "0]}");
    check_memory("{", "\"#\":0,", "\"\":0}");
    check_memory("{", "\"#\":[],", "\"\":0}");
    check_memory("{", "\"#\":{},", "\"\":0}");
    check_memory("{", "\"#\":\"\",", "\"\":0}");
    check_memory("{\"a\": \"", "x", "\"}");
    check_memory("{\"a\": \"", "\\u00e9", "\"}");
    check_memory("{\"", "x", "\":0}");
    json_set_alloc_funcs(malloc, free);
}

static void test_depth_and_length_have_limits(void **state)
{
    (void)state;
    char text[400];
    for (int depth = 62; depth <= 64; ++depth) { /* and one for the object around */
        snprintf(text, sizeof text, "{\"a\": %.*s%.*s}", depth,
                 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", depth,
                 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
        assert_int_equal(ocs_zarr_array_read(text, strlen(text), 2, "", &array, &error),
                         OCS_BAD_INPUT);
        assert_int_equal(strstr(error.what, "nested too deeply") != NULL, depth > 63);
    }
    char *const spaces = malloc(OCS_ZARR_TEXT_MAX + 1);
    assert_non_null(spaces);
    memset(spaces, ' ', OCS_ZARR_TEXT_MAX + 1);
    memcpy(spaces, v2, strlen(v2));
    assert_int_equal(ocs_zarr_array_read(spaces, OCS_ZARR_TEXT_MAX, 2, "", &array, &error), OCS_OK);
    assert_int_equal(ocs_zarr_array_read(spaces, OCS_ZARR_TEXT_MAX + 1, 2, "", &array, &error),
                     OCS_BAD_INPUT);
    free(spaces);
}

static void check_written(const struct ocs_zarr_array *made)
{
    char *text;
    assert_int_equal(ocs_zarr_array_write(made, &text, &error), OCS_OK);
    memset(&array, 0, sizeof array);
    assert_int_equal(
        ocs_zarr_array_read(text, strlen(text), made->version, "there", &array, &error), OCS_OK);
    free(text);
    struct ocs_zarr_array expected = *made; /* what only the chunks say */
    expected.codec.level = 0;
    expected.codec.blosc_inner = (enum ocs_blosc_inner)0;
    expected.codec.blosc_shuffle = (enum ocs_blosc_shuffle)0;
    assert_memory_equal(&array, &expected, sizeof array);
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * 6 * 3 * 2; ++i) {
        struct ocs_zarr_array made;
        memset(&made, 0, sizeof made);
        made.version = 2 + i % 2;
        made.type = (enum ocs_zarr_type)(i / 2 % 6);
        made.codec.method = (enum ocs_chunk_method)(i / 12 % 3);
        made.codec.level = 3;
        made.codec.element_bytes = ocs_zarr_type_bytes(made.type);
        made.codec.blosc_shuffle = OCS_BLOSC_BIT_SHUFFLE;
        made.separator = i / 36 ? '.' : '/';
        made.big_endian = i / 36 && made.codec.element_bytes > 1;
        made.fill = i / 36 ? 7 : 0;
        for (unsigned axis = 0; axis < 3; ++axis) {
            made.shape[axis] = 100 + axis;
            made.chunk[axis] = made.shard[axis] = 8 + axis;
        }
        if (made.version == 3) {
            made.prefixed = made.separator == '/';
            made.sharded = made.codec.crc32c = made.index_crc32c = i / 36;
            made.index_first = made.sharded && made.type == OCS_ZARR_INT16;
            made.shard[2] *= made.sharded ? 4 : 1;
        }
        check_written(&made);
    }
}

/* Member by member, as the specification has it. */
static void test_what_is_written_is_what_others_read(void **state)
{
    (void)state;
    assert_int_equal(read_changed(v3, "", ""), OCS_OK);
    array.codec.level = 3;
    char *text;
    assert_int_equal(ocs_zarr_array_write(&array, &text, &error), OCS_OK);
    json_t *const ours = json_loads(text, 0, NULL);
    char expected_text[sizeof v3 + 60];
    const char *const checksum = strstr(v3, "false");
    snprintf(expected_text, sizeof expected_text, "%.*strue%s", (int)(checksum - v3), v3,
             checksum + strlen("false"));
    json_t *const expected = json_loads(expected_text, 0, NULL);
    assert_int_equal(
        json_object_set_new(expected, "dimension_names", json_pack("[sss]", "z", "y", "x")), 0);
    assert_int_equal(json_object_set_new(expected, "fill_value", json_real(0)), 0);
    assert_true(json_equal(ours, expected));
    json_decref(ours);
    json_decref(expected);
    free(text);
}

static void check_key(uint64_t z, uint64_t y, uint64_t x, const char *expected)
{
    char key[OCS_ZARR_KEY_BYTES];
    ocs_zarr_key(&array, (const uint64_t[]){z, y, x}, key);
    assert_string_equal(key, expected);
}

static void test_keys(void **state)
{
    (void)state;
    uint64_t grid[3];
    assert_int_equal(read_changed(v2, "", ""), OCS_OK);
    ocs_zarr_grid(&array, grid);
    assert_extent(grid, 2, 3, 6);
    check_key(1, 2, 3, "1/2/3");
    array.separator = '.';
    check_key(0, 20, 300, "0.20.300");
    array.leading = 2;
    check_key(1, 2, 3, "0.0.1.2.3");
    assert_int_equal(read_changed(v3, "", ""), OCS_OK);
    ocs_zarr_grid(&array, grid); /* of shards */
    assert_extent(grid, 2, 2, 3);
    check_key(1, 23, 45, "c/1/23/45");
    array.separator = '.';
    array.leading = 2;
    check_key(UINT64_MAX, UINT64_MAX, UINT64_MAX,
              "c.0.0.18446744073709551615.18446744073709551615.18446744073709551615");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_2),
        cmocka_unit_test(test_version_3),
        cmocka_unit_test(test_types_and_order_of_bytes),
        cmocka_unit_test(test_fill_values),
        cmocka_unit_test(test_what_may_be_otherwise),
        cmocka_unit_test(test_refusals_of_version_2),
        cmocka_unit_test(test_refusals_of_version_3),
        cmocka_unit_test(test_no_metadata_take_more_memory_than_said),
        cmocka_unit_test(test_depth_and_length_have_limits),
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_what_is_written_is_what_others_read),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
