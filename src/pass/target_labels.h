/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TARGET_LABELS_H
#define OCS_TARGET_LABELS_H

/* Pass "targets", first sweep: which labels a label map has, and how many voxels each (algorithm.md
 * step 10). A target mask is a label map with one label, 1, wherever it is above 0.5.
 *
 * Labels are whole numbers, 0 for none. Maps hold them as any type; a float counts as the whole
 * number that it is within 1e-3 of. Above 2^24 float32 no longer tells neighbours apart, so such
 * numbers are no labels. */

#include "sweep.h"

#include "occustream/limits.h"

/* The maps that say where targets are, at most one of each. */
enum { OCS_TARGET_MASK, OCS_TARGET_LABELS, OCS_TARGET_MAPS };

#define OCS_NO_LABEL UINT32_MAX
#define OCS_TARGET_THRESHOLD 0.5f

/* Labels in ascending order: looking one up takes at most 13 steps whatever the labels are, which
 * those who make a map could see to in a hash table. An all-zero table is empty. */
struct ocs_label_table {
    unsigned count;
    int32_t label[OCS_LABELS_MAX];
    uint64_t voxels[OCS_LABELS_MAX];
    bool overflow; /* there were more than OCS_LABELS_MAX                                    */
};

struct ocs_label_scan {
    bool is_mask;

    /* found */
    struct ocs_label_table table;
    uint64_t bad_at; /* first voxel that is no label, as a linear index; UINT64_MAX: none     */
    float bad_value;

    struct ocs_box box; /* filled by begin                                                  */
};

/* The same, complete. Immutable once made; any thread may look labels up. */
struct ocs_label_set {
    bool is_mask;
    unsigned count;
    int32_t label[OCS_LABELS_MAX];
    uint64_t voxels[OCS_LABELS_MAX];
};

/* Voxels [x, end) of a row that share a label. */
struct ocs_label_run {
    uint32_t label; /* index into the set, or OCS_NO_LABEL                                  */
    uint64_t end;
};

uint64_t ocs_label_scan_state_bytes(void);

/* Fills name, self, state_bytes and the functions of a sweep whose feed is the label map itself;
 * its slabs are already set. */
void ocs_label_scan_begin(struct ocs_label_scan *scan, struct ocs_sweep *sweep);

/* After the sweep. OCS_BAD_INPUT when a voxel is no label, when there are too many labels or none.
 */
OCS_MUST_USE enum ocs_status ocs_label_scan_settle(const struct ocs_label_scan *scan,
                                                   const char *path, struct ocs_label_set *set_ret,
                                                   struct ocs_error *error);

/* The run that begins at x < n. */
struct ocs_label_run ocs_label_run_at(const struct ocs_label_set *set, const float *row, uint64_t x,
                                      uint64_t n);

#endif
