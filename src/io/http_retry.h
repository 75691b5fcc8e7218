/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_RETRY_H
#define OCS_HTTP_RETRY_H

/* When to try again, and when to give up. Pure; times are of any clock, in milliseconds. */

#include "occustream/error.h"

#include <stdbool.h>

/* How long things may take. */
struct ocs_http_patience {
    uint64_t total_ms;   /* without a byte, over all attempts */
    uint64_t stall_ms;   /* without a byte, in one attempt; for connecting too */
    uint64_t backoff_ms; /* before the second attempt; doubles up to the next */
    uint64_t backoff_max_ms;
};

/* From OCCUSTREAM_PATIENCE. OCS_USAGE when that is no number of seconds. */
OCS_MUST_USE enum ocs_status ocs_http_patience_read(struct ocs_http_patience *patience_ret,
                                                    struct ocs_error *error);

struct ocs_http_retry {
    unsigned failures; /* in a row, without a byte between */
    uint64_t fresh_ms; /* when patience was last fresh */
};

/* At the beginning, and with every byte. */
void ocs_http_retry_refresh(struct ocs_http_retry *retry, uint64_t now_ms);

/* After a failure with this `reason`: true, and how long to wait before the next attempt; or false,
 * and one line in `error` (OCS_IO). `wait_s`: what the server asks for, 0 for nothing. */
OCS_MUST_USE bool ocs_http_retry_again(struct ocs_http_retry *retry,
                                       const struct ocs_http_patience *patience, uint64_t now_ms,
                                       uint64_t wait_s, const char *shown, const char *reason,
                                       uint64_t *delay_ms_ret, struct ocs_error *error);

#endif
