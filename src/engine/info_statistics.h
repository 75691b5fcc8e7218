/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_INFO_STATISTICS_H
#define OCS_INFO_STATISTICS_H

/* Statistics of the finite voxels of a whole file, streamed once in fixed memory. */

#include "bytes.h"
#include "header.h"
#include "occustream/report.h"

/* The header was taken from the front of `bytes`. Adds to the findings of `mrc` what is wrong with
 * the stored statistics, and with the length of bytes that come once. NaN where there is no finite
 * voxel. `nonfinite_ret` counts the others. */
OCS_MUST_USE enum ocs_status ocs_info_statistics(const struct ocs_bytes *bytes, struct ocs_mrc *mrc,
                                                 struct ocs_statistics *statistics_ret,
                                                 uint64_t *nonfinite_ret, struct ocs_error *error);

#endif
