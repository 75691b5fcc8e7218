/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Header lines of answers, good and bad, and what is made of the whole. */

#include "http_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct ocs_http_headers read_lines(const char *const *lines)
{
    struct ocs_http_headers headers = {0};
    for (; *lines; ++lines)
        ocs_http_headers_line(&headers, *lines, strlen(*lines));
    return headers;
}
#define LINES(...) read_lines((const char *const[]){__VA_ARGS__, NULL})

static void a_good_answer_is_read(void **state)
{
    (void)state;
    const struct ocs_http_headers headers =
        LINES("HTTP/1.1 302 Found\r\n", "ETag: \"old\"\r\n", "\r\n", "HTTP/2 206 \r\n",
              "content-length:  1024 \r\n", "Content-Range: bytes 0-1023/5000\r\n",
              "ETAG:\"new\"\r\n", "Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
              "X-Amz-Bucket-Region: eu-test-1\r\n", "\r\n");
    assert_int_equal(headers.status, 206);
    assert_true(headers.has_length && headers.length == 1024);
    assert_true(headers.has_range && headers.first == 0 && headers.last == 1023);
    assert_true(headers.has_total && headers.total == 5000);
    assert_string_equal(headers.etag, "\"new\"");
    assert_true(ocs_http_headers_strong_tag(&headers));
    assert_string_equal(headers.last_modified, "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_string_equal(headers.bucket_region, "eu-test-1");
}

static void ranges_are_taken_literally(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool range, total;
    } cases[] = {
        {"bytes 0-0/1", true, true},
        {"bytes 18446744073709551613-18446744073709551614/18446744073709551615", true, true},
        {"bytes 5-9/*", true, false},
        {"bytes */7", false, true},
        {"BYTES  1-2/3", true, true},
        {"bytes */*", false, false},
        {"bytes 0-0/18446744073709551616", false, false},
        {"bytes 0-18446744073709551615/*", false, false},
        {"bytes 99999999999999999999999-1/2", false, false},
        {"bytes 2-1/9", false, false},
        {"bytes 0-9/9", false, false},
        {"bytes 0-9", false, false},
        {"bytes -9/10", false, false},
        {"bytes 0-/10", false, false},
        {"bytes 0-9/", false, false},
        {"bytes 0-9/10x", false, false},
        {"bytes 0-9/10, 11-12/13", false, false},
        {"bytes 0x0-0x9/10", false, false},
        {"bytes +0-9/10", false, false},
        {"items 0-9/10", false, false},
        {"bytes", false, false},
        {"", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        char line[128] = "Content-Range: ";
        strcat(line, cases[i].text);
        const struct ocs_http_headers headers = LINES("HTTP/1.1 206 OK", line);
        assert_int_equal(headers.has_range, cases[i].range);
        assert_int_equal(headers.has_total, cases[i].total);
    }
}

static void what_makes_no_sense_is_absent(void **state)
{
    (void)state;
    char longer[400] = "ETag: \"";
    memset(longer + 7, 'e', 300);
    struct ocs_http_headers headers =
        LINES("HTTP/1.1 206 OK", "Content-Length: 12x", "ETag: \"a\x01\"", longer, "nonsense",
              ": 1", "Content-Length : 5", "Last-Modified:");
    assert_false(headers.has_length);
    assert_string_equal(headers.etag, "");
    assert_string_equal(headers.last_modified, "");
    assert_false(ocs_http_headers_strong_tag(&headers));
    assert_int_equal(LINES("HTTP/1.1 20", "").status, 0);
    assert_int_equal(LINES("HTTP/1.1", "").status, 0);
    assert_int_equal(LINES("HTTP/1.1 99999999999999999999", "").status, 0);
    assert_int_equal(LINES("ICY 200 OK", "").status, 0);
    headers = LINES("HTTP/1.1 200 OK", "Content-Length: 18446744073709551616");
    assert_false(headers.has_length);
    headers = LINES("HTTP/1.1 200 OK", "ETag: W/\"weak\"");
    assert_false(ocs_http_headers_strong_tag(&headers));
}

static void validators_tell_files_apart(void **state)
{
    (void)state;
    const struct ocs_http_headers none = {0}, a = {.etag = "\"a\""}, b = {.etag = "\"b\""},
                                  day = {.last_modified = "day"},
                                  both = {.etag = "\"a\"", .last_modified = "night"};
    assert_true(ocs_http_headers_same_file(&a, &a));
    assert_true(ocs_http_headers_same_file(&a, &none));
    assert_true(ocs_http_headers_same_file(&a, &day));
    assert_false(ocs_http_headers_same_file(&a, &b));
    assert_false(ocs_http_headers_same_file(&day, &both));
}

/* ---- judging ---- */

static struct ocs_http_headers part(unsigned status, uint64_t first, uint64_t last, uint64_t total)
{
    return (struct ocs_http_headers){.status = status,
                                     .has_range = true,
                                     .first = first,
                                     .last = last,
                                     .has_total = true,
                                     .total = total};
}

static enum ocs_http_verdict judge(struct ocs_http_file *file, struct ocs_http_headers headers,
                                   uint64_t first, uint64_t last)
{
    struct ocs_error error = {.status = OCS_OK};
    const enum ocs_http_verdict verdict = ocs_http_judge(file, &headers, first, last, &error);
    assert_int_equal(error.status, verdict == OCS_HTTP_REFUSE ? OCS_IO : OCS_OK);
    return verdict;
}

static void the_first_part_makes_the_file_known(void **state)
{
    (void)state;
    struct ocs_http_file file = {.shown = "x"};
    assert_int_equal(judge(&file, part(206, 0, 499, 500), 0, 1023), OCS_HTTP_TAKE);
    assert_true(file.known && file.ranges && file.bytes == 500);
    assert_int_equal(judge(&file, part(206, 100, 199, 500), 100, 199), OCS_HTTP_TAKE);
    assert_int_equal(judge(&file, part(206, 100, 198, 500), 100, 199), OCS_HTTP_REFUSE);
    assert_int_equal(judge(&file, part(206, 100, 200, 500), 100, 199), OCS_HTTP_REFUSE);
    assert_int_equal(judge(&file, part(206, 101, 199, 500), 100, 199), OCS_HTTP_REFUSE);
    assert_int_equal(judge(&file, part(206, 100, 199, 501), 100, 199), OCS_HTTP_REFUSE);
    assert_int_equal(judge(&file, part(416, 0, 0, 90), 100, 199), OCS_HTTP_REFUSE);
    struct ocs_http_headers lying = part(206, 100, 199, 500);
    lying.has_length = true;
    lying.length = 99;
    assert_int_equal(judge(&file, lying, 100, 199), OCS_HTTP_REFUSE);
    lying.length = 100;
    assert_int_equal(judge(&file, lying, 100, 199), OCS_HTTP_TAKE);
    assert_int_equal(judge(&file, (struct ocs_http_headers){.status = 200}, 0, 9), OCS_HTTP_REFUSE);
    assert_int_equal(judge(&file, (struct ocs_http_headers){.status = 503}, 0, 9), OCS_HTTP_DROP);
}

static void without_a_total_nothing_is_known(void **state)
{
    (void)state;
    struct ocs_http_file file = {.shown = "x"};
    struct ocs_http_headers headers = part(206, 0, 1023, 0);
    headers.has_total = false;
    assert_int_equal(judge(&file, headers, 0, 1023), OCS_HTTP_REFUSE);
    assert_int_equal(judge(&file, (struct ocs_http_headers){.status = 206}, 0, 1023),
                     OCS_HTTP_REFUSE);
    assert_false(file.known);
}

static void wholes_and_empty_files(void **state)
{
    (void)state;
    struct ocs_http_file whole = {.shown = "x"}, untold = {.shown = "x"}, empty = {.shown = "x"};
    struct ocs_http_headers headers = {
        .status = 200, .has_length = true, .length = 70, .etag = "\"a\""};
    assert_int_equal(judge(&whole, headers, 0, 1023), OCS_HTTP_TAKE);
    assert_true(whole.known && !whole.ranges && whole.bytes == 70);
    assert_int_equal(judge(&whole, headers, 0, 1023), OCS_HTTP_TAKE);
    headers.etag[1] = 'b';
    assert_int_equal(judge(&whole, headers, 0, 1023), OCS_HTTP_REFUSE);
    assert_int_equal(judge(&untold, (struct ocs_http_headers){.status = 200}, 0, 1023),
                     OCS_HTTP_TAKE);
    assert_true(untold.bytes == UINT64_MAX && !untold.ranges);
    struct ocs_http_headers beyond = {.status = 416, .has_total = true, .total = 0};
    assert_int_equal(judge(&empty, beyond, 0, 1023), OCS_HTTP_TAKE);
    assert_true(empty.known && empty.bytes == 0);
}

static void overload_passes_and_absence_does_not(void **state)
{
    (void)state;
    static const unsigned passing[] = {408, 425, 429, 500, 502, 503, 504, 599};
    static const unsigned lasting[] = {0, 301, 400, 401, 403, 404, 410, 416, 501, 505, 600};
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; ++i)
        assert_true(ocs_http_status_passes(passing[i]));
    for (size_t i = 0; i < sizeof lasting / sizeof lasting[0]; ++i)
        assert_false(ocs_http_status_passes(lasting[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_answer_is_read),
        cmocka_unit_test(ranges_are_taken_literally),
        cmocka_unit_test(what_makes_no_sense_is_absent),
        cmocka_unit_test(validators_tell_files_apart),
        cmocka_unit_test(the_first_part_makes_the_file_known),
        cmocka_unit_test(without_a_total_nothing_is_known),
        cmocka_unit_test(wholes_and_empty_files),
        cmocka_unit_test(overload_passes_and_absence_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
