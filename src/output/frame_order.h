/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FRAME_ORDER_H
#define OCS_FRAME_ORDER_H

/* Frames of unknown size that come in any order, from several threads, into one file without gaps.
 * Frame 0 is somebody else's; its size is known.
 *
 *     | 0 | 1 | 2 | 3 |  ...   |       slot of 6       | ...
 *                     ^ end    4 is still to come, so 6 waits where it would begin if all had the
 *                              largest size
 *
 * A frame whose turn it is goes to its place at once, and those that waited for it follow; the end
 * never reaches the slot of a frame that is still to come. */

#include "budget.h"
#include "output_file.h"
#include "seek_table.h"

struct ocs_frame_order;

uint64_t ocs_frame_order_need(uint32_t frames);

/* `frames` are all, the first included; `largest` bounds the packed bytes of each other one.
 * OCS_LIMIT when the file could become larger than any file. `file` must outlive it. */
OCS_MUST_USE enum ocs_status
ocs_frame_order_open(struct ocs_budget *budget, struct ocs_output_file *file, uint32_t frames,
                     const struct ocs_seek_entry *first, uint64_t largest,
                     struct ocs_frame_order **order_ret, struct ocs_error *error);

/* Frame `index`, from 1 on, once. `packed` has room for the largest frame and is overwritten. Any
 * thread. */
OCS_MUST_USE enum ocs_status ocs_frame_order_put(struct ocs_frame_order *order, uint32_t index,
                                                 unsigned char *packed,
                                                 const struct ocs_seek_entry *bytes,
                                                 struct ocs_error *error);

/* Once every frame was put: the sizes of all, and where the last one ends. */
const struct ocs_seek_entry *ocs_frame_order_entries(const struct ocs_frame_order *order,
                                                     uint64_t *end_ret);
void ocs_frame_order_close(struct ocs_frame_order *order); /* NULL is fine */

#endif
