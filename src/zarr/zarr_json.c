/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zarr_json.h"

#include "fail.h"
#include "zarr_array.h"

#include <stdarg.h>
#include <stdio.h>
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
}

/* Before the parser allocates anything: whether it is right or not, the text asks for no more. */
static struct extent measure(const char *text, uint64_t bytes)
{
    struct extent extent = {.cost = BYTE_COST * bytes};
    for (uint64_t at = 0; at < bytes;) {
        const char c = text[at++];
        if (c == '"')
            at = skip_string(text, bytes, at);
        else
            count(&extent, c);
    }
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
    json_t *const root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &why);
    if (json_is_object(root))
        return root;
    if (root)
        ocs_zarr_refuse(reader, "its metadata are JSON, but no object");
    else
        ocs_zarr_refuse(reader, "its metadata are not JSON: line %d: %s", why.line, why.text);
    json_decref(root);
    return NULL;
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

enum ocs_status ocs_zarr_dump(json_t *object, char **text_ret, struct ocs_error *error)
{
    *text_ret = object ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(object);
    return *text_ret ? OCS_OK : ocs_fail(error, OCS_LIMIT, "writing metadata", NULL, "no memory");
}
