/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_MAP_BYTES_H
#define OCS_FUZZ_MAP_BYTES_H

/* Headers that a reader takes, made or repaired. */

#include "box.h"
#include "header.h"

/* A flawless little-endian header of such a map. */
void fuzz_make_header(struct ocs_box box, int32_t mode, float voxel_ang,
                      unsigned char header[OCS_MRC_HEADER_BYTES]);

/* Repairs what a header was before it was changed: the MAP stamp, one of the two byte orders, a
 * mode that can be read, sizes that `data_bytes` behind the header are enough for and whose axes
 * are `least` or longer where that is possible. Everything else stays. `random` chooses. */
void fuzz_repair_header(unsigned char header[OCS_MRC_HEADER_BYTES], uint64_t data_bytes,
                        uint64_t least, uint64_t *random);

#endif
