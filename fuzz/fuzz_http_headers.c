/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever a server answers, what is taken from it lies within what was asked for, and a file that
 * is known does not become another one. Input: header lines; each empty line ends an answer. */
#include "fuzz_check.h"
#include "http_answer.h"

#include <string.h>

enum { FIRST = 0, LAST = 1023 };

static bool is_plain(const char *text, size_t room)
{
    const size_t length = strnlen(text, room);
    for (size_t i = 0; i < length; ++i)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return length < room;
}

static void check_headers(const struct ocs_http_headers *headers)
{
    FUZZ_CHECK(headers->status == 0 || (headers->status >= 100 && headers->status <= 999));
    FUZZ_CHECK(!headers->has_range || headers->first <= headers->last);
    FUZZ_CHECK(!headers->has_range || !headers->has_total || headers->last < headers->total);
    FUZZ_CHECK(!headers->has_range || headers->last < UINT64_MAX);
    FUZZ_CHECK(is_plain(headers->etag, sizeof headers->etag));
    FUZZ_CHECK(is_plain(headers->last_modified, sizeof headers->last_modified));
    FUZZ_CHECK(is_plain(headers->bucket_region, sizeof headers->bucket_region));
    FUZZ_CHECK(!ocs_http_headers_strong_tag(headers) || strlen(headers->etag) >= 2);
    /* What the file has, or that it is not there, does not pass. */
    FUZZ_CHECK(!ocs_http_status_passes(headers->status) || headers->status >= 408);
}

static void check_answer(struct ocs_http_file *file, const struct ocs_http_headers *headers)
{
    const struct ocs_http_file before = *file;
    struct ocs_error error = {.status = OCS_OK};
    const enum ocs_http_verdict verdict = ocs_http_judge(file, headers, FIRST, LAST, &error);
    FUZZ_CHECK(verdict != OCS_HTTP_UNSEEN);
    FUZZ_CHECK((verdict == OCS_HTTP_REFUSE) == (error.status == OCS_IO));
    FUZZ_CHECK(verdict != OCS_HTTP_REFUSE || error.what[0] != '\0');
    FUZZ_CHECK(verdict != OCS_HTTP_TAKE || file->known);
    if (before.known)
        FUZZ_CHECK(file->bytes == before.bytes && file->ranges == before.ranges &&
                   memcmp(&file->state, &before.state, sizeof file->state) == 0);
    if (verdict == OCS_HTTP_TAKE && headers->status == 206)
        FUZZ_CHECK(headers->first == FIRST && headers->last <= LAST && headers->last < file->bytes);
    if (verdict != OCS_HTTP_DROP)
        return;
    for (int s3 = 0; s3 < 2; ++s3)
        FUZZ_CHECK(ocs_http_fail_status(file, headers, s3, &error) == OCS_IO && error.what[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ocs_http_headers headers = {0};
    struct ocs_http_file file = {.shown = "fuzz"};
    while (size > 0) {
        const uint8_t *const newline = memchr(data, '\n', size);
        const size_t bytes = newline ? (size_t)(newline - data) + 1 : size;
        /* A copy of its own, so that a sanitizer sees reads past its end. */
        char *const line = malloc(bytes);
        FUZZ_CHECK(line);
        memcpy(line, data, bytes);
        ocs_http_headers_line(&headers, line, bytes);
        check_headers(&headers);
        if (bytes <= 2 && newline)
            check_answer(&file, &headers);
        free(line);
        data += bytes;
        size -= bytes;
    }
    return 0;
}
