/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SWEEP_H
#define OCS_SWEEP_H

/* A sweep over whole rows of L, with the rows of a mask beside them when there is one. The solvent
 * passes are sweeps that differ only in what they do with a row and in the small state they keep.
 */

#include "feed.h"
#include "slabs.h"

struct ocs_sweep {
    const char *name;
    const struct ocs_run_context *context;
    const struct ocs_feed_source *filtered; /* L                                            */
    const struct ocs_volume *mask;          /* of the same box, or NULL                     */
    struct ocs_slabs slabs;

    void *self;           /* for the three below                                           */
    uint64_t state_bytes; /* of one worker's state, which starts as zeros                   */
    void (*start)(void *self, void *state); /* may be NULL                                  */
    /* One row of nx voxels; `mask` is NULL when the sweep has none. */
    void (*row)(void *self, void *state, uint64_t z, uint64_t y, const float *filtered,
                const float *mask, uint64_t nx);
    void (*merge)(void *self, void *state);
};

uint64_t ocs_sweep_need(const struct ocs_reading *reading, const struct ocs_volume *volume,
                        const struct ocs_spectral *spectral, const struct ocs_volume *mask,
                        uint64_t state_bytes);
struct ocs_pass ocs_sweep_pass(struct ocs_sweep *sweep);

#endif
