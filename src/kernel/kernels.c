/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernels.h"

#include "rows.h"

#include <assert.h>

const struct ocs_kernels *ocs_kernels_for(enum ocs_simd level)
{
    assert(ocs_simd_available(level));
    switch (level) {
#if defined(__x86_64__)
    case OCS_SIMD_AVX2:
        return &ocs_rows_avx2;
    case OCS_SIMD_AVX512:
        return &ocs_rows_avx512;
#elif defined(__aarch64__)
    case OCS_SIMD_NEON:
        return &ocs_rows_neon;
#endif
    default:
        return &ocs_rows_scalar;
    }
}
