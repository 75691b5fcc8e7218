/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RANK_H
#define OCS_RANK_H

/* Matching one set of voxels' distribution to another's by rank, out of core: every source value becomes the template value
 * at the same rank, linear between values (as histogram matching is usually defined; both sets have the same size).
 *
 * Values are looked at as order-preserving 32-bit keys. Level 1 counts the upper 16 bits. Level 2 splits each of those
 * bins into as many cells as its voxels call for, within an allowance, and keeps of each cell how many voxels it has
 * and its lowest and highest value. A cell with one or two different values is exact; in a fuller one ranks are taken as
 * even between its ends, which is far below a millionth of the range once cells are that full. */

#include <stdbool.h>
#include <stdint.h>

enum { OCS_RANK_TOPS = 1 << 16 };

struct ocs_rank_bins {
    uint32_t first[OCS_RANK_TOPS]; /* first cell of each upper half                         */
    uint8_t shift[OCS_RANK_TOPS];  /* lower half >> shift = cell within                      */
    uint32_t cells;
};

struct ocs_rank_cell {
    uint64_t count;
    float low, high; /* valid when count > 0                                                */
};

/* Where the values of one source cell go: linear from `to_low` at `low` to `to_high` at `high`. */
struct ocs_rank_step {
    float low, high, to_low, to_high;
};

void ocs_rank_count_tops(const float *row, uint64_t n, uint64_t counts[OCS_RANK_TOPS]);

/* At most `allowance` (>= OCS_RANK_TOPS) cells. */
void ocs_rank_bins_make(const uint64_t counts[OCS_RANK_TOPS], uint32_t allowance,
                        struct ocs_rank_bins *bins_ret);

/* Cells that start as all zeros are empty. */
void ocs_rank_count_cells(const struct ocs_rank_bins *bins, const float *row, uint64_t n,
                          struct ocs_rank_cell *cells);
void ocs_rank_merge_cells(struct ocs_rank_cell *into, const struct ocs_rank_cell *from,
                          uint32_t cells);

/* steps[cell] for every source cell. Both sets have the same number of voxels, at least 1. */
void ocs_rank_steps(const struct ocs_rank_cell *source, uint32_t source_cells,
                    const struct ocs_rank_cell *template_cells, uint32_t template_count,
                    struct ocs_rank_step *steps);

/* Maps a row of source values in place. */
void ocs_rank_map_row(const struct ocs_rank_bins *source_bins, const struct ocs_rank_step *steps,
                      float *row, uint64_t n);

#endif
