/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MAP_INTERNAL_H
#define OCS_MAP_INTERNAL_H

#include "bytes.h"
#include "map.h"
#include "zarr_input.h"

struct ocs_map {
    /* at any place, perhaps through a seek table */
    struct ocs_source *source;
    struct ocs_frames *frames;
    /* or once: the header was taken; NULL again when all was */
    struct ocs_unpack *unpack;
    /* or in chunks */
    struct ocs_zarr_input *zarr;
    char *path;
    uint64_t outside_bytes; /* memory of a URL; see ocs_source_outside_bytes               */
    struct ocs_mrc mrc;
    uint64_t volume;      /* from 1                                                       */
    uint64_t data_offset; /* of that volume's first voxel                                 */
};

#endif
