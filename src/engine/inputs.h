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

    /* what maps are opened with, and then the run uses; the budget has no limit yet */
    struct ocs_loop *loop;
    struct ocs_budget *budget;
};

/* The files by number: the map, the definition, the target maps. */
enum {
    OCS_INPUT_MAP,
    OCS_INPUT_DEFINITION,
    OCS_INPUT_TARGETS,
    OCS_INPUT_FILES = OCS_INPUT_TARGETS + OCS_TARGET_MAPS
};

/* NULL: there is none. */
struct ocs_map *ocs_inputs_file(const struct ocs_inputs *inputs, unsigned file);

/* The volumes of that file are read from `spool` from now on. */
void ocs_inputs_set_spool(struct ocs_inputs *inputs, unsigned file, const struct ocs_spool *spool);

/* The files whose bits are set in `stocked` are kept in memory as they come (ocs_map_stock): the
 * volumes say so; how many bytes of theirs; what that takes of the budget; from now on; and no
 * longer. */
void ocs_inputs_set_stocked(struct ocs_inputs *inputs, unsigned stocked);
uint64_t ocs_inputs_stock_bytes(const struct ocs_inputs *inputs, unsigned stocked);
uint64_t ocs_inputs_stock_need(const struct ocs_inputs *inputs, unsigned stocked);
OCS_MUST_USE enum ocs_status ocs_inputs_stock(const struct ocs_inputs *inputs, unsigned stocked,
                                              struct ocs_error *error);
void ocs_inputs_unstock(const struct ocs_inputs *inputs);

/* Waits for the writers of pipes. */
OCS_MUST_USE enum ocs_status ocs_inputs_open(const struct ocs_options *options,
                                             struct ocs_inputs *inputs, struct ocs_error *error);

/* The map alone; `level` as in map.h. */
OCS_MUST_USE enum ocs_status ocs_inputs_open_map(const struct ocs_options *options, uint64_t level,
                                                 struct ocs_inputs *inputs,
                                                 struct ocs_error *error);

/* Memory that the inputs take beside the budget: what URLs need. */
uint64_t ocs_inputs_outside_bytes(const struct ocs_inputs *inputs);

/* Ends waiting for the network; nothing can be read from URLs any more. Any thread. */
void ocs_inputs_interrupt(const struct ocs_inputs *inputs);

void ocs_inputs_close(struct ocs_inputs *inputs);

#endif
