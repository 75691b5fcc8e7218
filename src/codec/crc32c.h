/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CRC32C_H
#define OCS_CRC32C_H

/* CRC-32C (Castagnoli), as Zarr's crc32c codec and shard indexes carry it. Pure; any thread. */

#include <stdbool.h>
#include <stdint.h>

enum { OCS_CRC32C_BYTES = 4 };

uint32_t ocs_crc32c(const unsigned char *bytes, uint64_t count);

/* That of `count` bytes, little-endian, right behind them. */
void ocs_crc32c_append(unsigned char *bytes, uint64_t count);

/* Whether what is right behind `count` bytes is theirs. */
bool ocs_crc32c_follows(const unsigned char *bytes, uint64_t count);

#endif
