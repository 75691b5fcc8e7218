/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_INFO_CHUNKS_H
#define OCS_INFO_CHUNKS_H

/* What ocs_info_read does with a Zarr store. */

#include "header.h"
#include "zarr_input.h"

#include "occustream/info.h"

/* Version, chunks and so on. */
void ocs_info_copy_store(const struct ocs_zarr_input *input, struct ocs_info *info);

/* As ocs_info_statistics. What was never stored takes no time. */
OCS_MUST_USE enum ocs_status ocs_info_chunk_statistics(const struct ocs_zarr_input *input,
                                                       struct ocs_mrc *mrc,
                                                       struct ocs_statistics *statistics_ret,
                                                       uint64_t *nonfinite_ret,
                                                       struct ocs_error *error);

#endif
