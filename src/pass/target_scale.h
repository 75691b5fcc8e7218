/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TARGET_SCALE_H
#define OCS_TARGET_SCALE_H

/* Quartiles of the local scale under each label, gathered while the emit sweep makes it: a
 * histogram per label, linear over [0,1], with slots of their own for exactly 0 and exactly 1.
 *
 *     slot   0     1            2                  bins              bins + 1
 *            S=0   (0, 1/bins)  [1/bins, 2/bins) ..  [1-1/bins, 1)    S=1
 *
 * An element of the sorted scale is found to within 1/bins, and exactly when it is 0 or 1. */

#include "target_labels.h"

/* Shared by the workers of a sweep. */
struct ocs_target_scale {
    const struct ocs_run_context *context;
    const struct ocs_volume *volume; /* the label map or mask                                 */
    const struct ocs_label_set *labels;

    /* made by begin */
    unsigned bins;
    uint64_t *counts; /* [label][slot], merged                                              */
};

/* One worker's. */
struct ocs_target_desk;

/* The least memory for the histograms of one worker that is enough for any number of labels, and
 * the most that so many have use for. */
uint64_t ocs_target_scale_least_bytes(void);
uint64_t ocs_target_scale_most_bytes(unsigned labels);

/* From the budget, when the histograms may take `limit_bytes`: shared by all workers, and per
 * worker. */
uint64_t ocs_target_scale_need(uint64_t limit_bytes);
uint64_t ocs_target_desk_need(const struct ocs_reading *reading, const struct ocs_volume *volume,
                              uint64_t limit_bytes);

/* The first three members are set. */
OCS_MUST_USE enum ocs_status ocs_target_scale_begin(struct ocs_target_scale *scale,
                                                    uint64_t limit_bytes, struct ocs_error *error);

/* Of the merged histograms, which are all that a sweep leaves in `counts`. */
uint64_t ocs_target_scale_counts_bytes(const struct ocs_target_scale *scale);

/* Safe after a failed begin, too. */
void ocs_target_scale_end(struct ocs_target_scale *scale);

OCS_MUST_USE enum ocs_status ocs_target_desk_open(const struct ocs_target_scale *scale,
                                                  struct ocs_target_desk **desk_ret,
                                                  struct ocs_error *error);

/* A part of the box: its rows come next, in order. */
OCS_MUST_USE enum ocs_status ocs_target_desk_start(struct ocs_target_desk *desk,
                                                   const struct ocs_part *part,
                                                   struct ocs_error *error);

/* The next `rows` <= OCS_ROW_BATCH rows of the scale. */
OCS_MUST_USE enum ocs_status ocs_target_desk_rows(struct ocs_target_desk *desk, uint64_t rows,
                                                  const float *scale, struct ocs_error *error);

/* The part is used up and was read from a label map that stayed whole. */
OCS_MUST_USE enum ocs_status ocs_target_desk_finish(struct ocs_target_desk *desk,
                                                    struct ocs_error *error);

/* Adds the worker's histograms to the shared ones; one worker at a time. NULL is fine. */
void ocs_target_desk_close(struct ocs_target_scale *scale, struct ocs_target_desk *desk);

/* The scale below which `fraction` of a label's voxels lie: linear between the two elements next to
 * fraction * (n - 1), as NumPy's percentile has it. NaN if no voxel was seen. */
double ocs_target_scale_quantile(const struct ocs_target_scale *scale, unsigned label,
                                 double fraction);

#endif
