/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rows.h"

#if defined(__x86_64__)
#define ROWS_TABLE ocs_rows_avx512
#define ROWS_LEVEL OCS_SIMD_AVX512
#include "rows_body.h"
#endif
