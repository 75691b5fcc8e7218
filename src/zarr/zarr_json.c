/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_json.h"

#include "budget.h"
#include "checked.h"
#include "fail.h"
#include "zarr_array.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the parser takes at most for each, the tables that grow included. */
enum { BYTE_COST = 3, CONTAINER_COST = 320, VALUE_COST = 224 };

enum ocs_status ocs_zarr_refuse(const struct ocs_zarr_reader *reader, const char *what, ...)
{
    char clause[sizeof reader->error->what];
    va_list arguments;
    va_start(arguments, what);
    vsnprintf(clause, sizeof clause, what, arguments);
    va_end(arguments);
    return ocs_fail(reader->error, OCS_BAD_INPUT, "reading", reader->path, "%s", clause);
}

/* The position behind a string whose opening quote is before `at`. */
static uint64_t skip_string(const char *text, uint64_t bytes, uint64_t at)
{
    while (at < bytes && text[at] != '"')
        at += text[at] == '\\' ? 2 : 1;
    return at + 1;
}

struct extent {
    uint64_t cost, depth, deepest;
    uint64_t run, longest; /* bytes of a string, number or word                               */
};

static void count(struct extent *extent, char c)
{
    if (c == '{' || c == '[') {
        extent->cost += CONTAINER_COST;
        ++extent->depth;
    } else if ((c == '}' || c == ']') && extent->depth > 0) {
        --extent->depth;
    } else if (c == ',') {
        extent->cost += VALUE_COST;
    }
    if (extent->depth > extent->deepest)
        extent->deepest = extent->depth;
    extent->run = strchr("{}[],: \t\r\n", c) ? 0 : extent->run + 1;
    extent->longest = ocs_max_u64(extent->longest, extent->run);
}

/* Before the parser allocates anything: whether it is right or not, the text asks for no more. */
static struct extent measure(const char *text, uint64_t bytes)
{
    struct extent extent = {.cost = BYTE_COST * bytes};
    for (uint64_t at = 0; at < bytes;) {
        const char c = text[at++];
        if (c == '"') {
            const uint64_t begin = at;
            at = skip_string(text, bytes, at);
            extent.longest = ocs_max_u64(extent.longest, at - begin);
        } else {
            count(&extent, c);
        }
    }
    extent.cost += extent.longest;
    return extent;
}

static bool is_small(const struct extent *extent)
{
    return extent->cost <= OCS_ZARR_PARSE_BYTES && extent->deepest <= OCS_ZARR_DEPTH_MAX;
}

bool ocs_zarr_fits(const char *text, uint64_t bytes)
{
    const struct extent extent = measure(text, bytes);
    return bytes <= OCS_ZARR_TEXT_MAX && is_small(&extent);
}

/* When its buffer for one string, number or word cannot grow, the parser leaves out what does not
 * fit, and says nothing. So it gets a string of the length of the longest before the text:
 *
 *     ["xxxx", text]
 *
 * When that arrives whole, the buffer never grows again. */
struct feed {
    const char *text;
    uint64_t bytes, padding;
    uint64_t at; /* in all of it */
};

static char byte_at(const struct feed *feed, uint64_t at)
{
    static const char front[] = "[\"", middle[] = "\",";
    if (at < 2)
        return front[at];
    at -= 2;
    if (at < feed->padding)
        return 'x';
    at -= feed->padding;
    if (at < 2)
        return middle[at];
    return at - 2 < feed->bytes ? feed->text[at - 2] : ']';
}

static size_t put_next(void *buffer, size_t room, void *user)
{
    struct feed *const feed = user;
    const uint64_t left = feed->bytes + feed->padding + sizeof "[\"\",]" - 1 - feed->at;
    const size_t count = (size_t)ocs_min_u64(room, left);
    for (size_t i = 0; i < count; ++i)
        ((char *)buffer)[i] = byte_at(feed, feed->at + i);
    feed->at += count;
    return count;
}

static json_t *load(const char *text, uint64_t bytes, uint64_t padding, json_error_t *why)
{
    struct feed feed = {.text = text, .bytes = bytes, .padding = padding};
    return json_load_callback(put_next, &feed, JSON_REJECT_DUPLICATES, why);
}

static void refuse_memory(const struct ocs_zarr_reader *reader)
{
    ocs_fail(reader->error, OCS_LIMIT, "reading", reader->path, "no memory");
}

/* What was made of the text, NULL when that is no object. */
static json_t *take_object(const struct ocs_zarr_reader *reader, const json_t *list,
                           uint64_t padding)
{
    json_t *const root = json_array_get(list, 1);
    if (json_string_length(json_array_get(list, 0)) != padding) {
        refuse_memory(reader);
    } else if (json_array_size(list) != 2) {
        ocs_zarr_refuse(reader, "its metadata are not JSON: more than one value");
    } else if (!json_is_object(root)) {
        ocs_zarr_refuse(reader, "its metadata are JSON, but no object");
    } else {
        return json_incref(root);
    }
    return NULL;
}

json_t *ocs_zarr_parse(const struct ocs_zarr_reader *reader, const char *text, uint64_t bytes)
{
    if (bytes > OCS_ZARR_TEXT_MAX) {
        ocs_zarr_refuse(reader, "its metadata are longer than %d bytes", OCS_ZARR_TEXT_MAX);
        return NULL;
    }
    const struct extent extent = measure(text, bytes);
    if (!is_small(&extent)) {
        ocs_zarr_refuse(reader, "its metadata are nested too deeply or have too many members");
        return NULL;
    }
    json_error_t why;
    json_t *list = load(text, bytes, extent.longest, &why);
    if (!list && ocs_heap_is_short(extent.cost)) {
        refuse_memory(reader);
        return NULL;
    }
    if (!list)
        list = load(text, bytes, extent.longest, &why);
    if (!list) {
        ocs_zarr_refuse(reader, "its metadata are not JSON: line %d: %s", why.line, why.text);
        return NULL;
    }
    json_t *const root = take_object(reader, list, extent.longest);
    json_decref(list);
    return root;
}

bool ocs_zarr_is(const json_t *value, const char *string)
{
    return json_is_string(value) && strcmp(json_string_value(value), string) == 0;
}

const char *ocs_zarr_extension_name(const json_t *extension)
{
    return json_string_value(json_is_object(extension) ? json_object_get(extension, "name")
                                                       : extension);
}

bool ocs_zarr_is_extension(const json_t *extension, const char *name)
{
    const char *const own = ocs_zarr_extension_name(extension);
    return own && strcmp(own, name) == 0;
}

json_t *ocs_zarr_setting(const json_t *extension, const char *key)
{
    return json_object_get(json_object_get(extension, "configuration"), key);
}

/* Where the library takes the memory for the text itself, keys go lost when it cannot have it. */
char *ocs_json_text(const json_t *value, size_t how)
{
    const size_t bytes = value ? json_dumpb(value, NULL, 0, how) : 0;
    char *const text = bytes ? malloc(bytes + 1) : NULL;
    if (!text || json_dumpb(value, text, bytes, how) != bytes) {
        free(text);
        return NULL;
    }
    text[bytes] = '\0';
    return text;
}

enum ocs_status ocs_zarr_dump(json_t *object, char **text_ret, struct ocs_error *error)
{
    *text_ret = ocs_json_text(object, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(object);
    return *text_ret ? OCS_OK : ocs_fail(error, OCS_LIMIT, "writing metadata", NULL, "no memory");
}
