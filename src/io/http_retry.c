/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_retry.h"

#include "checked.h"
#include "fail.h"

#include "occustream/limits.h"

#include <stdlib.h>

enum ocs_status ocs_http_patience_read(struct ocs_http_patience *patience_ret,
                                       struct ocs_error *error)
{
    static const char name[] = "OCCUSTREAM_PATIENCE";
    const char *const wish = getenv(name);
    char *end = NULL;
    const unsigned long long seconds = wish ? strtoull(wish, &end, 10) : OCS_PATIENCE_DEFAULT_S;
    if (wish &&
        (wish[0] < '0' || wish[0] > '9' || *end || seconds < 1 || seconds > OCS_PATIENCE_MAX_S))
        return ocs_fail(error, OCS_USAGE, "reading", name,
                        "this is no number of seconds from 1 to %d", (int)OCS_PATIENCE_MAX_S);
    const uint64_t total_ms = seconds * 1000;
    *patience_ret =
        (struct ocs_http_patience){total_ms, total_ms / 4, total_ms / 256, total_ms / 8};
    return OCS_OK;
}

void ocs_http_retry_refresh(struct ocs_http_retry *retry, uint64_t now_ms)
{
    *retry = (struct ocs_http_retry){.fresh_ms = now_ms};
}

static uint64_t backoff(const struct ocs_http_retry *retry,
                        const struct ocs_http_patience *patience)
{
    uint64_t delay = patience->backoff_ms;
    for (unsigned i = 1; i < retry->failures && delay < patience->backoff_max_ms; ++i)
        delay *= 2;
    return ocs_min_u64(delay, patience->backoff_max_ms);
}

bool ocs_http_retry_again(struct ocs_http_retry *retry, const struct ocs_http_patience *patience,
                          uint64_t now_ms, uint64_t wait_s, const char *shown, const char *reason,
                          uint64_t *delay_ms_ret, struct ocs_error *error)
{
    ++retry->failures;
    const uint64_t left =
        patience->total_ms - ocs_min_u64(patience->total_ms, now_ms - retry->fresh_ms);
    const uint64_t own = backoff(retry, patience);
    const uint64_t asked = ocs_min_u64(wait_s, UINT64_MAX / 1000) * 1000;
    *delay_ms_ret = ocs_max_u64(own, asked);
    if (*delay_ms_ret <= left)
        return true;
    if (own <= left)
        ocs_fail(error, OCS_IO, "reading", shown, "%s and wants to be asked again in %llu s",
                 reason, (unsigned long long)wait_s);
    else
        ocs_fail(error, OCS_IO, "reading", shown, "%s; given up after %u attempts", reason,
                 retry->failures);
    ocs_advise(error, "try later, or with more seconds in OCCUSTREAM_PATIENCE");
    return false;
}
