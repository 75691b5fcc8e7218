/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fail.h"
#include "location.h"
#include "result_files.h"

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

enum ocs_status ocs_stem(const char *path, char *stem, size_t stem_bytes, struct ocs_error *error)
{
    char name[OCS_REPORT_PATH];
    size_t length = ocs_location_name(path, name, sizeof name);
    if (length >= sizeof name)
        length = sizeof name - 1; /* refused below all the same */
    length = without_suffix(name, length, compression_suffixes,
                            sizeof compression_suffixes / sizeof compression_suffixes[0]);
    length =
        without_suffix(name, length, map_suffixes, sizeof map_suffixes / sizeof map_suffixes[0]);
    if (length == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        const enum ocs_status status =
            ocs_fail(error, OCS_USAGE, "naming the results after", path,
                     "nothing is left of the name without its folder and suffixes");
        ocs_advise(error, "give the map a name");
        return status;
    }
    if (length >= stem_bytes)
        return ocs_fail(error, OCS_USAGE, "naming the results after", path,
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
