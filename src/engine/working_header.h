/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_WORKING_HEADER_H
#define OCS_WORKING_HEADER_H

/* The header of a map in a cropped working box: the same place and extent in space, fewer and
 * larger voxels. */

#include "header.h"

struct ocs_mrc ocs_working_header(const struct ocs_mrc *native, struct ocs_box box);

#endif
