/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "occustream/location.h"

#include <string.h>

static const char *behind_last_at(const char *from, const char *end)
{
    const char *behind = from;
    for (const char *at = from; at < end; ++at)
        if (*at == '@')
            behind = at + 1;
    return behind;
}

/* Where the host begins after "://": behind user and password. A password with a slash in it is not
 * allowed, but must not be shown either: what stands in the place of a port and is none is taken
 * for one. */
static const char *host_of(const char *authority)
{
    const char *const end = authority + strcspn(authority, "/?#");
    const char *const host = behind_last_at(authority, end);
    const char *const colon = memchr(authority, ':', (size_t)(end - authority));
    if (host != authority || !colon || *authority == '[' ||
        colon + 1 + strspn(colon + 1, "0123456789") == end)
        return host;
    return behind_last_at(authority, authority + strlen(authority));
}

struct text {
    char *buffer;
    size_t bytes, length; /* length: as if there were room */
};

static void put(struct text *text, const char *from, size_t length)
{
    for (size_t i = 0; i < length; ++i, ++text->length)
        if (text->length + 1 < text->bytes)
            text->buffer[text->length] = from[i];
}

size_t ocs_location_show(const char *text, char *buffer, size_t buffer_bytes)
{
    struct text shown = {.buffer = buffer, .bytes = buffer_bytes};
    for (;;) {
        const char *const mark = strstr(text, "://");
        if (!mark)
            break;
        put(&shown, text, (size_t)(mark + 3 - text));
        text = host_of(mark + 3);
        const size_t plain = strcspn(text, "? \t\n");
        const char *const inner = strstr(text, "://"); /* a URL may have another in its path */
        if (inner && inner < text + plain)
            continue;
        put(&shown, text, plain);
        text += plain;
        if (*text == '?') {
            put(&shown, "?...", 4);
            text += strcspn(text, " \t\n");
        }
    }
    put(&shown, text, strlen(text));
    if (buffer_bytes > 0)
        buffer[shown.length < buffer_bytes ? shown.length : buffer_bytes - 1] = '\0';
    return shown.length;
}
