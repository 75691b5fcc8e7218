/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_answer.h"

#include "checked.h"
#include "fail.h"

static const char reading[] = "reading";

static enum ocs_http_verdict refuse_changed(const struct ocs_http_file *file,
                                            struct ocs_error *error)
{
    ocs_fail(error, OCS_IO, reading, file->shown, "the file changed while it was read");
    ocs_advise(error, "run again when nothing writes to it any more");
    return OCS_HTTP_REFUSE;
}

static enum ocs_http_verdict refuse_broken(struct ocs_error *error)
{
    ocs_advise(error, "the server is broken; save the file and give its path");
    return OCS_HTTP_REFUSE;
}

static bool is_changed(const struct ocs_http_file *file, const struct ocs_http_headers *headers,
                       bool has_bytes, uint64_t bytes)
{
    return file->known && (!ocs_http_headers_same_file(&file->state, headers) ||
                           (has_bytes && file->bytes != UINT64_MAX && bytes != file->bytes));
}

static void know(struct ocs_http_file *file, const struct ocs_http_headers *headers, bool ranges,
                 uint64_t bytes)
{
    if (file->known)
        return;
    file->known = true;
    file->ranges = ranges;
    file->bytes = bytes;
    file->state = *headers;
}

/* 206 */
static enum ocs_http_verdict judge_part(struct ocs_http_file *file,
                                        const struct ocs_http_headers *headers, uint64_t first,
                                        uint64_t last, struct ocs_error *error)
{
    if (!headers->has_range || (!file->known && !headers->has_total)) {
        ocs_fail(error, OCS_IO, reading, file->shown,
                 "the server does not say which bytes it sends and of how many");
        return refuse_broken(error);
    }
    const bool was_empty = file->known && file->bytes == 0;
    if (was_empty || is_changed(file, headers, headers->has_total, headers->total))
        return refuse_changed(file, error);
    const uint64_t bytes = file->known ? file->bytes : headers->total;
    const uint64_t wanted_last = ocs_min_u64(last, bytes - 1); /* a total is more than a last */
    if (headers->first != first || headers->last != wanted_last) {
        ocs_fail(error, OCS_IO, reading, file->shown,
                 "bytes %llu to %llu were asked for, but the server sends %llu to %llu",
                 (unsigned long long)first, (unsigned long long)wanted_last,
                 (unsigned long long)headers->first, (unsigned long long)headers->last);
        return refuse_broken(error);
    }
    if (headers->has_length && headers->length != wanted_last - first + 1) {
        ocs_fail(error, OCS_IO, reading, file->shown,
                 "%llu bytes were asked for, but the server sends %llu",
                 (unsigned long long)(wanted_last - first + 1),
                 (unsigned long long)headers->length);
        return refuse_broken(error);
    }
    know(file, headers, true, bytes);
    return OCS_HTTP_TAKE;
}

/* 200 */
static enum ocs_http_verdict judge_whole(struct ocs_http_file *file,
                                         const struct ocs_http_headers *headers,
                                         struct ocs_error *error)
{
    if (is_changed(file, headers, headers->has_length, headers->length))
        return refuse_changed(file, error);
    if (file->known && file->ranges) {
        ocs_fail(error, OCS_IO, reading, file->shown,
                 "the server stopped giving parts of the file");
        return refuse_broken(error);
    }
    know(file, headers, false, headers->has_length ? headers->length : UINT64_MAX);
    return OCS_HTTP_TAKE;
}

/* 416: of a file without bytes there are no ranges. */
static enum ocs_http_verdict judge_beyond(struct ocs_http_file *file,
                                          const struct ocs_http_headers *headers,
                                          struct ocs_error *error)
{
    if (file->known && file->bytes > 0)
        return refuse_changed(file, error);
    if (!headers->has_total || headers->total > 0)
        return OCS_HTTP_DROP;
    know(file, headers, true, 0);
    return OCS_HTTP_TAKE;
}

enum ocs_http_verdict ocs_http_judge(struct ocs_http_file *file,
                                     const struct ocs_http_headers *headers, uint64_t first,
                                     uint64_t last, struct ocs_error *error)
{
    switch (headers->status) {
    case 206:
        return judge_part(file, headers, first, last, error);
    case 200:
        return judge_whole(file, headers, error);
    case 416:
        return judge_beyond(file, headers, error);
    default:
        return OCS_HTTP_DROP;
    }
}

bool ocs_http_status_passes(unsigned status)
{
    switch (status) {
    case 408: /* request timeout */
    case 425: /* too early */
    case 429: /* too many requests */
        return true;
    case 501: /* not implemented */
    case 505: /* version not supported */
        return false;
    default:
        return status >= 500 && status <= 599;
    }
}

bool ocs_http_status_missing(unsigned status)
{
    return status == 404 || status == 410;
}

static const char *meaning_of(unsigned status)
{
    switch (status) {
    case 401:
        return " (not authorised)";
    case 403:
        return " (forbidden)";
    case 404:
        return " (not found)";
    case 407:
        return " (the proxy wants authorisation)";
    case 410:
        return " (gone)";
    case 429:
        return " (too many requests)";
    case 503:
        return " (unavailable)";
    default:
        return "";
    }
}

static void advise_status(const struct ocs_http_headers *headers, bool s3, struct ocs_error *error)
{
    if (s3 && headers->bucket_region[0])
        ocs_advise(error, "set AWS_REGION to %s", headers->bucket_region);
    else if (s3 && (headers->status == 401 || headers->status == 403))
        ocs_advise(error, "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION");
    else if (headers->status == 401 || headers->status == 403)
        ocs_advise(error, "put user and password for this host into ~/.netrc");
    else if (ocs_http_status_missing(headers->status))
        ocs_advise(error, "check the address");
}

enum ocs_status ocs_http_fail_status(const struct ocs_http_file *file,
                                     const struct ocs_http_headers *headers, bool s3,
                                     struct ocs_error *error)
{
    if (headers->status == 0)
        ocs_fail(error, OCS_IO, reading, file->shown, "the server's answer is not HTTP");
    else
        ocs_fail(error, OCS_IO, reading, file->shown, "the server answered %u%s", headers->status,
                 meaning_of(headers->status));
    advise_status(headers, s3, error);
    return OCS_IO;
}
