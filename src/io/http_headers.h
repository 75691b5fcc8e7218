/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_HEADERS_H
#define OCS_HTTP_HEADERS_H

/* What the header lines of an HTTP answer say. The lines come from strangers: everything here takes
 * any bytes. Pure. */

#include "occustream/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts are printable ASCII; empty means absent or not usable. */
struct ocs_http_headers {
    unsigned status; /* 0: no answer yet */
    bool has_length;
    uint64_t length; /* Content-Length */
    bool has_range;  /* a well-formed Content-Range of bytes that are there */
    uint64_t first, last;
    bool has_total;
    uint64_t total;                            /* bytes of the whole file, by Content-Range */
    char etag[OCS_HTTP_TAG_BYTES];             /* with quotes, and W/ when it is weak */
    char last_modified[OCS_HTTP_DATE_BYTES];   /* as it came */
    char bucket_region[OCS_HTTP_REGION_BYTES]; /* x-amz-bucket-region */
};

/* Takes one line, with or without its end. A status line forgets what came before: redirects and
 * intermediate answers precede the one that counts. */
void ocs_http_headers_line(struct ocs_http_headers *headers, const char *line, size_t bytes);

/* Whether the entity tag is a strong one, which alone may go into If-Range. */
bool ocs_http_headers_strong_tag(const struct ocs_http_headers *headers);

/* Whether two answers may be about the same state of a file: no validator that both have differs.
 */
bool ocs_http_headers_same_file(const struct ocs_http_headers *a, const struct ocs_http_headers *b);

#endif
