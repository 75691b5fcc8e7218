/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_DECODE_ROW_H
#define OCS_DECODE_ROW_H

#include "cpu.h"
#include "volume.h"

/* One row of a map's volume, from its bytes in the map to box.x floats. */
void ocs_decode_row(const struct ocs_volume *volume, enum ocs_simd simd, const unsigned char *from,
                    float *to);

#endif
