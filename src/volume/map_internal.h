/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MAP_INTERNAL_H
#define OCS_MAP_INTERNAL_H

#include "bytes.h"
#include "map.h"

struct ocs_map {
    struct ocs_source *source; /* NULL: the bytes come once, by `unpack`                     */
    struct ocs_unpack *unpack; /* the header was taken; NULL again when all was               */
    char *path;
    uint64_t outside_bytes; /* memory of a URL; see ocs_source_outside_bytes               */
    char state[OCS_SOURCE_STATE_BYTES]; /* of a URL's file; see ocs_source_state             */
    struct ocs_mrc mrc;
    uint64_t volume;      /* from 1                                                       */
    uint64_t data_offset; /* of that volume's first voxel                                 */
};

#endif
