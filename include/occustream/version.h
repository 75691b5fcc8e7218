/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCCUSTREAM_VERSION_H
#define OCCUSTREAM_VERSION_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" */
const char *ocs_version(void);

/* "libuv 1.44.2, fftw-3.3.10-sse2-avx, ..., simd avx2\nzlib 1.2.13, ..." into buffer, two lines,
 * always terminated. */
void ocs_version_details(char *buffer, size_t buffer_bytes);

#ifdef __cplusplus
}
#endif
#endif
