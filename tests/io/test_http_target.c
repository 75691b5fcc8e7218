/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which server is asked for what, by location and environment. */

#include "http_target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {
    "OCCUSTREAM_EMDB_BASE", "AWS_ENDPOINT_URL",      "AWS_REGION",       "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"};

static int forget_environment(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i)
        unsetenv(names[i]);
    return 0;
}

static void assert_asks(const char *location, const char *url, const char *shown)
{
    struct ocs_http_target target;
    struct ocs_error error;
    assert_int_equal(ocs_http_target_make(location, &target, &error), OCS_OK);
    assert_string_equal(target.url, url);
    assert_string_equal(target.shown, shown);
    ocs_http_target_clear(&target);
}

static void urls_stay_as_they_are(void **state)
{
    (void)state;
    assert_asks("http://u:p@host/m?q", "http://u:p@host/m?q", "http://host/m?...");
}

static void entries_are_in_the_archive(void **state)
{
    (void)state;
    const char *const url =
        "https://ftp.ebi.ac.uk/pub/databases/emdb/structures/EMD-3061/map/emd_3061.map.gz";
    assert_asks("emdb:3061", url, url);
    setenv("OCCUSTREAM_EMDB_BASE", "http://u:p@mirror/emdb//", 1);
    assert_asks("emdb:12345", "http://u:p@mirror/emdb/structures/EMD-12345/map/emd_12345.map.gz",
                "http://mirror/emdb/structures/EMD-12345/map/emd_12345.map.gz");
}

static void buckets_have_hosts(void **state)
{
    (void)state;
    assert_asks("s3://bucket/a/b.mrc", "https://bucket.s3.us-east-1.amazonaws.com/a/b.mrc",
                "s3://bucket/a/b.mrc");
    setenv("AWS_DEFAULT_REGION", "eu-west-2", 1);
    assert_asks("s3://bucket/k", "https://bucket.s3.eu-west-2.amazonaws.com/k", "s3://bucket/k");
    setenv("AWS_REGION", "eu-north-1", 1);
    assert_asks("s3://a.bucket/k", "https://s3.eu-north-1.amazonaws.com/a.bucket/k",
                "s3://a.bucket/k");
    setenv("AWS_ENDPOINT_URL", "http://localhost:9000/", 1);
    assert_asks("s3://bucket/k", "http://localhost:9000/bucket/k", "s3://bucket/k");
    assert_asks("s3://bucket/a b+\xc3\xbc#%/~_.-", /* every byte but plain ones is encoded */
                "http://localhost:9000/bucket/a%20b%2B%C3%BC%23%25/~_.-",
                "s3://bucket/a b+\xc3\xbc#%/~_.-");
    assert_asks("s3://bucket/what?", "http://localhost:9000/bucket/what%3F",
                "s3://bucket/what?...");
}

static void credentials_come_in_pairs(void **state)
{
    (void)state;
    struct ocs_http_target target;
    struct ocs_error error;
    assert_int_equal(ocs_http_target_make("s3://b/k", &target, &error), OCS_OK);
    assert_true(target.s3 && !target.signature && !target.key_id && !target.token);
    ocs_http_target_clear(&target);
    setenv("AWS_ACCESS_KEY_ID", "id", 1);
    assert_int_equal(ocs_http_target_make("s3://b/k", &target, &error), OCS_USAGE);
    setenv("AWS_SECRET_ACCESS_KEY", "hush", 1);
    setenv("AWS_SESSION_TOKEN", "token", 1);
    assert_int_equal(ocs_http_target_make("s3://b/k", &target, &error), OCS_OK);
    assert_string_equal(target.signature, "aws:amz:us-east-1:s3");
    assert_string_equal(target.key_id, "id");
    assert_string_equal(target.secret, "hush");
    assert_string_equal(target.token, "x-amz-security-token: token");
    ocs_http_target_clear(&target);
    unsetenv("AWS_ACCESS_KEY_ID");
    assert_int_equal(ocs_http_target_make("s3://b/k", &target, &error), OCS_USAGE);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"s3://",      "s3://b",    "s3://b/", "s3:///k",
                                        "s3://b?/k",  "emdb:",     "emdb:12", "emdb:../3061",
                                        "s3://a@b/k", "emdb:x1234"};
    struct ocs_http_target target;
    struct ocs_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i)
        assert_int_equal(ocs_http_target_make(wrong[i], &target, &error), OCS_USAGE);
    setenv("AWS_ENDPOINT_URL", "file:///etc", 1);
    assert_int_equal(ocs_http_target_make("s3://b/k", &target, &error), OCS_USAGE);
    forget_environment(NULL);
    setenv("AWS_REGION", "evil.example/", 1);
    assert_int_equal(ocs_http_target_make("s3://b/k", &target, &error), OCS_USAGE);
    setenv("OCCUSTREAM_EMDB_BASE", "/srv/emdb", 1);
    assert_int_equal(ocs_http_target_make("emdb:3061", &target, &error), OCS_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(urls_stay_as_they_are, forget_environment),
        cmocka_unit_test_setup(entries_are_in_the_archive, forget_environment),
        cmocka_unit_test_setup(buckets_have_hosts, forget_environment),
        cmocka_unit_test_setup(credentials_come_in_pairs, forget_environment),
        cmocka_unit_test_setup(nonsense_is_refused, forget_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
