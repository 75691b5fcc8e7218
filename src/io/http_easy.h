/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_EASY_H
#define OCS_HTTP_EASY_H

/* One request after the other for one URL, with all that libcurl has to be told. Nothing is tried
 * again here and no answer is judged. All functions on the loop's thread, and all calls come there.
 */

#include "http_retry.h"
#include "http_target.h"

#include <stdint.h>
#include <uv.h>

struct ocs_http_multi;
struct ocs_http_easy;

enum ocs_http_trouble {
    OCS_HTTP_NO_TROUBLE,  /* a whole answer came, whatever it says */
    OCS_HTTP_STOPPED,     /* as `body` wished */
    OCS_HTTP_BROKEN,      /* the connection; another attempt may help */
    OCS_HTTP_UNREACHABLE, /* no connection was made */
    OCS_HTTP_HOPELESS,    /* wrong address, wrong certificate and so on */
};

struct ocs_http_end {
    enum ocs_http_trouble trouble;
    char what[256];   /* for people */
    char advice[128]; /* may be empty */
    uint64_t wait_s;  /* that the server asked for; 0: nothing */
};

enum ocs_http_go {
    OCS_HTTP_GO_ON,
    OCS_HTTP_STOP,
    OCS_HTTP_HOLD, /* these bytes come again after ocs_http_easy_continue; with `whole` only */
};

/* `line`: a line of the header; `body`: some of what follows it; `end`: once, the last call. */
struct ocs_http_calls {
    void (*line)(void *owner, const char *line, size_t bytes);
    enum ocs_http_go (*body)(void *owner, const unsigned char *bytes, size_t count);
    void (*end)(void *owner, const struct ocs_http_end *end);
};

struct ocs_http_request {
    bool whole;           /* all there is; the rest means nothing then */
    uint64_t first, last; /* bytes wanted, both included */
    const char *if_range; /* a validator, may be NULL */
    const char *url;      /* NULL: the target's; otherwise one of the same server */
};

/* libcurl itself, and what drives it. */
OCS_MUST_USE enum ocs_status ocs_http_easy_multi(uv_loop_t *uv, struct ocs_http_multi **multi_ret,
                                                 struct ocs_error *error);
void ocs_http_easy_close_multi(struct ocs_http_multi *multi);

/* `target` must live as long. NULL when there is no memory. */
struct ocs_http_easy *ocs_http_easy_create(struct ocs_http_multi *multi,
                                           const struct ocs_http_target *target,
                                           const struct ocs_http_patience *patience,
                                           const struct ocs_http_calls *calls, void *owner);
void ocs_http_easy_destroy(struct ocs_http_easy *easy);

/* False: no memory, and nothing will be called. */
bool ocs_http_easy_start(struct ocs_http_easy *easy, const struct ocs_http_request *request);

/* After OCS_HTTP_HOLD. Calls `body` from within. */
void ocs_http_easy_continue(struct ocs_http_easy *easy);

/* Ends what is under way without a call. Not from within a call but `end`. */
void ocs_http_easy_stop(struct ocs_http_easy *easy);

#endif
