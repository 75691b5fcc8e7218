/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MAP_H
#define OCS_MAP_H

/* A map on disk, opened and understood: bytes, header, and which volume of it is meant. Immutable
 * once open, so any thread may read it. */

#include "box.h"
#include "occustream/error.h"
#include "occustream/options.h"

#include "header.h"

struct ocs_map;

struct ocs_map_spec {
    const char *path;
    enum ocs_io_mode io;
    uint64_t volume;     /* from 1; 0: the only one                                       */
    uint64_t max_voxels; /* cap on one volume                                             */
};

/* OCS_USAGE when a stack needs a volume number or has no such volume; OCS_LIMIT above max_voxels, and
 * above 2^44 voxels in any case. */
OCS_MUST_USE enum ocs_status ocs_map_open(const struct ocs_map_spec *spec, struct ocs_map **map_ret,
                                          struct ocs_error *error);
void ocs_map_close(struct ocs_map *map);

const struct ocs_mrc *ocs_map_mrc(const struct ocs_map *map);
const char *ocs_map_path(const struct ocs_map *map);
uint64_t ocs_map_volume(const struct ocs_map *map);

#endif
