/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When the JSON library is refused memory once, at any request, nothing is read or written that is
 * not what it is with memory in plenty. */
#include "zarr_group.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ocs_error error;
static unsigned long requests, refused; /* 0: none is */

static void *refuse_one(size_t bytes)
{
    return ++requests == refused ? NULL : malloc(bytes);
}

static void start(unsigned long which)
{
    requests = 0;
    refused = which;
}

static const struct ocs_zarr_array array = {.version = 3,
                                            .shape = {100, 101, 102},
                                            .chunk = {16, 17, 18},
                                            .sharded = true,
                                            .shard = {16, 17, 72},
                                            .index_crc32c = true,
                                            .type = OCS_ZARR_FLOAT32,
                                            .codec = {.method = OCS_CHUNK_BLOSC,
                                                      .level = 3,
                                                      .element_bytes = 4,
                                                      .blosc_inner = OCS_BLOSC_ZSTD,
                                                      .blosc_shuffle = OCS_BLOSC_BYTE_SHUFFLE},
                                            .separator = '/',
                                            .prefixed = true};

static struct ocs_zarr_group make_group(unsigned version)
{
    struct ocs_zarr_group group = {.version = version,
                                   .name = "a map",
                                   .has_unit = true,
                                   .level_count = 2,
                                   .has_header = true};
    for (unsigned i = 0; i < 2; ++i)
        group.level[i] = (struct ocs_zarr_level){.path = {(char)('0' + i)},
                                                 .scale = {1.0 / 3, 2.0 / 3, 1.1234567890123456}};
    for (size_t i = 0; i < sizeof group.header; ++i)
        group.header[i] = (unsigned char)(i * 37);
    return group;
}

static enum ocs_status write_array(char **text_ret)
{
    return ocs_zarr_array_write(&array, text_ret, &error);
}

static enum ocs_status write_group(char **text_ret)
{
    const struct ocs_zarr_group group = make_group(2);
    return ocs_zarr_group_write(&group, "{\"a report\": [1, 0.12345678901234567]}", text_ret,
                                &error);
}

static void check_writing(enum ocs_status (*write_text)(char **text_ret))
{
    char *expected;
    start(0);
    assert_int_equal(write_text(&expected), OCS_OK);
    const unsigned long all = requests;
    assert_true(all > 20);
    for (unsigned long which = 1; which <= all; ++which) {
        char *text;
        start(which);
        const enum ocs_status status = write_text(&text);
        if (status == OCS_OK) {
            assert_string_equal(text, expected);
            free(text);
        } else {
            assert_int_equal(status, OCS_LIMIT);
        }
    }
    free(expected);
}

static void test_writing(void **state)
{
    (void)state;
    check_writing(write_array);
    check_writing(write_group);
}

static void test_reading(void **state)
{
    (void)state;
    static struct ocs_zarr_group expected, group;
    for (unsigned version = 2; version <= 3; ++version) {
        char *text;
        const struct ocs_zarr_group written = make_group(version);
        start(0);
        assert_int_equal(ocs_zarr_group_write(&written, NULL, &text, &error), OCS_OK);
        start(0);
        assert_int_equal(
            ocs_zarr_group_read(text, strlen(text), version, "there", &expected, &error), OCS_OK);
        assert_memory_equal(expected.header, written.header, sizeof written.header);
        const unsigned long all = requests;
        for (unsigned long which = 1; which <= all; ++which) {
            start(which);
            memset(&group, 0, sizeof group);
            const enum ocs_status status =
                ocs_zarr_group_read(text, strlen(text), version, "there", &group, &error);
            if (status == OCS_OK)
                assert_memory_equal(&group, &expected, sizeof group);
            else
                assert_int_equal(status, OCS_LIMIT);
        }
        free(text);
    }
}

int main(void)
{
    json_set_alloc_funcs(refuse_one, free);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writing),
        cmocka_unit_test(test_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
