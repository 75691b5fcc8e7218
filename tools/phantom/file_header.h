/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PHANTOM_FILE_HEADER_H
#define PHANTOM_FILE_HEADER_H

/* The 1024 bytes in front of the voxels (MRC2014). */

#include "encode.h"

enum { PHANTOM_HEADER_BYTES = 1024, PHANTOM_LABEL_BYTES = 80 };

struct phantom_header {
    int64_t box[3];  /* z, y, x */
    double voxel[3]; /* angstrom */
    int mode;
    bool big_endian;
    struct phantom_stats stats; /* over the whole box */
    const char *label;          /* cut at PHANTOM_LABEL_BYTES */
};

void phantom_header_pack(const struct phantom_header *header,
                         unsigned char bytes[PHANTOM_HEADER_BYTES]);

#endif
