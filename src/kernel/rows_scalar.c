/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rows.h"

#define ROWS_TABLE ocs_rows_scalar
#define ROWS_LEVEL OCS_SIMD_SCALAR
#include "rows_body.h"
