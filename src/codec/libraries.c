/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "libraries.h"

#include "blosc_library.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* bzip2 adds its date. */
void ocs_codec_libraries(char *buffer, size_t buffer_bytes)
{
    const char *const bzip2 = BZ2_bzlibVersion();
    struct ocs_blosc blosc;
    struct ocs_error error;
    const bool has_blosc = ocs_blosc_load(&blosc, &error) == OCS_OK;
    snprintf(buffer, buffer_bytes, "zlib %s, bzip2 %.*s, xz %s, zstd %s, %s %s", zlibVersion(),
             (int)strcspn(bzip2, ","), bzip2, lzma_version_string(), ZSTD_versionString(),
             has_blosc ? "blosc" : "no", has_blosc ? blosc.get_version_string() : "blosc");
}
