/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RUN_TARGETS_INTERNAL_H
#define OCS_RUN_TARGETS_INTERNAL_H

/* The parts of measuring targets: run_target_labels.c finds which there are, run_target_tiles.c the
 * full scale that the reference program sets a mask against, run_targets.c their values. */

#include "run_internal.h"

/* ---- run_target_labels.c ---- */

/* Over `source`, beside `labels` (NULL: none). */
struct ocs_sweep ocs_target_sweep(const struct ocs_run_state *run,
                                  const struct ocs_feed_source *source,
                                  const struct ocs_volume *labels);
OCS_MUST_USE enum ocs_status ocs_run_target_sweep(struct ocs_run_state *run,
                                                  struct ocs_sweep *sweep,
                                                  const struct ocs_found *found,
                                                  struct ocs_error *error);

/* Fills run->targets.set, and makes the report's rows, still empty. */
OCS_MUST_USE enum ocs_status ocs_run_find_targets(struct ocs_run_state *run,
                                                  struct ocs_error *error);

/* The rows of one target map: the mask's comes first. */
unsigned ocs_target_count(const struct ocs_run_state *run, unsigned map);
struct ocs_report_target *ocs_target_rows(const struct ocs_run_state *run, unsigned map);

/* ---- run_target_tiles.c ---- */

/* Reference rules: the mask's full scale comes from tiles of its own. tau and full scale for a tile
 * of as many voxels as the mask has. */
OCS_MUST_USE enum ocs_status ocs_target_reference_full_scale(struct ocs_run_state *run,
                                                             uint64_t voxels, double *tau_ret,
                                                             double *full_ret,
                                                             struct ocs_error *error);

#endif
