/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_target.h"

#include "fail.h"
#include "location.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char letters_and_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789";

/* NULL when it is not set or empty. */
static const char *environment(const char *name)
{
    const char *const value = getenv(name);
    return value && *value ? value : NULL;
}

OCS_PRINTF(2, 3) static bool make_text(char **text_ret, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vasprintf(text_ret, format, arguments);
    va_end(arguments);
    if (length < 0)
        *text_ret = NULL;
    return length >= 0;
}

static enum ocs_status fail_memory(const struct ocs_http_target *target, struct ocs_error *error)
{
    return ocs_fail(error, OCS_LIMIT, "opening", target->shown, "no memory");
}

static char *shown_form(const char *location)
{
    const size_t bytes = 2 * strlen(location) + 1;
    char *const shown = malloc(bytes);
    if (shown)
        ocs_location_show(location, shown, bytes);
    return shown;
}

static size_t length_without_slashes(const char *base)
{
    size_t length = strlen(base);
    while (length > 0 && base[length - 1] == '/')
        --length;
    return length;
}

/* ---- EMDB ---- */

static enum ocs_status make_emdb(const char *location, struct ocs_http_target *target,
                                 struct ocs_error *error)
{
    const char *const entry = ocs_location_emdb_entry(location);
    if (!entry) {
        ocs_fail(error, OCS_USAGE, "opening", target->shown, "this is no EMDB entry");
        ocs_advise(error, "give 4 to 6 digits, like emdb:3061");
        return OCS_USAGE;
    }
    const char *const wish = environment("OCCUSTREAM_EMDB_BASE");
    const char *const base = wish ? wish : "https://ftp.ebi.ac.uk/pub/databases/emdb";
    if (ocs_location_kind(base) != OCS_LOCATION_HTTP)
        return ocs_fail(error, OCS_USAGE, "reading", "OCCUSTREAM_EMDB_BASE",
                        "this is no http:// or https:// URL");
    if (!make_text(&target->url, "%.*s/structures/EMD-%s/map/emd_%s.map.gz",
                   (int)length_without_slashes(base), base, entry, entry))
        return fail_memory(target, error);
    free(target->shown); /* the server asked is more telling than the entry's number */
    target->shown = shown_form(target->url);
    return target->shown ? OCS_OK : fail_memory(target, error);
}

/* ---- S3 ---- */

/* Every byte but the unreserved ones and slashes: the form that is also signed. */
static char *encoded_key(const char *key)
{
    char *const encoded = malloc(3 * strlen(key) + 1);
    char *to = encoded;
    for (; encoded && *key; ++key) {
        if (strchr(letters_and_digits, *key) || strchr("-._~/", *key))
            *to++ = *key;
        else
            to += sprintf(to, "%%%02X", (unsigned)(unsigned char)*key);
    }
    if (encoded)
        *to = '\0';
    return encoded;
}

static const char *region(void)
{
    const char *const given = environment("AWS_REGION");
    const char *const fallback = environment("AWS_DEFAULT_REGION");
    return given ? given : fallback ? fallback : "us-east-1";
}

/* A bucket is part of the host's name, unless it has dots, which certificates do not cover, or the
 * endpoint is one's own. */
static bool make_s3_url(struct ocs_http_target *target, const char *bucket, size_t bucket_bytes,
                        const char *key)
{
    const char *const endpoint = environment("AWS_ENDPOINT_URL");
    const int length = (int)bucket_bytes;
    if (endpoint)
        return make_text(&target->url, "%.*s/%.*s/%s", (int)length_without_slashes(endpoint),
                         endpoint, length, bucket, key);
    if (memchr(bucket, '.', bucket_bytes))
        return make_text(&target->url, "https://s3.%s.amazonaws.com/%.*s/%s", region(), length,
                         bucket, key);
    return make_text(&target->url, "https://%.*s.s3.%s.amazonaws.com/%s", length, bucket, region(),
                     key);
}

