/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_BODY_H
#define OCS_HTTP_BODY_H

/* A file of a server that gives no parts: one answer with all of it, which is held up while nobody
 * wants more. When it breaks it is asked for anew, and what was had already is passed over, as far
 * as the server says that the file is still the same. On the loop's thread. */

#include "http_internal.h"

/* NULL when there is no memory. */
struct ocs_http_body *ocs_http_body_create(struct ocs_http *http, uv_loop_t *uv);

/* Frees it soon after; no transfer may wait. */
void ocs_http_body_close(struct ocs_http_body *body);

/* The transfers' ranges must follow each other from the beginning of the file on. At its end they
 * receive less than they asked for. */
void ocs_http_body_start(struct ocs_http_body *body, struct ocs_http_transfer *transfer);

void ocs_http_body_interrupt(struct ocs_http_body *body);

#endif
