/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_PLACE_SUM_H
#define OCS_PLACE_SUM_H

/* A checksum of bytes at their places, against decay and mistakes, not against forgery. That of a
 * whole is the sum (modulo 2^64) of those of its parts, however it is cut and in whatever order the
 * parts come; places that hold 0 add nothing, so the caller remembers how far a whole reaches. Two
 * different contents have the same checksum with a chance of about 2^-32. */

#include <stdint.h>

/* Of `count` bytes that lie from `offset` on. */
uint64_t ocs_place_sum(uint64_t offset, const void *bytes, uint64_t count);

#endif
