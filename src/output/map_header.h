/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MAP_HEADER_H
#define OCS_MAP_HEADER_H

#include "voxels.h"

#include "occustream/options.h"
#include "occustream/report.h"

/* How voxels of a map like `like` are stored: little-endian, and with OCS_DTYPE_KEEP in its own
 * mode; mode 101 becomes mode 0. */
struct ocs_voxel_format ocs_map_format(const struct ocs_mrc *like, enum ocs_dtype dtype);

/* The header of an output map like `like`. NXSTART.., MX.., cell, angles, axis order and ORIGIN are
 * bit-equal to the input's wherever they make sense: a cell length or M that is not a positive
 * number: M = the box, cell = M times the voxel size taken; axis order that is not a permutation of
 * 1, 2, 3: that of like->axis_of; angles that are not numbers: 90; an ORIGIN with one that is not:
 * 0; ISPG of a volume stack, or none that exists: 1, since one volume is written. No extended
 * header. Labels are the input's that are not blank, then `label`; when all ten are in use the last
 * gives way. `label` is printable ASCII, cut at 80 bytes; with "" labels stay the input's. */
struct ocs_mrc_header ocs_map_header(const struct ocs_mrc *like, enum ocs_dtype dtype,
                                     const char *label, const struct ocs_statistics *statistics);

#endif
