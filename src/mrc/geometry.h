/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_GEOMETRY_H
#define OCS_GEOMETRY_H

/* From header fields to axes, voxel sizes and byte ranges. */

#include "header.h"

/* Fills axes, voxel sizes, box and volume count of `mrc` from its header, whose dimensions are
 * positive. */
void ocs_mrc_set_geometry(struct ocs_mrc *mrc);

/* Fills row, volume, offset and total bytes, after ocs_mrc_set_geometry, for a readable mode and an
 * extended header that is not negative. False when the total is more than a file offset can hold.
 */
OCS_MUST_USE bool ocs_mrc_set_layout(struct ocs_mrc *mrc);

#endif
