/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CUT_SPOOL_H
#define OCS_CUT_SPOOL_H

/* What the maps need that can be read only after they were spooled: their bytes come once, or in
 * chunks. */

#include "cut.h"
#include "zarr_desk.h"

/* What is held from their spooling to the end of the run, and of the other maps throughout. */
uint64_t ocs_cut_spool_shared(const struct ocs_inputs *inputs);

/* At the peak of the spool passes, beside that: decoders, buffers, thread and workers. 0: no map
 * comes only once. */
uint64_t ocs_cut_spool_pass(const struct ocs_inputs *inputs, const struct ocs_cut *cut);

/* Of a Zarr store's map. */
struct ocs_zarr_strips ocs_cut_strips(const struct ocs_map *map, const struct ocs_cut *cut);

struct ocs_zarr_strips ocs_cut_strips_of(const struct ocs_zarr_input *input,
                                         const struct ocs_cut *cut);

/* Groups under way from the decoder to the workers. */
unsigned ocs_cut_spool_buffers(unsigned threads);

#endif
