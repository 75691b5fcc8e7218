/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_EMIT_H
#define OCS_EMIT_H

/* Pass "emit": the sweep that makes the results. A unit is a slab of planes times a band of rows;
 * going through it some planes at a time, the scale data runs through the ball maximum, and every
 * plane that becomes complete is turned into scale and confidence and handed to the sinks while it
 * is in cache.
 *
 *        z - reach      z      the last plane of the group that was just pushed is z; complete is
 *     ---oooo---------->>>>    z - reach, so the last reach + group planes of the scale data are
 *                              kept (a ring)
 */

#include "ball_max.h"
#include "feed.h"
#include "products.h"

/* What the sweeps before found; immutable. */
struct ocs_emit_model {
    const struct ocs_ball *ball;
    float full;               /* full scale, grey value                                    */
    float limit;              /* confidence limit for --nlrc; 0: none                       */
    struct ocs_lookup lookup; /* grey value of L -> confidence                              */
};

struct ocs_emit_cut {
    uint64_t band_rows; /* a multiple of OCS_ROW_BATCH                                     */
    uint64_t slab_planes;
};

struct ocs_emit {
    const struct ocs_run_context *context;
    const struct ocs_feed_source *scale_data; /* A                                          */
    const struct ocs_feed_source *filtered;   /* L; the same pointer when A is L            */
    const struct ocs_feed_source *map;        /* V; the same pointer when A is V            */
    struct ocs_emit_model model;
    struct ocs_emit_cut cut;
    struct ocs_products *products;

    /* found */
    struct ocs_exact_sum full_sum; /* of A where the scale is 1                             */
    uint64_t full_voxels;
};

/* What an emit sweep is like, as far as its memory goes. */
struct ocs_emit_shape {
    const struct ocs_volume *volume;
    const struct ocs_spectral *scale_data, *filtered; /* as of their synths, NULL: the volume */
    bool needs_map;                                   /* for a modification                     */
    const struct ocs_ball *ball;
    uint64_t band_rows;
};

uint64_t ocs_emit_need(const struct ocs_reading *reading, const struct ocs_emit_shape *shape);
struct ocs_pass ocs_emit_pass(struct ocs_emit *emit);

#endif
