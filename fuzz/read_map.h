/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FUZZ_READ_MAP_H
#define OCS_FUZZ_READ_MAP_H

/* A map that was written, read as a whole, whatever its format; it must be flawless and small. */

#include "header.h"

struct fuzz_volume {
    struct ocs_mrc mrc;
    float *voxels; /* to be freed */
};

/* By the end of its name: a Zarr store, a file of zstd frames, or MRC. The frames are unpacked by
 * one call of libzstd. */
struct fuzz_volume fuzz_read_map(const char *path);

#endif
