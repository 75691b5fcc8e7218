/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_headers.h"

#include "checked.h"

#include <string.h>
#include <strings.h>

/* A part of a line, not terminated. */
struct span {
    const char *at, *end;
};

static size_t length_of(struct span span)
{
    return (size_t)(span.end - span.at);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span trimmed(struct span span)
{
    while (span.at < span.end && is_blank(*span.at))
        ++span.at;
    while (span.at < span.end && is_blank(span.end[-1]))
        --span.end;
    return span;
}

static bool begins(struct span span, const char *text)
{
    return length_of(span) >= strlen(text) && strncasecmp(span.at, text, strlen(text)) == 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes digits off the front; false when there are none or too many. */
static bool take_number(struct span *span, uint64_t *value_ret)
{
    const char *const from = span->at;
    uint64_t value = 0;
    for (; span->at < span->end && is_digit(*span->at); ++span->at)
        if (!ocs_mul_u64(value, 10, &value) ||
            !ocs_add_u64(value, (uint64_t)(*span->at - '0'), &value))
            return false;
    *value_ret = value;
    return span->at > from;
}

static bool take_character(struct span *span, char wanted)
{
    if (span->at == span->end || *span->at != wanted)
        return false;
    ++span->at;
    return true;
}

/* "HTTP/1.1 206 Partial Content", "HTTP/2 206" */
static void read_status(struct ocs_http_headers *headers, struct span line)
{
    *headers = (struct ocs_http_headers){0};
    while (line.at < line.end && *line.at != ' ')
        ++line.at;
    line = trimmed(line);
    uint64_t status;
    if (take_number(&line, &status) && status >= 100 && status <= 999)
        headers->status = (unsigned)status;
}

static void read_length(struct ocs_http_headers *headers, struct span value)
{
    headers->has_length = take_number(&value, &headers->length) && value.at == value.end;
}

/* "bytes 0-1023/5000", "bytes 0-1023/" followed by "*", and "bytes" with a star in place of the
 * range. */
static void read_range(struct ocs_http_headers *headers, struct span value)
{
    headers->has_range = headers->has_total = false;
    if (!begins(value, "bytes"))
        return;
    value.at += strlen("bytes");
    value = trimmed(value);
    uint64_t first = 0, last = 0, total = 0;
    const bool no_range = take_character(&value, '*');
    if (!no_range && (!take_number(&value, &first) || !take_character(&value, '-') ||
                      !take_number(&value, &last) || first > last || last == UINT64_MAX))
        return;
    if (!take_character(&value, '/'))
        return;
    const bool no_total = take_character(&value, '*');
    if ((!no_total && !take_number(&value, &total)) || value.at != value.end)
        return;
    if (!no_range && !no_total && last >= total)
        return;
    headers->has_range = !no_range;
    headers->has_total = !no_total;
    headers->first = first;
    headers->last = last;
    headers->total = total;
}

/* Too long or not plain: as if it were absent. */
static void read_text(char *text, size_t text_bytes, struct span value)
{
    text[0] = '\0';
    if (length_of(value) >= text_bytes)
        return;
    for (const char *at = value.at; at < value.end; ++at)
        if (*at < 0x20 || *at > 0x7e)
            return;
    memcpy(text, value.at, length_of(value));
    text[length_of(value)] = '\0';
}

static void read_field(struct ocs_http_headers *headers, struct span name, struct span value)
{
    static const char tag[] = "ETag", modified[] = "Last-Modified", length[] = "Content-Length",
                      range[] = "Content-Range", region[] = "x-amz-bucket-region";
    const size_t name_bytes = length_of(name);
    if (name_bytes == sizeof tag - 1 && begins(name, tag))
        read_text(headers->etag, sizeof headers->etag, value);
    else if (name_bytes == sizeof modified - 1 && begins(name, modified))
        read_text(headers->last_modified, sizeof headers->last_modified, value);
    else if (name_bytes == sizeof length - 1 && begins(name, length))
        read_length(headers, value);
    else if (name_bytes == sizeof range - 1 && begins(name, range))
        read_range(headers, value);
    else if (name_bytes == sizeof region - 1 && begins(name, region))
        read_text(headers->bucket_region, sizeof headers->bucket_region, value);
}

void ocs_http_headers_line(struct ocs_http_headers *headers, const char *line, size_t bytes)
{
    const struct span whole = trimmed((struct span){line, line + bytes});
    if (begins(whole, "HTTP/")) {
        read_status(headers, whole);
        return;
    }
    const char *const colon = memchr(whole.at, ':', length_of(whole));
    if (colon)
        read_field(headers, (struct span){whole.at, colon},
                   trimmed((struct span){colon + 1, whole.end}));
}

bool ocs_http_headers_strong_tag(const struct ocs_http_headers *headers)
{
    const size_t length = strlen(headers->etag);
    return length >= 2 && headers->etag[0] == '"' && headers->etag[length - 1] == '"';
}

static bool may_be_same(const char *a, const char *b)
{
    return !*a || !*b || strcmp(a, b) == 0;
}

bool ocs_http_headers_same_file(const struct ocs_http_headers *a, const struct ocs_http_headers *b)
{
    return may_be_same(a->etag, b->etag) && may_be_same(a->last_modified, b->last_modified);
}
