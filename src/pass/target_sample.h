/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TARGET_SAMPLE_H
#define OCS_TARGET_SAMPLE_H

/* Pass "targets", where the estimate works in a smaller box: a label map brought to that box by
 * taking, for each working voxel, the native voxel nearest to it. Working voxel i lies at i * n / b
 * of the native ones, as in restore.h. Labels are names, so nothing in between would do. */

#include "pass.h"
#include "sink.h"
#include "slabs.h"

struct ocs_target_sample {
    const struct ocs_run_context *context;
    const struct ocs_volume *labels; /* at the map's own size                                 */
    struct ocs_slabs slabs;          /* of the working box                                   */
    const struct ocs_sink *sink;
};

uint64_t ocs_target_sample_need(const struct ocs_reading *reading, const struct ocs_volume *labels,
                                struct ocs_box working);
struct ocs_pass ocs_target_sample_pass(struct ocs_target_sample *sample);

#endif
