/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MATCH_H
#define OCS_MATCH_H

/* The two sweeps that learn the distribution of a volume for matching by rank: "match" on the upper
 * halves of the keys, then on the cells. */

#include "rank.h"
#include "sweep.h"

/* Fill name, self, state_bytes and the functions of a sweep; the caller fills the rest. `counts`
 * starts as zeros. */
void ocs_match_tops_begin(uint64_t counts[OCS_RANK_TOPS], struct ocs_sweep *sweep);

struct ocs_match_cells {
    const struct ocs_rank_bins *bins;
    struct ocs_rank_cell *cells; /* bins->cells of them, starting as zeros                   */
    _Atomic uint32_t *filled;    /* OCS_RANK_TOPS of them, starting as zeros                  */
};
void ocs_match_cells_begin(struct ocs_match_cells *match, struct ocs_sweep *sweep);

#endif
