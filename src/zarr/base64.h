/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_BASE64_H
#define OCS_BASE64_H

/* Bytes as text in JSON: RFC 4648, with padding. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With the terminating 0. */
#define OCS_BASE64_ROOM(bytes) (((bytes) + 2) / 3 * 4 + 1)

/* Into OCS_BASE64_ROOM(bytes) characters. */
void ocs_base64_encode(const unsigned char *from, size_t bytes, char *text);

/* False when the text does not stand for exactly `bytes` bytes. */
bool ocs_base64_decode(const char *text, unsigned char *to, size_t bytes);

#endif
