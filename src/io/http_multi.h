/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_MULTI_H
#define OCS_HTTP_MULTI_H

/* libcurl's transfers driven by a libuv loop. All functions on the loop's thread. */

#include "http_curl.h"

#include <stdbool.h>
#include <uv.h>

struct ocs_http_multi;

/* A transfer that was started has ended, and may be started again. */
typedef void ocs_http_multi_ended(const struct ocs_curl *curl, CURL *easy, CURLcode code);

/* `curl` is copied. NULL when there is no memory. */
struct ocs_http_multi *ocs_http_multi_create(uv_loop_t *uv, const struct ocs_curl *curl,
                                             ocs_http_multi_ended *ended);

const struct ocs_curl *ocs_http_multi_curl(const struct ocs_http_multi *multi);

/* No transfer may be under way. What the loop still has to close frees itself. */
void ocs_http_multi_destroy(struct ocs_http_multi *multi);

/* False: nothing was started and nothing will be called. Otherwise `ended` is called once, later.
 */
bool ocs_http_multi_start(struct ocs_http_multi *multi, CURL *easy);

/* Ends a transfer under way; `ended` is not called. */
void ocs_http_multi_stop(struct ocs_http_multi *multi, CURL *easy);

#endif
