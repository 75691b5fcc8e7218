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

/* The maps that say where targets are, at most one of each. */
enum { OCS_TARGET_MASK, OCS_TARGET_LABELS, OCS_TARGET_MAPS };

enum {
    OCS_LABELS_MAX = 4096,
    OCS_LABEL_SLOTS = 2 * OCS_LABELS_MAX, /* of the hash table: at most half of it is used   */
};
#define OCS_NO_LABEL UINT32_MAX
#define OCS_TARGET_THRESHOLD 0.5f

/* Labels with open addressing: key 0 is an empty slot. An all-zero table is empty. */
struct ocs_label_table {
    int32_t key[OCS_LABEL_SLOTS];
    uint64_t voxels[OCS_LABEL_SLOTS];
    unsigned count;
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

/* The labels in ascending order. Immutable once made; any thread may look labels up. */
struct ocs_label_set {
    bool is_mask;
    unsigned count;
    int32_t label[OCS_LABELS_MAX];
    uint64_t voxels[OCS_LABELS_MAX];
    int32_t key[OCS_LABEL_SLOTS];
    uint16_t index[OCS_LABEL_SLOTS];
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
