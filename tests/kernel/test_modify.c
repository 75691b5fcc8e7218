/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Step 9 of algorithm.md on rows against the same step in double, for every kind and flag; and the
 * same bits for every SIMD level and any cut into rows. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "modify.h"
#include "noise_twin.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { COUNT = 4111, GUARD = 8 };

static float v[COUNT], s[COUNT], confidence[COUNT], result[COUNT + GUARD], again[COUNT + GUARD];

static float random_unit(void)
{
    static uint64_t state = 3;
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (float)(state >> 40) / (float)0xFFFFFF;
}

/* Scales and confidences reach both ends often. */
static void fill(void)
{
    for (size_t i = 0; i < COUNT; ++i) {
        v[i] = random_unit() * 3 - 1;
        s[i] = i % 7 == 0 ? 1.0F : i % 11 == 0 ? 0.0F : random_unit();
        confidence[i] = i % 5 == 0 ? 0.0F : i % 6 == 0 ? 1.0F : random_unit();
    }
}

static double sigmoid_mod(double x, const struct ocs_modify_request *how)
{
    const double m = how->strength, p = how->pivot;
    const double mu = 1 / (1 + pow(1 / p - 1, -1 / m) * (1 - p) / p);
    if (x <= 0)
        return 0;
    const double at = how->reference ? fmax(trunc((double)(100 * (float)x - 1)), 0) / 99 : x;
    return at > 0 ? 1 / (1 + pow(mu * (1 - at) / (at * (1 - mu)), m)) / x : 0;
}

static double twin_mod(double x, const struct ocs_modify_request *how)
{
    const double limited = x > (double)(float)how->scale_limit ? x : 1;
    switch (how->kind) {
    case OCS_AMPLIFY:
        return pow(limited, 1 / how->strength - 1);
    case OCS_ATTENUATE:
        return pow(limited, how->strength - 1);
    case OCS_SIGMOID:
        return sigmoid_mod(x, how);
    default:
        return 1;
    }
}

/* *room_ret: what the roundings of float may change. */
static double twin(size_t i, uint64_t voxel, const struct ocs_modify_request *how, double *room_ret)
{
    const double value = (double)v[i], sure = (double)confidence[i];
    const double mod = twin_mod((double)s[i], how);
    double out = value * mod * sure, room = fabs(out);
    if (!how->exclude_solvent) {
        out += value * (1 - sure);
        room += fabs(value);
        if (how->kind == OCS_ATTENUATE || how->kind == OCS_SIGMOID) {
            const double weight = fmin(fmax(1 - mod, 0), 1);
            const double spread = how->solvent.sigma * twin_normal(how->seed, voxel);
            out += weight * (how->solvent.mean + spread);
            room += (1 + weight) * (fabs(how->solvent.mean) + fabs(spread));
        }
    }
    *room_ret = 5e-7 * room;
    return out;
}

static void run(const struct ocs_modify_request *how, enum ocs_simd level, uint64_t first,
                float *to, size_t from, size_t n)
{
    struct ocs_modify modify;
    ocs_modify_make(how, &modify);
    ocs_modify_row(&modify, ocs_kernels_for(level), v + from, s + from, confidence + from,
                   first + from, to + from, n);
}

static void check_twin(const struct ocs_modify_request *how, uint64_t first)
{
    memset(result, 0x55, sizeof result);
    memset(again, 0x55, sizeof again);
    run(how, OCS_SIMD_SCALAR, first, result, 0, COUNT);
    for (size_t i = 0; i < COUNT; ++i) {
        double room;
        const double want = twin(i, first + i, how, &room);
        assert_true(fabs((double)result[i] - want) <= room);
    }
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level) {
        if (!ocs_simd_available((enum ocs_simd)level))
            continue;
        memset(again, 0x55, COUNT * sizeof *again);
        for (size_t from = 0, n = 1; from < COUNT; from += n, n = n * 3 % 2039) {
            n = n < COUNT - from ? n : COUNT - from;
            run(how, (enum ocs_simd)level, first, again, from, n);
        }
        assert_memory_equal(again, result, sizeof result);
    }
}

