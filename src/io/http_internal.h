/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_INTERNAL_H
#define OCS_HTTP_INTERNAL_H

/* What the parts of an opened URL share. */

#include "http.h"
#include "http_answer.h"
#include "http_easy.h"
#include "source.h"

#include <stdatomic.h>

/* A lane carries one transfer at a time over as many attempts as it takes. */
struct ocs_http_lane {
    uv_timer_t timer;
    struct ocs_http *http;
    struct ocs_http_easy *easy;
    struct ocs_http_transfer *transfer; /* NULL: idle */
    bool running;                       /* an attempt is under way */

    /* of the transfer */
    struct ocs_http_retry retry;

    /* of the attempt */
    struct ocs_http_headers headers;
    enum ocs_http_verdict verdict;
    uint64_t dropped; /* bytes of an answer that is of no use */
};

struct ocs_http {
    struct ocs_http_target target;
    struct ocs_http_patience patience;
    struct ocs_loop *loop;
    struct ocs_http_blocks *blocks; /* for small reads here and there */
    _Atomic unsigned connections;

    /* of the loop's thread alone */
    struct ocs_http_multi *multi;
    struct ocs_http_lane *lanes[OCS_CONNECTIONS_MAX];
    unsigned lane_count;
    struct ocs_http_transfer *first, **end; /* waiting for a lane */
    struct ocs_http_body *body;             /* instead of them, without ranges */
    bool stopped;
    bool reached; /* some answer came */

    /* Written before the first transfer ends, then constant. */
    struct ocs_http_file file;
    unsigned char head[OCS_HTTP_HEAD_BYTES];
};

/* ---- http_lane.c, on the loop's thread ---- */

/* NULL when there is no memory. */
struct ocs_http_lane *ocs_http_lane_create(struct ocs_http *http, uv_loop_t *uv);

/* Frees the lane soon after; nothing may be under way in it. */
void ocs_http_lane_close(struct ocs_http_lane *lane);

/* The lane must be idle. The transfer always ends later, never within. */
void ocs_http_lane_start(struct ocs_http_lane *lane, struct ocs_http_transfer *transfer);

/* Ends what is under way with OCS_CANCELLED, soon. */
void ocs_http_lane_interrupt(struct ocs_http_lane *lane);

/* ---- http.c ---- */

/* Gives transfers that wait to lanes that are idle. On the loop's thread. */
void ocs_http_dispatch(struct ocs_http *http);

#endif
