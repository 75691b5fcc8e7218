/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TRANSFER_H
#define OCS_TRANSFER_H

/* A sweep from a feed to a sink: plain, mapped by rank, or clipped to the input's extremes. */

#include "feed.h"
#include "rank.h"
#include "sink.h"
#include "slabs.h"
#include "tally.h"

struct ocs_transfer {
    const char *name;
    const struct ocs_run_context *context;
    const struct ocs_feed_source *source;
    struct ocs_slabs slabs; /* of the rows that come out of the source; bands are fine      */
    const struct ocs_rank_bins *match_bins; /* with match_steps, or NULL                     */
    const struct ocs_rank_step *match_steps;
    bool clip;
    float clip_min, clip_max;
    const struct ocs_sink *sink;

    struct ocs_tally tally; /* found: of what was written                                   */
};

uint64_t ocs_transfer_need(const struct ocs_reading *reading, const struct ocs_volume *volume,
                           const struct ocs_spectral *spectral, uint64_t nx);
struct ocs_pass ocs_transfer_pass(struct ocs_transfer *transfer);

#endif
