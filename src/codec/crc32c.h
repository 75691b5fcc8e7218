/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CRC32C_H
#define OCS_CRC32C_H

/* CRC-32C (Castagnoli), as Zarr's crc32c codec and shard indexes carry it. Pure; any thread. */

#include <stdint.h>

uint32_t ocs_crc32c(const unsigned char *bytes, uint64_t count);

#endif
