/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CUT_H
#define OCS_CUT_H

/* How a run is cut so that it keeps its memory promise: threads, bands, slabs, buffers, and where
 * the kept spectrum lives. The voxels do not depend on it. */

#include "layout.h"

struct ocs_cut {
    unsigned threads;
    bool spectrum_in_memory;
    unsigned stocked;     /* bits of the input files that are kept in memory as they come    */
    uint64_t band_rows;   /* of the emit sweep                                            */
    uint64_t output_rows; /* of the sweeps that restore or finish; 0: whole sections        */
    uint64_t emit_planes; /* slab of the emit sweep                                       */
    unsigned sweep_slabs; /* a thread, of the other sweeps                                */
    uint64_t filter_columns;
    uint64_t chunk_bytes; /* of one read or write                                         */
    bool ample; /* more buffers than must be: nobody waits for a disk that is busy for a moment */
    unsigned reads_ahead; /* chunks under way per reader                                  */
    unsigned write_buffers;
    unsigned gather_tiles; /* tiles looked at together                                     */
    uint64_t target_bytes[OCS_TARGET_MAPS]; /* limit of a worker's counters under labels    */

    uint64_t need_bytes;      /* of the whole process at its peak                              */
    struct ocs_layout layout; /* of the scratch file                                         */
};

/* The cheapest cut that fits `memory_bytes` with at most `threads`. OCS_LIMIT, naming the smallest
 * memory that works, when none does; *smallest_ret is that figure in any case. */
OCS_MUST_USE enum ocs_status ocs_cut_choose(const struct ocs_settings *settings,
                                            const struct ocs_inputs *inputs, uint64_t memory_bytes,
                                            unsigned threads, struct ocs_cut *cut_ret,
                                            uint64_t *smallest_ret, struct ocs_error *error);

/* Cells of one distribution for matching by rank: fixed, since the voxels depend on it a little. */
enum { OCS_MATCH_CELLS = 1 << 19 };

/* What of the memory is not the budget's: program, libraries, stacks. */
uint64_t ocs_process_bytes(unsigned threads);

#endif
