/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images: geometry of their levels as OME-Zarr describes it, what is refused, and what is written.
 */
#include "base64.h"
#include "zarr_group.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ocs_zarr_group group;
static struct ocs_error error;

/* Two levels in nanometres; the whole image is scaled and moved once more. */
static const char image[] =
    "{\"multiscales\": [{\"version\": \"0.4\", \"name\": \"a map\", \"axes\": ["
    "{\"name\": \"z\", \"type\": \"space\", \"unit\": \"nanometer\"},"
    "{\"name\": \"y\", \"type\": \"space\", \"unit\": \"nanometer\"},"
    "{\"name\": \"x\", \"type\": \"space\", \"unit\": \"nanometer\"}], \"datasets\": ["
    "{\"path\": \"0\", \"coordinateTransformations\": [{\"type\": \"scale\", \"scale\":"
    " [0.25, 0.5, 1]}, {\"type\": \"translation\", \"translation\": [1, 2, 3]}]},"
    "{\"path\": \"level/1\", \"coordinateTransformations\": [{\"type\": \"scale\", \"scale\":"
    " [0.5, 1.0, 2]}]}], \"coordinateTransformations\": [{\"type\": \"scale\", \"scale\":"
    " [2, 2, 4]}, {\"type\": \"translation\", \"translation\": [0, 0, 5]}]}]}";

static enum ocs_status read_text(const char *text, unsigned version)
{
    char *const exact = malloc(strlen(text));
    assert_non_null(exact);
    memcpy(exact, text, strlen(text));
    const enum ocs_status status =
        ocs_zarr_group_read(exact, strlen(text), version, "there", &group, &error);
    free(exact);
    return status;
}

static enum ocs_status read_changed(const char *from, const char *to)
{
    char text[1 << 14];
    const char *const at = strstr(image, from);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - image), image, to, at + strlen(from));
    return read_text(text, 2);
}

static void assert_numbers(const double numbers[3], double z, double y, double x)
{
    assert_true(numbers[0] == z && numbers[1] == y && numbers[2] == x);
}

static void test_levels_and_their_geometry(void **state)
{
    (void)state;
    assert_int_equal(read_changed("", ""), OCS_OK);
    assert_string_equal(group.name, "a map");
    assert_true(group.has_unit);
    assert_false(group.has_header);
    assert_int_equal(group.leading, 0);
    assert_int_equal(group.level_count, 2);
    assert_string_equal(group.level[0].path, "0");
    assert_numbers(group.level[0].scale, 5, 10, 40); /* nanometres to angstrom */
    assert_numbers(group.level[0].translation, 20, 40, 170);
    assert_string_equal(group.level[1].path, "level/1");
    assert_numbers(group.level[1].scale, 10, 20, 80);
    assert_numbers(group.level[1].translation, 0, 0, 50);
}

static void test_version_3_has_its_image_one_level_deeper(void **state)
{
    (void)state;
    char text[1 << 14];
    snprintf(text, sizeof text,
             "{\"zarr_format\": 3, \"node_type\": \"group\", \"attributes\": {\"ome\": %s}}",
             image);
    assert_int_equal(read_text(text, 3), OCS_OK);
    assert_int_equal(group.level_count, 2);
    assert_numbers(group.level[0].scale, 5, 10, 40);
    assert_int_equal(read_text(image, 3), OCS_BAD_INPUT);
    enum ocs_zarr_node node;
    assert_int_equal(ocs_zarr_node_read(text, strlen(text), "", &node, &error), OCS_OK);
    assert_int_equal(node, OCS_ZARR_IS_GROUP);
    assert_int_equal(ocs_zarr_node_read("{\"node_type\": \"array\"}", 22, "", &node, &error),
                     OCS_OK);
    assert_int_equal(node, OCS_ZARR_IS_ARRAY);
    assert_int_equal(ocs_zarr_node_read("{}", 2, "", &node, &error), OCS_BAD_INPUT);
}

