/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_GATHER_H
#define OCS_GATHER_H

/* Pass "tiles": the voxels of a few tiles brought together, and the exact percentile of each. A
 * unit is one plane that some of the tiles touch. */

#include "feed.h"
#include "tile_count.h"

struct ocs_gather {
    const struct ocs_run_context *context;
    const struct ocs_feed_source *source;
    const struct ocs_tile_grid *grid;
    const uint32_t *tiles; /* `tile_count` of them, in z,y,x order                          */
    unsigned tile_count;
    float *voxels;    /* tile after tile, each z,y,x                                  */
    uint64_t *planes; /* sorted, `plane_count` of them                                */
    uint64_t plane_count;
};

/* Bytes for the voxels and planes of `tile_count` tiles; and per worker. */
uint64_t ocs_gather_need(const struct ocs_tile_grid *grid, unsigned tile_count);
uint64_t ocs_gather_worker_need(const struct ocs_reading *reading, const struct ocs_tile_grid *grid,
                                const struct ocs_volume *volume,
                                const struct ocs_spectral *spectral);

OCS_MUST_USE enum ocs_status ocs_gather_begin(struct ocs_gather *gather, struct ocs_error *error);
struct ocs_pass ocs_gather_pass(struct ocs_gather *gather);

/* The exact value of each tile, after the pass. */
void ocs_gather_values(struct ocs_gather *gather, float *values);
void ocs_gather_end(struct ocs_gather *gather);

#endif
