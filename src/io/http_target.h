/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HTTP_TARGET_H
#define OCS_HTTP_TARGET_H

/* What to ask which server for, from a location: s3:// and emdb: become http:// or https:// here.
 */

#include "occustream/error.h"

#include <stdbool.h>

struct ocs_http_target {
    char *url;
    char *shown; /* for messages: nothing secret in it */

    /* an S3 signature, all NULL without credentials */
    bool s3;
    char *key_id, *secret;
    char *signature; /* as CURLOPT_AWS_SIGV4 takes it */
    char *token;     /* header line of a session, may be NULL with the others set */
};

/* `location` is no path (location.h). Reads the environment: OCCUSTREAM_EMDB_BASE,
 * AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
 * AWS_SESSION_TOKEN. OCS_USAGE when the location or the environment makes no sense. */
OCS_MUST_USE enum ocs_status ocs_http_target_make(const char *location,
                                                  struct ocs_http_target *target_ret,
                                                  struct ocs_error *error);
void ocs_http_target_clear(struct ocs_http_target *target);

#endif
