/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_LIBRARIES_H
#define OCS_LIBRARIES_H

#include <stddef.h>

/* "zlib 1.2.13, bzip2 1.0.8, ...": what decodes, as it was found at run time. */
void ocs_codec_libraries(char *buffer, size_t buffer_bytes);

#endif
