/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_MEMBERS_H
#define OCS_FUZZ_MEMBERS_H

/* Compressed members made and read by one call of the libraries each, without anything of ours: to
 * compare with, and to make inputs whose checksums are right. */

#include "codec.h"

#include <stdbool.h>
#include <stddef.h>

/* The first member of `stream`. False when it is damaged or its plain bytes do not fit `room`.
 * *used_ret: its length. */
bool fuzz_member_read(enum ocs_codec codec, const unsigned char *stream, size_t bytes,
                     unsigned char *plain, size_t room, size_t *plain_bytes_ret, size_t *used_ret);

/* A member of these bytes; `variety` chooses among the library's settings. False when it does not
 * fit. */
bool fuzz_member_write(enum ocs_codec codec, unsigned variety, const unsigned char *plain,
                      size_t bytes, unsigned char *stream, size_t room, size_t *stream_bytes_ret);

#endif
