/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MODES_H
#define OCS_MODES_H

/* The modes MRC2014 and its 2022 update define. */

#include "header.h"

bool ocs_mrc_mode_known(int32_t mode);

/* Bits of a voxel, 0 for modes that are not read. */
unsigned ocs_mrc_mode_bits(int32_t mode);

#endif