static void check_flags(struct ocs_modify_request how)
{
    for (int flags = 0; flags < 4; ++flags) {
        how.exclude_solvent = flags & 1;
        how.reference = flags & 2;
        check_twin(&how, 0);
        check_twin(&how, 0x400000000U - 1001);
    }
}

static const struct ocs_modify_request base = {.kind = OCS_NO_CHANGE,
                                               .strength = 1,
                                               .pivot = 0.4,
                                               .scale_limit = 0.05,
                                               .solvent = {12, -0.07, 0.31},
                                               .seed = 0x9876543210U};

static void every_kind_and_flag(void **state)
{
    (void)state;
    static const enum ocs_modification kinds[] = {OCS_AMPLIFY, OCS_ATTENUATE, OCS_SIGMOID,
                                                  OCS_NO_CHANGE};
    static const double strengths[] = {1.5, 3, 12};
    fill();
    for (unsigned k = 0; k < 4; ++k) {
        for (int g = 0; g < 3; ++g) {
            struct ocs_modify_request how = base;
            how.kind = kinds[k];
            how.strength = strengths[g];
            check_flags(how);
        }
    }
}

static void limits_and_pivots(void **state)
{
    (void)state;
    static const double limits[] = {0, 0.2, 1};
    static const double pivots[] = {0.01, 0.7, 0.99};
    fill();
    for (int k = 0; k < 3; ++k) {
        struct ocs_modify_request how = base;
        how.strength = 2;
        how.kind = OCS_ATTENUATE;
        how.scale_limit = limits[k];
        check_flags(how);
        how.kind = OCS_SIGMOID;
        how.pivot = pivots[k];
        check_flags(how);
    }
}

/* The noise takes its own seed's numbers, and comes only where something was taken away. */
static void noise_where_attenuated(void **state)
{
    (void)state;
    struct ocs_modify_request how = base;
    how.kind = OCS_ATTENUATE;
    how.strength = 2;
    fill();
    run(&how, OCS_SIMD_SCALAR, 5, result, 0, COUNT);
    how.seed += (uint64_t)1 << 40;
    run(&how, OCS_SIMD_SCALAR, 5, again, 0, COUNT);
    for (size_t i = 0; i < COUNT; ++i) {
        const bool counts_as_one = s[i] <= 0.05F || s[i] == 1;
        assert_true((result[i] == again[i]) == counts_as_one);
    }
}

/* No finite map gives a NaN, however wild. */
static void extremes_stay_numbers(void **state)
{
    (void)state;
    static const float wild[] = {FLT_MAX, -FLT_MAX, FLT_MIN, -1e-45F, 0, 1e30F};
    static const float tiny[] = {1e-45F, FLT_MIN, 1e-20F, 0, 1};
    for (size_t i = 0; i < COUNT; ++i) {
        v[i] = wild[i % 6];
        s[i] = tiny[i % 5];
        confidence[i] = (float)(i % 7) / 6;
    }
    for (unsigned k = 0; k < 4; ++k) {
        struct ocs_modify_request how = base;
        how.kind = (enum ocs_modification)k;
        how.strength = 1000;
        how.scale_limit = 0;
        for (int flags = 0; flags < 4; ++flags) {
            how.exclude_solvent = flags & 1;
            how.reference = flags & 2;
            run(&how, OCS_SIMD_SCALAR, 0, result, 0, COUNT);
            for (size_t i = 0; i < COUNT; ++i)
                assert_true(!isnan(result[i]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_and_flag),
        cmocka_unit_test(limits_and_pivots),
        cmocka_unit_test(noise_where_attenuated),
        cmocka_unit_test(extremes_stay_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
