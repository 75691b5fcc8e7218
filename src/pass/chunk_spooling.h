/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CHUNK_SPOOLING_H
#define OCS_CHUNK_SPOOLING_H

/* Pass "spool" of a map that comes in chunks: they go to a plain spool. A unit is a strip of them.
 */

#include "pass.h"
#include "zarr_spooler.h"

struct ocs_chunk_spooling {
    const struct ocs_run_context *context;
    struct ocs_spool *spool;
    struct ocs_zarr_strips strips;
    uint64_t row_voxels;
};

/* One worker's. */
uint64_t ocs_chunk_spooling_need(const struct ocs_zarr_strips *strips);
struct ocs_pass ocs_chunk_spooling_pass(struct ocs_chunk_spooling *spooling);

#endif
