/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RANK_H
#define OCS_RANK_H

/* Matching one set of voxels' distribution to another's by rank, out of core: every source value
 * becomes the template value at the same rank, linear between values (as histogram matching is
 * usually defined; both sets have the same size).
 *
 * Values are looked at as order-preserving 32-bit keys. Level 1 counts the upper 16 bits. Level 2
 * looks closer: where there are few voxels (the tails, or all of a small map) their values are
 * listed, so that ranks are exact; the other bins are split into cells that keep how many voxels
 * they have and their lowest and highest value, and ranks are taken as even between these. A split
 * cell holds many voxels of a narrow range: of maps of 4 to 18 million voxels, 2 in 10,000 came out
 * more than 1e-5 of the range from where full sorting puts them, none more than 2e-4. */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { OCS_RANK_TOPS = 1 << 16, OCS_RANK_LISTED = 0xff };

struct ocs_rank_bins {
    uint32_t first[OCS_RANK_TOPS + 1]; /* first cell of each upper half, and the end          */
    uint8_t shift[OCS_RANK_TOPS];      /* lower half >> shift = cell within; or OCS_RANK_LISTED */
    uint32_t cells;
};

/* A listed value is a cell of one voxel. */
struct ocs_rank_cell {
    uint64_t count;
    float low, high; /* valid when count > 0                                                */
};

/* Where the values of one source cell go: linear from `to_low` at `low` to `to_high` at `high`. */
struct ocs_rank_step {
    float low, high, to_low, to_high;
};

void ocs_rank_count_tops(const float *row, uint64_t n, uint64_t counts[OCS_RANK_TOPS]);

/* At most `allowance` (>= 4 * OCS_RANK_TOPS) cells, half of them for listed values. */
void ocs_rank_bins_make(const uint64_t counts[OCS_RANK_TOPS], uint32_t allowance,
                        struct ocs_rank_bins *bins_ret);

/* Split cells go to `own`, one worker's; listed values to `shared`, where `filled` says how many
 * each bin has so far. All start as zeros. */
void ocs_rank_count_cells(const struct ocs_rank_bins *bins, const float *row, uint64_t n,
                          struct ocs_rank_cell *own, struct ocs_rank_cell *shared,
                          _Atomic uint32_t filled[OCS_RANK_TOPS]);
void ocs_rank_merge_cells(struct ocs_rank_cell *into, const struct ocs_rank_cell *from,
                          uint32_t cells);

/* After all values were counted: puts the lists in order. */
void ocs_rank_settle(const struct ocs_rank_bins *bins, struct ocs_rank_cell *cells);

/* steps[cell] for every source cell. Both sets have the same number of voxels, at least 1. */
void ocs_rank_steps(const struct ocs_rank_cell *source, uint32_t source_cells,
                    const struct ocs_rank_cell *template_cells, uint32_t template_count,
                    struct ocs_rank_step *steps);

/* Maps a row of source values in place. */
void ocs_rank_map_row(const struct ocs_rank_bins *source_bins, const struct ocs_rank_step *steps,
                      float *row, uint64_t n);

#endif
