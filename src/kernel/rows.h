/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ROWS_H
#define OCS_ROWS_H

/* The tables behind ocs_kernels_for: one per rows_<level>.c that this architecture builds. */

#include "kernels.h"

extern const struct ocs_kernels ocs_rows_scalar;
#if defined(__x86_64__)
extern const struct ocs_kernels ocs_rows_avx2;
extern const struct ocs_kernels ocs_rows_avx512;
#elif defined(__aarch64__)
extern const struct ocs_kernels ocs_rows_neon;
#endif

#endif
