/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PHANTOM_BLOCK_H
#define PHANTOM_BLOCK_H

/* The unit of work: some sections by some rows, rows always whole. All arrays of three are in the
 * order z (sections), y (rows), x (columns); voxel i of an axis has its centre at coordinate i. */

#include <stdint.h>

enum { AXIS_Z, AXIS_Y, AXIS_X };

struct phantom_block {
    int64_t z, y;       /* first section, first row                                */
    int64_t nz, ny, nx; /* extent; its floats are [nz][ny][nx]                     */
};

#endif
