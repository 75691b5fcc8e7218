/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SURVEY_H
#define OCS_SURVEY_H

/* Pass "survey": the one forward sweep over a volume. Per plane: statistics and a check for NaN and
 * infinities; transforms along x and y of which only the kept frequencies stay; counts of the tiles
 * when the scale data is the volume itself. */

#include "slabs.h"
#include "spectral.h"
#include "spectrum_store.h"
#include "tally.h"
#include "tile_count.h"

#include "pass.h"

struct ocs_survey {
    const struct ocs_run_context *context;
    const struct ocs_volume *volume; /* as it is in the file: zero_nonfinite false             */
    bool zero_nonfinite;             /* replace them here, after counting                     */
    struct ocs_slabs slabs;

    /* wanted spectrum, or NULL */
    const struct ocs_spectral *spectral;
    struct ocs_spectrum_store *store;

    /* wanted tile counts, or NULL */
    const struct ocs_tile_grid *grid;
    struct ocs_tile_thresholds thresholds;
    struct ocs_tile_counts *counts;

    /* found */
    struct ocs_tally tally;
    uint64_t repeats;         /* voxels exactly equal to the one before them in their row */
    uint64_t first_nonfinite; /* linear voxel index, UINT64_MAX if none                       */

    /* made by begin */
    struct ocs_fft *along_x, *along_y;
};

uint64_t ocs_survey_need(const struct ocs_reading *reading, const struct ocs_volume *volume,
                         const struct ocs_spectral *spectral, bool tiles);

OCS_MUST_USE enum ocs_status ocs_survey_begin(struct ocs_survey *survey, struct ocs_error *error);
struct ocs_pass ocs_survey_pass(struct ocs_survey *survey);
void ocs_survey_end(struct ocs_survey *survey);

#endif
