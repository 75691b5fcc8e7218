/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FEED_H
#define OCS_FEED_H

/* Rows of either kind of data behind one face: read from a volume, or synthesised from a kept
 * spectrum. A feed is one worker's; it is started on a part of the box and then asked for rows in
 * order. */

#include "synth.h"

struct ocs_feed_source {
    const struct ocs_volume *volume;
    const struct ocs_synth *synth; /* NULL: the volume itself                               */
};

struct ocs_feed {
    const struct ocs_run_context *context;
    const struct ocs_feed_source *source;
    struct ocs_reader *reader;
    struct ocs_synth_desk *desk;
};

/* `spectral` as of the synth, NULL for the volume. */
uint64_t ocs_feed_need(const struct ocs_reading *reading, const struct ocs_volume *volume,
                       const struct ocs_spectral *spectral);

OCS_MUST_USE enum ocs_status ocs_feed_open(const struct ocs_run_context *context,
                                           const struct ocs_feed_source *source,
                                           struct ocs_feed *feed, struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_feed_start(struct ocs_feed *feed, const struct ocs_part *part,
                                            struct ocs_error *error);

/* Rows y .. y + rows of section z: within the part, after all earlier ones. */
OCS_MUST_USE enum ocs_status ocs_feed_rows(struct ocs_feed *feed, uint64_t z, uint64_t y,
                                           uint64_t rows, float *to, struct ocs_error *error);

/* The part is used up and was read from an input that stayed whole. */
OCS_MUST_USE enum ocs_status ocs_feed_finish(struct ocs_feed *feed, struct ocs_error *error);

/* An all-zero feed is fine. */
void ocs_feed_close(struct ocs_feed *feed);

#endif