static void test_what_may_be_otherwise(void **state)
{
    (void)state;
    assert_int_equal(read_changed(", \"unit\": \"nanometer\"", ""), OCS_OK);
    assert_false(group.has_unit); /* of one axis it is not said */
    assert_numbers(group.level[0].scale, 0.5, 1, 4);
    assert_int_equal(read_changed("\"nanometer\"", "\"parsec\""), OCS_OK);
    assert_false(group.has_unit);
    assert_int_equal(read_changed("\"nanometer\"", "\"micrometer\""), OCS_OK);
    assert_true(group.has_unit);
    assert_numbers(group.level[0].scale, 5000, 10, 40);
    assert_int_equal(
        read_changed(", \"coordinateTransformations\": [{\"type\": \"scale\", \"scale\":"
                     " [2, 2, 4]}, {\"type\": \"translation\", \"translation\": [0, 0, 5]}]",
                     ""),
        OCS_OK);
    assert_numbers(group.level[0].scale, 2.5, 5, 10);
    assert_int_equal(read_changed("\"a map\"", "\"a\\u0007\\nb\""), OCS_OK);
    assert_string_equal(group.name, "a??b");
    assert_int_equal(read_changed("\"name\": \"a map\", ", ""), OCS_OK);
    assert_string_equal(group.name, "");
    static const char axes_0_3[] =
        "{\"multiscales\": [{\"axes\": [\"t\", \"c\", \"z\", \"y\", \"x\"],"
        " \"datasets\": [{\"path\": \"s0\", \"coordinateTransformations\": [{\"type\": \"scale\","
        " \"scale\": [1, 1, 2, 3, 4]}]}, {\"path\": \"s1\"}]}]}";
    assert_int_equal(read_text(axes_0_3, 2), OCS_OK);
    assert_int_equal(group.leading, 2);
    assert_numbers(group.level[0].scale, 2, 3, 4);
    assert_numbers(group.level[1].scale, 1, 1, 1);
    assert_false(group.has_unit);
}

