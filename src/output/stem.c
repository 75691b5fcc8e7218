/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fail.h"
#include "location.h"
#include "result_files.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const compression_suffixes[] = {".gz", ".bz2", ".xz", ".zst"};
static const char *const map_suffixes[] = {".map", ".mrc", ".mrcs", ".ccp4", ".rec",
                                           ".st",  ".ali", ".msk",  ".omap"};

/* The length of `name` without the suffix of the list it ends with, if any. */
static size_t without_suffix(const char *name, size_t length, const char *const *suffixes,
                             size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        const size_t suffix = strlen(suffixes[i]);
        if (length >= suffix && strncasecmp(name + length - suffix, suffixes[i], suffix) == 0)
            return length - suffix;
    }
    return length;
}

/* Where the path of a Zarr store ends with the folder that is one, or with an array in it:
 * "a/b.zarr/1". NULL: nothing in it is called so. */
static const char *end_of_store(const char *path, size_t length)
{
    static const char suffix[] = ".zarr";
    const size_t suffix_length = sizeof suffix - 1;
    for (size_t end = length; end >= suffix_length; --end)
        if ((end == length || path[end] == '/') &&
            strncasecmp(path + end - suffix_length, suffix, suffix_length) == 0)
            return path + end - suffix_length;
    return NULL;
}

/* "b_1" of the above; what is no store keeps its name. */
static size_t name_of(const char *path, char *name, size_t name_bytes)
{
    const bool is_path = ocs_location_kind(path) == OCS_LOCATION_PATH;
    size_t length = is_path ? strlen(path) : strcspn(path, "?#");
    while (length > 1 && path[length - 1] == '/')
        --length;
    const char *const end = end_of_store(path, length);
    if (!end)
        return ocs_location_name(path, name, name_bytes);
    const char *from = end;
    while (from > path && from[-1] != '/')
        --from;
    const char *const below = end + strlen(".zarr");
    const int written = snprintf(name, name_bytes, "%.*s%.*s", (int)(end - from), from,
                                 (int)(path + length - below), below);
    for (char *at = name; *at; ++at)
        if (*at == '/')
            *at = '_';
    return (size_t)written;
}

enum ocs_status ocs_stem(const char *path, char *stem, size_t stem_bytes, struct ocs_error *error)
{
    char name[OCS_REPORT_PATH];
    size_t length = name_of(path, name, sizeof name);
    if (length >= sizeof name)
        length = sizeof name - 1; /* refused below all the same */
    length = without_suffix(name, length, compression_suffixes,
                            sizeof compression_suffixes / sizeof compression_suffixes[0]);
    length =
        without_suffix(name, length, map_suffixes, sizeof map_suffixes / sizeof map_suffixes[0]);
    if (length == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        const enum ocs_status status =
            ocs_fail(error, OCS_USAGE, "naming results after", path,
                     "nothing is left of the name without its folder and suffixes");
        ocs_advise(error, "give the map a name");
        return status;
    }
    if (length >= stem_bytes)
        return ocs_fail(error, OCS_USAGE, "naming results after", path,
                        "the name is longer than %zu bytes", stem_bytes - 1);
    memcpy(stem, name, length);
    stem[length] = 0;
    return OCS_OK;
}

const char *ocs_output_kind_name(enum ocs_output kind)
{
    switch (kind) {
    case OCS_OUTPUT_SCALE:
        return "scale";
    case OCS_OUTPUT_CONFIDENCE:
        return "confidence";
    case OCS_OUTPUT_LOWPASS:
        return "lowpass";
    case OCS_OUTPUT_AMPLIFIED:
        return "amplified";
    case OCS_OUTPUT_ATTENUATED:
        return "attenuated";
    case OCS_OUTPUT_SIGMOID:
        return "sigmoid";
    case OCS_OUTPUT_SOLVENT_EXCLUDED:
        return "solvent_excluded";
    }
    return "unknown";
}
