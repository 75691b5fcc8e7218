/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cpu.h"

#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const char *const names[OCS_SIMD_LEVELS] = {"scalar", "avx2", "avx512", "neon"};

#if defined(__x86_64__)
/* Not every compiler's own test knows this feature. */
static bool has_f16c(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C) != 0;
}
#endif

bool ocs_simd_available(enum ocs_simd level)
{
    switch (level) {
    case OCS_SIMD_SCALAR:
        return true;
#if defined(__x86_64__)
    case OCS_SIMD_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
    case OCS_SIMD_AVX512:
        return ocs_simd_available(OCS_SIMD_AVX2) && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
#elif defined(__aarch64__)
    case OCS_SIMD_NEON:
        return true;
#endif
    default:
        return false;
    }
}

enum ocs_simd ocs_simd_best(void)
{
    enum ocs_simd best = OCS_SIMD_SCALAR;
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level)
        if (ocs_simd_available((enum ocs_simd)level))
            best = (enum ocs_simd)level;
    return best;
}

const char *ocs_simd_name(enum ocs_simd level)
{
    return names[level];
}

bool ocs_simd_parse(const char *name, enum ocs_simd *level_ret)
{
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level) {
        if (strcmp(name, names[level]) == 0 && ocs_simd_available((enum ocs_simd)level)) {
            *level_ret = (enum ocs_simd)level;
            return true;
        }
    }
    return false;
}