/* Longer names end at a whole character. */
static void test_long_names_are_cut(void **state)
{
    (void)state;
    char name[400] = "\"";
    for (unsigned i = 0; i < 90; ++i)
        strcat(name, "\xc3\xa9");
    strcat(name, "\"");
    assert_int_equal(read_changed("\"a map\"", name), OCS_OK);
    assert_int_equal(strlen(group.name), 126);
    assert_memory_equal(group.name, name + 1, 126);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *why;
    } refusals[] = {
        {"multiscales", "plate", "without an OME image"},
        {"[{\"version\"", "[[], {\"version\"", "without an OME image"},
        {"\"axes\"", "\"axis\"", "0 axes"},
        {"\"name\": \"z\"", "\"name\": \"w\"", "not z, y, x"},
        {"\"type\": \"space\"", "\"type\": \"time\"", "not z, y, x"},
        {"\"datasets\"", "\"data\"", "0 levels"},
        {"\"0\"", "\"\"", "path that is not read"},
        {"\"0\"", "\"..\"", "path that is not read: .."},
        {"\"0\"", "\"0/../../etc\"", "path that is not read"},
        {"\"0\"", "\"/etc/passwd\"", "path that is not read"},
        {"\"0\"", "\"0//1\"", "path that is not read"},
        {"\"0\"", "\"0/\"", "path that is not read"},
        {"\"0\"", "\"./0\"", "path that is not read"},
        {"\"0\"", "\"0?x=1\"", "path that is not read"},
        {"\"0\"", "\"0%2e\"", "path that is not read"},
        {"\"0\"", "\"a\\\\b\"", "path that is not read"},
        {"\"0\"", "\"a\\nb\"", "path that is not read"},
        {"\"0\"", "7", "path that is not read: none"},
        {"[0.25, 0.5, 1]", "[0.25, 0.5]", "coordinate transformation"},
        {"[0.25, 0.5, 1]", "[0.25, 0, 1]", "coordinate transformation"},
        {"[0.25, 0.5, 1]", "[0.25, -1, 1]", "coordinate transformation"},
        {"[0.25, 0.5, 1]", "[0.25, \"1\", 1]", "coordinate transformation"},
        {"[0.25, 0.5, 1]", "[1e308, 1, 1]", "no size that makes sense"},
        {"[0.25, 0.5, 1]", "[1e-323, 1, 1]", NULL},
        {"[1, 2, 3]", "[1, 1e308, 3]", "no size that makes sense"},
        {"[1, 2, 3]", "{}", "coordinate transformation"},
        {"{\"type\": \"scale\", \"scale\": [0.25, 0.5, 1]}", "{\"type\": \"affine\"}",
         "coordinate transformation"},
        {"{\"type\": \"scale\", \"scale\": [0.25, 0.5, 1]}",
         "{\"type\": \"translation\", \"translation\": [0, 0, 0]}", "coordinate transformation"},
        {"{\"type\": \"translation\", \"translation\": [1, 2, 3]}",
         "{\"type\": \"scale\", \"scale\": [1, 1, 1]}", "coordinate transformation"},
    };
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; ++i) {
        const enum ocs_status status = read_changed(refusals[i].from, refusals[i].to);
        assert_int_equal(status, refusals[i].why ? OCS_BAD_INPUT : OCS_OK);
        if (refusals[i].why && !strstr(error.what, refusals[i].why))
            fail_msg("%s: %s", refusals[i].to, error.what);
    }
    char many[1 << 13] = "\"datasets\": [";
    for (unsigned i = 0; i < OCS_ZARR_LEVELS_MAX + 1; ++i)
        strcat(many, "{\"path\": \"0\"}, ");
    assert_int_equal(read_changed("\"datasets\": [", many), OCS_BAD_INPUT);
    assert_non_null(strstr(error.what, "levels"));
}

static struct ocs_zarr_group sample(unsigned version)
{
    struct ocs_zarr_group made;
    memset(&made, 0, sizeof made);
    made.version = version;
    made.has_unit = true;
    made.level_count = 3;
    strcpy(made.name, "emd_3061_scale");
    for (unsigned i = 0; i < 3; ++i) {
        snprintf(made.level[i].path, sizeof made.level[i].path, "%u", i);
        for (unsigned axis = 0; axis < 3; ++axis) {
            made.level[i].scale[axis] = 1.05 * (1 << i);
            made.level[i].translation[axis] = -10.1 + axis + ((1 << i) - 1) * 0.525;
        }
    }
    made.has_header = true;
    for (unsigned i = 0; i < sizeof made.header; ++i)
        made.header[i] = (unsigned char)(i * i >> 3);
    return made;
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    for (unsigned version = 2; version <= 3; ++version) {
        struct ocs_zarr_group made = sample(version);
        char *text;
        assert_int_equal(ocs_zarr_group_write(&made, "{\"tau\": 0.95}", &text, &error), OCS_OK);
        assert_int_equal(read_text(text, version), OCS_OK);
        assert_memory_equal(&group, &made, sizeof made);
        free(text);
        made.has_header = false;
        memset(made.header, 0, sizeof made.header);
        assert_int_equal(ocs_zarr_group_write(&made, NULL, &text, &error), OCS_OK);
        assert_int_equal(read_text(text, version), OCS_OK);
        assert_memory_equal(&group, &made, sizeof made);
        free(text);
    }
}

static json_t *follow(json_t *from, const char *const *keys)
{
    for (; *keys; ++keys)
        from = json_is_array(from) ? json_array_get(from, 0) : json_object_get(from, *keys);
    return from;
}

