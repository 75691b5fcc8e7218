/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_INPUTS_H
#define OCS_INPUTS_H

/* The maps a run reads: the map itself and the masks that go with it, opened and checked against
 * each other. */

#include "map.h"
#include "target_labels.h"
#include "volume.h"

struct ocs_inputs {
    struct ocs_map *map, *definition; /* `definition` NULL: none                            */
    struct ocs_volume volume;         /* V, NaN and infinities as the options say            */
    struct ocs_volume raw_volume;     /* V as it is in the file                             */
    struct ocs_volume definition_volume;

    /* by OCS_TARGET_MASK and OCS_TARGET_LABELS; NULL: none */
    struct ocs_map *target[OCS_TARGET_MAPS];
    struct ocs_volume target_volume[OCS_TARGET_MAPS];
};

OCS_MUST_USE enum ocs_status ocs_inputs_open(const struct ocs_options *options,
                                             struct ocs_inputs *inputs, struct ocs_error *error);
void ocs_inputs_close(struct ocs_inputs *inputs);

#endif
