/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "libraries.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* bzip2 adds its date. */
void ocs_codec_libraries(char *buffer, size_t buffer_bytes)
{
    const char *const bzip2 = BZ2_bzlibVersion();
    snprintf(buffer, buffer_bytes, "zlib %s, bzip2 %.*s, xz %s, zstd %s", zlibVersion(),
             (int)strcspn(bzip2, ","), bzip2, lzma_version_string(), ZSTD_versionString());
}
