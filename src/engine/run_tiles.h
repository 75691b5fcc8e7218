/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RUN_TILES_H
#define OCS_RUN_TILES_H

/* Finding the tiles of a grid with the largest and the smallest value of the scale data: first a
 * sample gives thresholds, then a sweep counts every tile against them, then the few tiles beyond
 * them are looked at exactly. */

#include "run_internal.h"

struct ocs_tile_search {
    const struct ocs_tile_grid *grid;
    unsigned at_once; /* tiles gathered together                                           */

    /* made by sample, for the counting sweep */
    struct ocs_tile_thresholds thresholds;

    /* filled by the counting sweep, before settle */
    const struct ocs_tile_counts *counts;

    /* made by settle; ties go to the first tile in z,y,x order */
    struct ocs_tile_value high, low;
};

OCS_MUST_USE enum ocs_status ocs_tile_search_sample(struct ocs_run_state *run,
                                                    struct ocs_tile_search *search,
                                                    struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_tile_search_settle(struct ocs_run_state *run,
                                                    struct ocs_tile_search *search,
                                                    struct ocs_error *error);

#endif
