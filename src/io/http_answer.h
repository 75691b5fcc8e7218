/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_ANSWER_H
#define OCS_HTTP_ANSWER_H

/* What an answer means for a file that is read by ranges. Pure. */

#include "http_headers.h"

#include "occustream/error.h"

/* What is known of the file; the first good answer says it. */
struct ocs_http_file {
    const char *shown; /* its name in errors */
    bool known;
    bool ranges;                   /* whether the server gives parts of it */
    uint64_t bytes;                /* UINT64_MAX: it does not say (only without ranges) */
    struct ocs_http_headers state; /* validators of the state that is read */
};

/* One of many beside each other on a server (http_objects.h). */
struct ocs_http_object {
    const char *url;
    struct ocs_http_file file;
    bool missing; /* the server says that there is none */
};

enum ocs_http_verdict {
    OCS_HTTP_UNSEEN,
    OCS_HTTP_TAKE,   /* the bytes that follow are the ones wanted */
    OCS_HTTP_DROP,   /* what follows is of no use; the status says what to do */
    OCS_HTTP_REFUSE, /* it contradicts the question or what is known; `error` is filled */
};

/* Of the answer to a request for bytes `first` to `last`. */
enum ocs_http_verdict ocs_http_judge(struct ocs_http_file *file,
                                     const struct ocs_http_headers *headers, uint64_t first,
                                     uint64_t last, struct ocs_error *error);

/* Whether another attempt may get another status. */
bool ocs_http_status_passes(unsigned status);

/* Whether the status says that there is no such file. */
bool ocs_http_status_missing(unsigned status);

/* For a status that will stay: one line on it. Returns OCS_IO. */
enum ocs_status ocs_http_fail_status(const struct ocs_http_file *file,
                                     const struct ocs_http_headers *headers, bool s3,
                                     struct ocs_error *error);

#endif