static enum ocs_status take_credentials(struct ocs_http_target *target, struct ocs_error *error)
{
    const char *const key_id = environment("AWS_ACCESS_KEY_ID");
    const char *const secret = environment("AWS_SECRET_ACCESS_KEY");
    const char *const token = environment("AWS_SESSION_TOKEN");
    if (!key_id && !secret)
        return OCS_OK; /* a public bucket */
    if (!key_id || !secret)
        return ocs_fail(error, OCS_USAGE, "opening", target->shown, "%s is set but %s is not",
                        key_id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                        key_id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
    target->key_id = strdup(key_id);
    target->secret = strdup(secret);
    if (!target->key_id || !target->secret ||
        !make_text(&target->signature, "aws:amz:%s:s3", region()) ||
        (token && !make_text(&target->token, "x-amz-security-token: %s", token)))
        return fail_memory(target, error);
    return OCS_OK;
}

static enum ocs_status check_s3(const char *shown, size_t bucket_bytes, const char *bucket,
                                struct ocs_error *error)
{
    const char *const endpoint = environment("AWS_ENDPOINT_URL");
    if (endpoint && ocs_location_kind(endpoint) != OCS_LOCATION_HTTP)
        return ocs_fail(error, OCS_USAGE, "reading", "AWS_ENDPOINT_URL",
                        "this is no http:// or https:// URL");
    for (const char *at = region(); *at; ++at)
        if (!strchr(letters_and_digits, *at) && *at != '-')
            return ocs_fail(error, OCS_USAGE, "reading", "AWS_REGION", "this is no region");
    bool plain = bucket_bytes > 0;
    for (size_t i = 0; i < bucket_bytes; ++i)
        plain = plain && (strchr(letters_and_digits, bucket[i]) || strchr("-._", bucket[i]));
    if (plain && bucket[bucket_bytes] == '/' && bucket[bucket_bytes + 1])
        return OCS_OK;
    ocs_fail(error, OCS_USAGE, "opening", shown, "this names no object in a bucket");
    ocs_advise(error, "give s3://BUCKET/KEY");
    return OCS_USAGE;
}

static enum ocs_status make_s3(const char *location, struct ocs_http_target *target,
                               struct ocs_error *error)
{
    target->s3 = true;
    const char *const bucket = ocs_location_rest(location);
    const size_t bucket_bytes = strcspn(bucket, "/");
    enum ocs_status status = check_s3(target->shown, bucket_bytes, bucket, error);
    if (status == OCS_OK)
        status = take_credentials(target, error);
    if (status != OCS_OK)
        return status;
    char *const key = encoded_key(bucket + bucket_bytes + 1);
    const bool made = key && make_s3_url(target, bucket, bucket_bytes, key);
    free(key);
    return made ? OCS_OK : fail_memory(target, error);
}

/* ---- all ---- */

enum ocs_status ocs_http_target_make(const char *location, struct ocs_http_target *target_ret,
                                     struct ocs_error *error)
{
    struct ocs_http_target target = {.shown = shown_form(location)};
    if (!target.shown)
        return ocs_fail(error, OCS_LIMIT, "opening", location, "no memory");
    enum ocs_status status = OCS_OK;
    switch (ocs_location_kind(location)) {
    case OCS_LOCATION_S3:
        status = make_s3(location, &target, error);
        break;
    case OCS_LOCATION_EMDB:
        status = make_emdb(location, &target, error);
        break;
    default:
        target.url = strdup(location);
        status = target.url ? OCS_OK : fail_memory(&target, error);
        break;
    }
    if (status != OCS_OK)
        ocs_http_target_clear(&target);
    else
        *target_ret = target;
    return status;
}

void ocs_http_target_clear(struct ocs_http_target *target)
{
    free(target->url);
    free(target->shown);
    free(target->key_id);
    free(target->secret);
    free(target->signature);
    free(target->token);
    *target = (struct ocs_http_target){.url = NULL};
}
