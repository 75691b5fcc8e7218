/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCCUSTREAM_LOCATION_H
#define OCCUSTREAM_LOCATION_H

/* Where a map may be: a path, "-", http://, https://, s3://bucket/key, emdb:NNNN. */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Copies `text` into `buffer`, always terminated, with what may be secret left out of any URL in
 * it: user and password go, and a query becomes "?...". A text without a URL is copied as it is.
 * Returns the length it needed; never more than twice that of `text`. */
size_t ocs_location_show(const char *text, char *buffer, size_t buffer_bytes);

#ifdef __cplusplus
}
#endif
#endif
