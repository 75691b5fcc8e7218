/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TARGET_SELECT_H
#define OCS_TARGET_SELECT_H

/* Pass "targets", later sweeps: element `rank` of the sorted voxels of the scale data under each
 * label, exactly and without keeping a voxel. Values become keys that sort alike; each sweep
 * counts, per label, the next few bits of those keys whose higher bits are already known to be the
 * element's.
 *
 *     key   | known: prefix | next digit: counted | not yet looked at |
 *            31 ..           32 - known ..                           0
 *
 * Counters for all labels at once are labels * 2^bits * 8 bytes a worker: few labels take 16 bits a
 * sweep and two sweeps, many take fewer bits and more sweeps. */

#include "float_key.h"
#include "target_labels.h"

struct ocs_target_select {
    struct ocs_budget *budget;
    const struct ocs_label_set *labels;
    double fraction; /* in [0,1]; 1 selects the largest                                     */

    /* found by the first sweep, per label; may differ from the set's where the sweeps see the
     * labels in another box */
    uint64_t *voxels;

    /* made by begin */
    uint64_t *rank;   /* per label: the element's, among the voxels that share the prefix    */
    uint32_t *prefix; /* per label                                                          */
    uint64_t *counts; /* [label][digit] of one sweep, merged                                 */
    unsigned bits;    /* of a digit                                                         */
    unsigned known;   /* bits of the prefix                                                 */
};

/* The least memory for counters that is enough for any number of labels. */
uint64_t ocs_target_select_least_bytes(void);

/* What a selection takes from the budget when the counters of one worker may take `limit_bytes`:
 * shared by all workers; a worker's own is the sweep's state of at most `limit_bytes`. */
uint64_t ocs_target_select_need(uint64_t limit_bytes);

/* How many sweeps it takes. */
unsigned ocs_target_select_sweeps(unsigned labels, uint64_t limit_bytes);

/* The first three members are set. */
OCS_MUST_USE enum ocs_status ocs_target_select_begin(struct ocs_target_select *select,
                                                     uint64_t limit_bytes, struct ocs_error *error);

/* One sweep: `next` fills name, self, state_bytes and the functions of a sweep over the scale data
 * with the label map as its mask, the slabs being set; after it ran, `take` reads the digits. True
 * as long as there is another sweep. */
bool ocs_target_select_is_open(const struct ocs_target_select *select);
void ocs_target_select_next(struct ocs_target_select *select, struct ocs_sweep *sweep);
void ocs_target_select_take(struct ocs_target_select *select);

/* After the last one. NaN for a label without voxels. */
float ocs_target_select_value(const struct ocs_target_select *select, unsigned label);

/* Safe after a failed begin, too. */
void ocs_target_select_end(struct ocs_target_select *select);

#endif
