/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waiting doubles, is bounded, never outlasts patience, and honours what the server asks. */

#include "http_retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct ocs_http_patience patience = {
    .total_ms = 10000, .stall_ms = 2500, .backoff_ms = 100, .backoff_max_ms = 1000};

static bool again(struct ocs_http_retry *retry, uint64_t now_ms, uint64_t wait_s,
                  uint64_t *delay_ms, struct ocs_error *error)
{
    return ocs_http_retry_again(retry, &patience, now_ms, wait_s, "x", "it broke", delay_ms, error);
}

static void waiting_doubles_until_patience_ends(void **state)
{
    (void)state;
    struct ocs_http_retry retry;
    struct ocs_error error;
    uint64_t now = 5000, delay, wanted = 100;
    ocs_http_retry_refresh(&retry, now);
    while (again(&retry, now, 0, &delay, &error)) {
        assert_int_equal(delay, wanted);
        wanted = wanted * 2 > 1000 ? 1000 : wanted * 2;
        now += delay;
        assert_true(now <= 15000);
    }
    assert_true(now + wanted > 15000); /* no sooner than needed */
    assert_int_equal(error.status, OCS_IO);
    assert_non_null(strstr(error.what, "it broke; given up after"));
    ocs_http_retry_refresh(&retry, now); /* a byte came */
    assert_true(again(&retry, now, 0, &delay, &error));
    assert_int_equal(delay, 100);
}

static void what_the_server_asks_is_kept(void **state)
{
    (void)state;
    struct ocs_http_retry retry;
    struct ocs_error error;
    uint64_t delay;
    ocs_http_retry_refresh(&retry, 0);
    assert_true(again(&retry, 0, 3, &delay, &error));
    assert_int_equal(delay, 3000);
    assert_true(again(&retry, 3000, 7, &delay, &error));
    assert_int_equal(delay, 7000);
    assert_false(again(&retry, 3000, 8, &delay, &error));
    assert_non_null(strstr(error.what, "8 s"));
    assert_false(again(&retry, 3000, UINT64_MAX, &delay, &error));
    assert_false(again(&retry, 99999, 0, &delay, &error)); /* long ago: a laptop that slept */
}

static void patience_comes_from_the_environment(void **state)
{
    (void)state;
    struct ocs_http_patience read;
    struct ocs_error error;
    unsetenv("OCCUSTREAM_PATIENCE");
    assert_int_equal(ocs_http_patience_read(&read, &error), OCS_OK);
    assert_int_equal(read.total_ms, 120000);
    assert_int_equal(read.stall_ms, 30000);
    setenv("OCCUSTREAM_PATIENCE", "4", 1);
    assert_int_equal(ocs_http_patience_read(&read, &error), OCS_OK);
    assert_int_equal(read.total_ms, 4000);
    assert_true(read.backoff_ms > 0 && read.backoff_max_ms < read.total_ms);
    static const char *const wrong[] = {"", "0", "-1", " 5", "5s", "86401", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
        setenv("OCCUSTREAM_PATIENCE", wrong[i], 1);
        assert_int_equal(ocs_http_patience_read(&read, &error), OCS_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_doubles_until_patience_ends),
        cmocka_unit_test(what_the_server_asks_is_kept),
        cmocka_unit_test(patience_comes_from_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
