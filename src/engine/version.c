/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "occustream/version.h"

#include "cpu.h"
#include "fft_line.h"
#include "libraries.h"
#include "result_files.h"

#include <stdio.h>
#include <uv.h>

const char *ocs_version(void)
{
    return OCS_VERSION;
}

void ocs_version_details(char *buffer, size_t buffer_bytes)
{
    char codecs[128];
    ocs_codec_libraries(codecs, sizeof codecs);
    snprintf(buffer, buffer_bytes, "libuv %s, %s, jansson %s, simd %s\n%s", uv_version_string(),
             ocs_fft_library(), ocs_json_library(), ocs_simd_name(ocs_simd_best()), codecs);
}
