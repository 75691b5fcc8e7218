/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_BLOSC_BUFFER_H
#define OCS_BLOSC_BUFFER_H

/* What a buffer of blosc 1 says of itself. Little-endian:
 *
 *     0  2: version of the format      4  plain bytes        12  bytes of the whole buffer
 *     1  version of the inner format   8  bytes of a block   16  where each block begins (4 each)
 *     2  flags                                                   then the blocks
 *     3  bytes of an element
 *
 * or, with the flag of a plain copy, the plain bytes at 16. Pure. */

#include <stdint.h>

enum { OCS_BLOSC_HEADER_BYTES = 16 };

/* NULL when the `count` bytes are a buffer of exactly `plain_bytes` plain ones, as far as can be
 * told without opening its blocks; otherwise what is wrong, in one clause. Afterwards the library
 * needs no more memory than ocs_blosc_unpack_need(plain_bytes). */
const char *ocs_blosc_check(const unsigned char *bytes, uint64_t count, uint64_t plain_bytes);

/* What the library takes from malloc() while it unpacks a buffer of `plain_bytes`. */
uint64_t ocs_blosc_unpack_need(uint64_t plain_bytes);

#endif
