/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "location.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *text;
    enum ocs_location_kind kind;
    bool part_of_it; /* whether what follows makes no sense alone */
} beginnings[] = {
    {"http://", OCS_LOCATION_HTTP, true},
    {"https://", OCS_LOCATION_HTTP, true},
    {"s3://", OCS_LOCATION_S3, false},
    {"emdb:", OCS_LOCATION_EMDB, false},
};
enum { BEGINNINGS = sizeof beginnings / sizeof beginnings[0] };

static size_t beginning_of(const char *location)
{
    size_t i = 0;
    while (i < BEGINNINGS &&
           strncasecmp(location, beginnings[i].text, strlen(beginnings[i].text)) != 0)
        ++i;
    return i;
}

enum ocs_location_kind ocs_location_kind(const char *location)
{
    const size_t i = beginning_of(location);
    return i < BEGINNINGS ? beginnings[i].kind : OCS_LOCATION_PATH;
}

const char *ocs_location_rest(const char *location)
{
    const size_t i = beginning_of(location);
    if (i == BEGINNINGS || beginnings[i].part_of_it)
        return location;
    return location + strlen(beginnings[i].text);
}

const char *ocs_location_emdb_entry(const char *location)
{
    const char *const entry = ocs_location_rest(location);
    const size_t length = strlen(entry);
    return length >= 4 && length <= 6 && strspn(entry, "0123456789") == length ? entry : NULL;
}

/* The last part of the path of a URL. */
static size_t copy_last_part(const char *url, const char *end_marks, char *buffer,
                             size_t buffer_bytes)
{
    const char *const host = strstr(url, "://");
    const char *from = host ? host + 3 : url;
    const char *const end = from + strcspn(from, end_marks);
    const char *last = end;
    for (const char *at = from; at < end; ++at)
        if (*at == '/')
            last = at + 1;
    return (size_t)snprintf(buffer, buffer_bytes, "%.*s", (int)(end - last), last);
}

size_t ocs_location_name(const char *location, char *buffer, size_t buffer_bytes)
{
    const char *const slash = strrchr(location, '/');
    switch (ocs_location_kind(location)) {
    case OCS_LOCATION_HTTP:
        return copy_last_part(location, "?#", buffer, buffer_bytes);
    case OCS_LOCATION_S3: /* a key may hold any character */
        return copy_last_part(location, "", buffer, buffer_bytes);
    case OCS_LOCATION_EMDB: /* what is no entry may hold a slash */
        return (size_t)snprintf(buffer, buffer_bytes, "emd_%s.map.gz",
                                slash ? slash + 1 : ocs_location_rest(location));
    default:
        if (strcmp(location, "-") == 0)
            return (size_t)snprintf(buffer, buffer_bytes, "stdin");
        return (size_t)snprintf(buffer, buffer_bytes, "%s", slash ? slash + 1 : location);
    }
}
