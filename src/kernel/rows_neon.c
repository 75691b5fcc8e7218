/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rows.h"

#if defined(__aarch64__)
#define ROWS_TABLE ocs_rows_neon
#define ROWS_LEVEL OCS_SIMD_NEON
#include "rows_body.h"
#endif
