/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CPU_H
#define OCS_CPU_H

/* Which SIMD instructions the kernels may use. Results do not depend on the level. */

#include <stdbool.h>

enum ocs_simd { OCS_SIMD_SCALAR, OCS_SIMD_AVX2, OCS_SIMD_AVX512, OCS_SIMD_NEON };
#define OCS_SIMD_LEVELS 4

bool ocs_simd_available(enum ocs_simd level);
enum ocs_simd ocs_simd_best(void);
const char *ocs_simd_name(enum ocs_simd level);

/* "scalar", "avx2" ...; false if there is no such level or this machine lacks it. */
bool ocs_simd_parse(const char *name, enum ocs_simd *level_ret);

#endif