/* What the specification asks for, member by member. */
static void test_what_is_written_is_what_others_read(void **state)
{
    (void)state;
    for (unsigned version = 2; version <= 3; ++version) {
        const struct ocs_zarr_group made = sample(version);
        char *text;
        assert_int_equal(ocs_zarr_group_write(&made, "{\"tau\": 0.95}", &text, &error), OCS_OK);
        json_t *const root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(root);
        json_t *const attributes = version == 2 ? root : json_object_get(root, "attributes");
        json_t *const ome = version == 2 ? root : json_object_get(attributes, "ome");
        json_t *const first = follow(ome, (const char *const[]){"multiscales", "", NULL});
        json_t *const own = json_object_get(attributes, "occustream");
        const char *const where =
            json_string_value(json_object_get(version == 2 ? first : ome, "version"));
        assert_string_equal(where, version == 2 ? "0.4" : "0.5");
        assert_int_equal(json_array_size(json_object_get(first, "axes")), 3);
        json_t *const expected =
            json_pack("[{s:s,s:s,s:s},{s:s,s:s,s:s},{s:s,s:s,s:s}]", "name", "z", "type", "space",
                      "unit", "angstrom", "name", "y", "type", "space", "unit", "angstrom", "name",
                      "x", "type", "space", "unit", "angstrom");
        assert_true(json_equal(json_object_get(first, "axes"), expected));
        assert_true(json_real_value(follow(own, (const char *const[]){"report", "tau", NULL})) ==
                    0.95);
        assert_int_equal(json_string_length(json_object_get(own, "mrc_header")), 1368);
        json_decref(expected);
        json_decref(root);
        free(text);
    }
}

/* What could not be read again is left out, and the rest stays. */
static void test_a_report_that_is_too_long_is_left_out(void **state)
{
    (void)state;
    const struct ocs_zarr_group made = sample(2);
    char *const report = malloc(OCS_ZARR_TEXT_MAX + 1);
    assert_non_null(report);
    for (size_t length = 10000; length < OCS_ZARR_TEXT_MAX; length += 150000) {
        size_t used = (size_t)sprintf(report, "{\"curve\": [");
        while (used < length)
            used += (size_t)sprintf(report + used, "0.12345678901234567,");
        sprintf(report + used, "0]}");
        char *text;
        assert_int_equal(ocs_zarr_group_write(&made, report, &text, &error), OCS_OK);
        assert_int_equal(read_text(text, 2), OCS_OK);
        assert_memory_equal(&group, &made, sizeof made);
        assert_int_equal(strstr(text, "curve") != NULL, length < 700000);
        free(text);
    }
    free(report);
}

static void test_base64(void **state)
{
    (void)state; /* RFC 4648, 10 */
    static const char *const texts[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                        "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (size_t n = 0; n < 7; ++n) {
        char text[OCS_BASE64_ROOM(7)];
        unsigned char bytes[7];
        ocs_base64_encode((const unsigned char *)"foobar", n, text);
        assert_string_equal(text, texts[n]);
        assert_true(ocs_base64_decode(texts[n], bytes, n));
        assert_memory_equal(bytes, "foobar", n);
        assert_false(ocs_base64_decode(texts[n], bytes, n + 1));
    }
    unsigned char bytes[4];
    assert_false(ocs_base64_decode("Zm9vYg=", bytes, 4));
    assert_false(ocs_base64_decode("Zm9vY===", bytes, 4));
    assert_false(ocs_base64_decode("Zm9v*g==", bytes, 4));
    assert_false(ocs_base64_decode("Zm9v\xff\xff==", bytes, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_and_their_geometry),
        cmocka_unit_test(test_version_3_has_its_image_one_level_deeper),
        cmocka_unit_test(test_what_may_be_otherwise),
        cmocka_unit_test(test_long_names_are_cut),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_what_is_written_is_what_others_read),
        cmocka_unit_test(test_a_report_that_is_too_long_is_left_out),
        cmocka_unit_test(test_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
