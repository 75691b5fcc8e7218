/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is a URL, what it is called, and what of it may be shown. */

#include "fail.h"
#include "location.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void kinds_show_in_the_beginning(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum ocs_location_kind kind;
    } cases[] = {
        {"http://host/map.mrc", OCS_LOCATION_HTTP},
        {"HTTPS://host/map.mrc", OCS_LOCATION_HTTP},
        {"s3://bucket/key", OCS_LOCATION_S3},
        {"emdb:1234", OCS_LOCATION_EMDB},
        {"EMDB:1234", OCS_LOCATION_EMDB},
        {"map.mrc", OCS_LOCATION_PATH},
        {"-", OCS_LOCATION_PATH},
        {"", OCS_LOCATION_PATH},
        {"./http://host", OCS_LOCATION_PATH},
        {"http:/host", OCS_LOCATION_PATH},
        {"ftp://host/map.mrc", OCS_LOCATION_PATH},
        {"emd", OCS_LOCATION_PATH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i)
        assert_int_equal(ocs_location_kind(cases[i].text), cases[i].kind);
}

static void names_are_the_last_part(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"http://host/a/emd_1.map.gz?x=/y#/z", "emd_1.map.gz"},
        {"https://user:p@host/map.mrc#part", "map.mrc"},
        {"http://host", ""},
        {"http://host/folder/", ""},
        {"http://host?/map.mrc", ""},
        {"s3://bucket/folder/what?.mrc", "what?.mrc"},
        {"emdb:3061", "emd_3061.map.gz"},
        {"-", "stdin"},
        {"folder/map.mrc", "map.mrc"},
        {"map.mrc", "map.mrc"},
        {"what?.mrc", "what?.mrc"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        char name[64];
        assert_int_equal(ocs_location_name(cases[i][0], name, sizeof name), strlen(cases[i][1]));
        assert_string_equal(name, cases[i][1]);
    }
    char small[4];
    assert_int_equal(ocs_location_name("emdb:3061", small, sizeof small), 15);
    assert_string_equal(small, "emd");
}

static void entries_are_digits(void **state)
{
    (void)state;
    assert_string_equal(ocs_location_emdb_entry("emdb:3061"), "3061");
    assert_string_equal(ocs_location_emdb_entry("emdb:123456"), "123456");
    static const char *const wrong[] = {"emdb:",     "emdb:123",  "emdb:1234567",
                                        "emdb:12 4", "emdb:-123", "emdb:12a4"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i)
        assert_null(ocs_location_emdb_entry(wrong[i]));
}

static const char *const shown[][2] = {
    {"map.mrc", "map.mrc"},
    {"what?.mrc", "what?.mrc"},
    {"http://host/map.mrc", "http://host/map.mrc"},
    {"http://host:8080/map.mrc", "http://host:8080/map.mrc"},
    {"http://[::1]:8080/map.mrc", "http://[::1]:8080/map.mrc"},
    {"http://user:secret@host/map.mrc", "http://host/map.mrc"},
    {"https://user@host:1/@scope/map.mrc", "https://host:1/@scope/map.mrc"},
    {"https://host/@scope/map.mrc", "https://host/@scope/map.mrc"},
    {"http://user:se@cret@host/", "http://host/"},
    {"http://user:se/cret@host/", "http://host/"},
    {"http://user:se'c ret@host/", "http://host/"},
    {"http://user:secret@host", "http://host"},
    {"http://user:secret", "http://user:secret"},
    {"http://user:sec?ret@host/", "http://host/"},
    {"http://host/m?X-Amz-Signature=secret", "http://host/m?..."},
    {"http://host/m?a=http://user:secret@host/", "http://host/m?..."},
    {"--labels=http://u:secret@host/m?secret", "--labels=http://host/m?..."},
    {"one http://u:secret@host/m?secret two", "one http://host/m?... two"},
    {"http://a:secret@b/ http://c:secret@d/", "http://b/ http://d/"},
    {"s3://key:secret@bucket/key", "s3://bucket/key"},
    {"http://a:b@mirror/http://user:secret@host/m", "http://mirror/http://host/m"},
    {"http://host/?", "http://host/?..."},
    {"://", "://"},
    {"", ""},
};

static void secrets_are_not_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; ++i) {
        char text[128];
        const size_t length = ocs_location_show(shown[i][0], text, sizeof text);
        assert_string_equal(text, shown[i][1]);
        assert_int_equal(length, strlen(text));
        assert_true(length <= 2 * strlen(shown[i][0]));
    }
}

/* Whoever reports an error need not think of it. */
static void errors_show_no_secrets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; ++i) {
        struct ocs_error error;
        assert_int_equal(ocs_fail(&error, OCS_IO, "reading", shown[i][0], "x"), OCS_IO);
        assert_string_equal(error.path, shown[i][1]);
        assert_int_equal(ocs_fail_system(&error, "reading", shown[i][0], 5), OCS_IO);
        assert_string_equal(error.path, shown[i][1]);
    }
}

static void short_buffers_are_terminated(void **state)
{
    (void)state;
    const char *const url = "http://user:secret@host/map.mrc?query";
    const char *const whole = "http://host/map.mrc?...";
    for (size_t bytes = 0; bytes < 30; ++bytes) {
        char text[32];
        memset(text, 'x', sizeof text);
        assert_int_equal(ocs_location_show(url, text, bytes), strlen(whole));
        if (bytes > 0) {
            assert_int_equal(strlen(text), bytes <= strlen(whole) ? bytes - 1 : strlen(whole));
            assert_memory_equal(text, whole, strlen(text));
        }
        assert_int_equal(text[bytes], 'x');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_show_in_the_beginning),
        cmocka_unit_test(names_are_the_last_part),
        cmocka_unit_test(entries_are_digits),
        cmocka_unit_test(secrets_are_not_shown),
        cmocka_unit_test(errors_show_no_secrets),
        cmocka_unit_test(short_buffers_are_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
