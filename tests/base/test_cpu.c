/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checked.h"
#include "cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void levels_are_named_and_parsed(void **state)
{
    (void)state;
    for (int i = 0; i < OCS_SIMD_LEVELS; ++i) {
        const enum ocs_simd level = (enum ocs_simd)i;
        enum ocs_simd parsed = OCS_SIMD_SCALAR;
        assert_int_equal(ocs_simd_parse(ocs_simd_name(level), &parsed), ocs_simd_available(level));
        if (ocs_simd_available(level))
            assert_int_equal(parsed, level);
    }
    enum ocs_simd kept = OCS_SIMD_SCALAR;
    assert_false(ocs_simd_parse("AVX2", &kept));
    assert_false(ocs_simd_parse("", &kept));
    assert_int_equal(kept, OCS_SIMD_SCALAR);
}

static void plain_c_and_the_best_are_available(void **state)
{
    (void)state;
    assert_true(ocs_simd_available(OCS_SIMD_SCALAR));
    assert_true(ocs_simd_available(ocs_simd_best()));
    assert_false(ocs_simd_available((enum ocs_simd)OCS_SIMD_LEVELS));
}

/* The kernel's own list of the processor's features. */
static bool listed(const char *feature)
{
    FILE *const file = fopen("/proc/cpuinfo", "r");
    assert_non_null(file);
    char line[8192], word[32];
    snprintf(word, sizeof word, " %s ", feature);
    bool found = false;
    while (!found && fgets(line, sizeof line, file)) {
        char *const end = strchr(line, '\n');
        if (end)
            *end = ' ';
        found = strncmp(line, "flags", 5) == 0 && strstr(line, word);
    }
    fclose(file);
    return found;
}

static void levels_agree_with_the_kernel(void **state)
{
    (void)state;
#if defined(__x86_64__)
    assert_int_equal(ocs_simd_available(OCS_SIMD_AVX2),
                     listed("avx2") && listed("fma") && listed("f16c"));
    assert_int_equal(ocs_simd_available(OCS_SIMD_AVX512),
                     listed("avx2") && listed("fma") && listed("f16c") && listed("avx512f") &&
                         listed("avx512bw") && listed("avx512dq") && listed("avx512vl"));
    assert_false(ocs_simd_available(OCS_SIMD_NEON));
#else
    assert_false(listed("avx2"));
#endif
}

static void checked_arithmetic_sees_overflow(void **state)
{
    (void)state;
    uint64_t result;
    assert_true(ocs_add_u64(UINT64_MAX - 1, 1, &result) && result == UINT64_MAX);
    assert_false(ocs_add_u64(UINT64_MAX, 1, &result));
    assert_true(ocs_mul_u64(UINT64_C(1) << 32, UINT32_MAX, &result));
    assert_true(result == UINT64_MAX - UINT32_MAX);
    assert_false(ocs_mul_u64(UINT64_C(1) << 32, UINT64_C(1) << 32, &result));
    assert_true(ocs_mul_u64(0, UINT64_MAX, &result) && result == 0);
    assert_int_equal(ocs_div_up_u64(0, 5), 0);
    assert_int_equal(ocs_div_up_u64(10, 5), 2);
    assert_int_equal(ocs_div_up_u64(11, 5), 3);
    assert_true(ocs_div_up_u64(UINT64_MAX, 2) == UINT64_C(1) << 63);
    assert_int_equal(ocs_min_u64(3, 4), 3);
    assert_int_equal(ocs_max_u64(3, 4), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_are_named_and_parsed),
        cmocka_unit_test(plain_c_and_the_best_are_available),
        cmocka_unit_test(levels_agree_with_the_kernel),
        cmocka_unit_test(checked_arithmetic_sees_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
