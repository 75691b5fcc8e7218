/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_SPOOLER_H
#define OCS_ZARR_SPOOLER_H

/* Brings the voxels of a Zarr store into a plain spool, a strip of chunks at a time. One serves one
 * thread; strips may be done in any order, each once. */

#include "spool.h"
#include "zarr_desk.h"

struct ocs_zarr_spooler;

uint64_t ocs_zarr_spooler_need(const struct ocs_zarr_strips *strips);
OCS_MUST_USE enum ocs_status ocs_zarr_spooler_open(struct ocs_budget *budget,
                                                   const struct ocs_zarr_strips *strips,
                                                   struct ocs_spool *spool,
                                                   struct ocs_zarr_spooler **spooler_ret,
                                                   struct ocs_error *error);

/* *voxels_ret: how many of the map's there were in the strip. */
OCS_MUST_USE enum ocs_status ocs_zarr_spooler_run(struct ocs_zarr_spooler *spooler, uint64_t strip,
                                                  uint64_t *voxels_ret, struct ocs_error *error);
void ocs_zarr_spooler_close(struct ocs_zarr_spooler *spooler); /* NULL is fine */

#endif
