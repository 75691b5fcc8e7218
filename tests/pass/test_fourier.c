/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Survey, filter and synthesis together against Fourier sums written out in double. */

#include "pass_fixture.h"

#include "filter.h"
#include "survey.h"
#include "synth.h"

#include <complex.h>
#include <math.h>

/* ---- the definition ---- */

typedef bool keeps(const void *rule, int64_t fz, int64_t fy, int64_t fx);

static double complex turn(double sign, uint64_t a, uint64_t b, uint64_t n)
{
    const double angle = sign * 2 * acos(-1) * (double)(a * b % n) / (double)n;
    return cos(angle) + I * sin(angle);
}

/* Sums along one axis of `count` lines of n, `step` apart within, in place. */
static void sum_axis(double complex *array, struct ocs_box box, int axis, double sign)
{
    const uint64_t n = axis == 0 ? box.z : axis == 1 ? box.y : box.x;
    const uint64_t step = axis == 0 ? box.y * box.x : axis == 1 ? box.x : 1;
    double complex line[64];
    for (uint64_t first = 0; first < voxels_of_box(box); ++first) {
        if (first / step % n != 0)
            continue;
        for (uint64_t f = 0; f < n; ++f) {
            line[f] = 0;
            for (uint64_t i = 0; i < n; ++i)
                line[f] += array[first + i * step] * turn(sign, f, i, n);
        }
        for (uint64_t f = 0; f < n; ++f)
            array[first + f * step] = line[f];
    }
}

static int64_t frequency(uint64_t index, uint64_t n)
{
    return 2 * index < n ? (int64_t)index : (int64_t)index - (int64_t)n;
}

static uint64_t place_of(int64_t f, uint64_t n)
{
    return (uint64_t)(f < 0 ? f + (int64_t)n : f) % n;
}

/* `fx` of a half transform is never negative: -n/2 is n/2 there. The last transform is one to real
 * numbers, which knows only the real part of frequencies 0 and n/2. */
static double *by_definition(const float *voxels, struct ocs_box from, struct ocs_box to,
                             keeps *keep, const void *rule)
{
    double complex *const forward = malloc(voxels_of_box(from) * sizeof *forward);
    double complex *const kept = calloc(voxels_of_box(to), sizeof *kept);
    double *const result = malloc(voxels_of_box(to) * sizeof *result);
    for (uint64_t i = 0; i < voxels_of_box(from); ++i)
        forward[i] = (double)voxels[i];
    for (int axis = 0; axis < 3; ++axis)
        sum_axis(forward, from, axis, -1);
    for (uint64_t z = 0; z < from.z; ++z)
        for (uint64_t y = 0; y < from.y; ++y)
            for (uint64_t x = 0; x <= from.x / 2; ++x) {
                const int64_t fz = frequency(z, from.z), fy = frequency(y, from.y);
                if (keep(rule, fz, fy, (int64_t)x))
                    kept[(place_of(fz, to.z) * to.y + place_of(fy, to.y)) * to.x + x] =
                        forward[(z * from.y + y) * from.x + x] / (double)voxels_of_box(from);
            }
    sum_axis(kept, to, 0, 1);
    sum_axis(kept, to, 1, 1);
    for (uint64_t row = 0; row < to.z * to.y; ++row)
        for (uint64_t x = 0; x < to.x; ++x) {
            double sum = 0;
            for (uint64_t fx = 0; fx <= to.x / 2; ++fx) {
                const double twice = fx == 0 || 2 * fx == to.x ? 1 : 2;
                const double complex part =
                    twice == 1 ? creal(kept[row * to.x + fx]) : kept[row * to.x + fx];
                sum += twice * creal(part * turn(1, fx, x, to.x));
            }
            result[row * to.x + x] = sum;
        }
    free(forward);
    free(kept);
    return result;
}

/* ---- the passes ---- */

static float *by_passes(struct stage *stage, const float *voxels, struct ocs_box from,
                        const struct ocs_spectral *spectral, bool in_scratch, unsigned threads,
                        uint64_t block)
{
    struct ocs_error *const error = &stage->fixture->error;
    const struct ocs_box to = {spectral->z.n_out, spectral->y.n_out, spectral->x.n_out};
    stage->scratch_used = 0;
    const struct ocs_volume volume = stage_volume(stage, from, voxels);
    struct ocs_spectrum_store *store;
    fine(stage->fixture,
         ocs_spectrum_store_create(stage->budget, in_scratch ? stage->scratch : NULL,
                                   stage->scratch_used, ocs_spectral_planes(spectral),
                                   ocs_spectral_columns(spectral), &store, error));
    struct ocs_survey survey = {.context = &stage->context,
                                .volume = &volume,
                                .slabs = {from, threads == 1 ? from.z : 3, 0},
                                .spectral = spectral,
                                .store = store};
    fine(stage->fixture, ocs_survey_begin(&survey, error));
    const struct ocs_pass first = ocs_survey_pass(&survey);
    run_pass(stage, &first, threads);
    ocs_survey_end(&survey);
    assert_int_equal(survey.tally.voxels, voxels_of_box(from));
    struct ocs_filter filter = {.context = &stage->context,
                                .spectral = spectral,
                                .store = store,
                                .into = store,
                                .block_columns = block};
    fine(stage->fixture, ocs_filter_begin(&filter, error));
    const struct ocs_pass second = ocs_filter_pass(&filter);
    run_pass(stage, &second, threads);
    ocs_filter_end(&filter);

    struct ocs_synth *synth;
    struct ocs_synth_desk *desk;
    fine(stage->fixture, ocs_synth_create(stage->budget, spectral, store, &synth, error));
    fine(stage->fixture, ocs_synth_open(synth, &desk, error));
    float *const result = malloc(voxels_of_box(to) * sizeof *result);
    for (uint64_t z = to.z; z-- > 0;) {
        fine(stage->fixture, ocs_synth_load(desk, z, error));
        /* Rows in two goes, the later ones first. */
        float *const plane = result + z * to.y * to.x;
        ocs_synth_rows(desk, 5, to.y - 5, plane + 5 * to.x);
        ocs_synth_rows(desk, 0, 5, plane);
    }
    ocs_synth_close(desk);
    ocs_synth_destroy(synth);
    ocs_spectrum_store_destroy(store);
    return result;
}

/* Both kinds of store and any cut give the same bits, and those are the definition's. */
static void assert_as_defined(struct stage *stage, struct ocs_box from, struct ocs_box to,
                              const struct ocs_spectral *spectral, keeps *keep, const void *rule)
{
    float *const voxels = random_voxels(from, 11);
    double *const expected = by_definition(voxels, from, to, keep, rule);
    float *const got = by_passes(stage, voxels, from, spectral, false, 1, 1000);
    for (uint64_t i = 0; i < voxels_of_box(to); ++i)
        if (!(fabs((double)got[i] - expected[i]) < 2e-6))
            fail_msg("voxel %lu of %lux%lux%lu: %.9g instead of %.9g", i, to.z, to.y, to.x,
                     (double)got[i], expected[i]);
    float *const again = by_passes(stage, voxels, from, spectral, true, 3, 7);
    assert_memory_equal(got, again, voxels_of_box(to) * sizeof *got);
    free(voxels);
    free(expected);
    free(got);
    free(again);
}

/* ---- low-pass ---- */

struct lowpass {
    struct ocs_box box;
    struct ocs_voxel_size voxel;
    double resolution;
};

static bool keeps_physical(const void *rule, int64_t fz, int64_t fy, int64_t fx)
{
    const struct lowpass *const lowpass = rule;
    const double z = (double)fz / ((double)lowpass->box.z * lowpass->voxel.z);
    const double y = (double)fy / ((double)lowpass->box.y * lowpass->voxel.y);
    const double x = (double)fx / ((double)lowpass->box.x * lowpass->voxel.x);
    return z * z + y * y + x * x <= 1 / (lowpass->resolution * lowpass->resolution);
}

static void lowpass_by_distance(void **state)
{
    struct stage stage;
    stage_open(&stage, state);
    const struct lowpass cases[] = {
        {{12, 12, 12}, {1, 1, 1}, 3.3},      {{11, 13, 9}, {1, 1, 1}, 3.1},
        {{10, 17, 12}, {1.5, 1, 2}, 4.1},    {{9, 8, 21}, {1, 1, 1}, 2.05},
        {{8, 18, 10}, {1, 0.5, 1.25}, 2.51}, {{12, 12, 12}, {1, 1, 1}, 14},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        struct ocs_spectral spectral;
        assert_true(ocs_spectral_lowpass(cases[i].box, cases[i].voxel, cases[i].resolution, false,
                                         &spectral));
        assert_as_defined(&stage, cases[i].box, cases[i].box, &spectral, keeps_physical, &cases[i]);
    }
    stage_close(&stage);
}

static bool keeps_reference(const void *rule, int64_t fz, int64_t fy, int64_t fx)
{
    const struct lowpass *const lowpass = rule;
    const float a = (float)lowpass->voxel.x;
    const float product = (float)lowpass->box.x * a;
    const int64_t k = (int64_t)(product / (float)lowpass->resolution);
    const double z = (double)fz + 0.5, y = (double)fy + 0.5, x = (double)fx - 0.5;
    return -k <= fz && fz < k && -k <= fy && fy < k && fx <= k &&
           sqrtf((float)(z * z + y * y + x * x)) <= (float)(k + 1);
}

static void lowpass_of_the_reference(void **state)
{
    struct stage stage;
    stage_open(&stage, state);
    const double resolutions[] = {2.01, 2.4, 3, 4.7, 9, 12};
    const struct ocs_voxel_size voxel = {1, 1, 1};
    for (size_t i = 0; i < sizeof resolutions / sizeof *resolutions; ++i) {
        const struct lowpass lowpass = {{12, 12, 12}, voxel, resolutions[i]};
        struct ocs_spectral spectral;
        assert_true(ocs_spectral_lowpass(lowpass.box, voxel, lowpass.resolution, true, &spectral));
        assert_as_defined(&stage, lowpass.box, lowpass.box, &spectral, keeps_reference, &lowpass);
    }
    stage_close(&stage);
}

static void nothing_to_filter(void **state)
{
    (void)state;
    struct ocs_spectral spectral;
    const struct ocs_box box = {12, 12, 12};
    const struct ocs_voxel_size voxel = {1, 1, 1}, flat = {2, 1, 1};
    assert_false(ocs_spectral_lowpass(box, voxel, 2, false, &spectral));
    assert_false(ocs_spectral_lowpass(box, voxel, 1, false, &spectral));
    assert_false(ocs_spectral_lowpass(box, flat, 4, false, &spectral));
    assert_true(ocs_spectral_lowpass(box, flat, 4.001, false, &spectral));
    assert_false(ocs_spectral_lowpass(box, voxel, 2, true, &spectral));
    assert_false(ocs_spectral_lowpass(box, voxel, 13, true, &spectral)); /* k = 0 */
}

/* ---- another box ---- */

struct change {
    struct ocs_box from, to;
    bool with_nyquist;
};

static bool fits(int64_t f, uint64_t from, uint64_t to, bool with_nyquist)
{
    if (from == to)
        return true;
    const int64_t smaller = (int64_t)(from < to ? from : to);
    return 2 * f < smaller && (with_nyquist ? 2 * f >= -smaller : 2 * f > -smaller);
}

static bool keeps_both(const void *rule, int64_t fz, int64_t fy, int64_t fx)
{
    const struct change *const change = rule;
    const bool nyquist = change->with_nyquist;
    return fits(fz, change->from.z, change->to.z, nyquist) &&
           fits(fy, change->from.y, change->to.y, nyquist) &&
           fits(nyquist ? -fx : fx, change->from.x, change->to.x, nyquist);
}

static void crop_and_pad(void **state)
{
    struct stage stage;
    stage_open(&stage, state);
    const struct change cases[] = {
        {{12, 12, 12}, {8, 8, 8}, false},  {{13, 11, 12}, {10, 8, 8}, false},
        {{15, 9, 20}, {12, 9, 16}, false}, {{16, 12, 9}, {10, 12, 9}, false},
        {{8, 8, 8}, {12, 12, 12}, false},  {{10, 7, 9}, {13, 9, 12}, false},
        {{12, 12, 12}, {8, 8, 8}, true},   {{16, 16, 16}, {10, 10, 10}, true},
        {{8, 8, 8}, {12, 12, 12}, true},   {{10, 10, 10}, {16, 16, 16}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        const struct ocs_spectral spectral =
            ocs_spectral_resample(cases[i].from, cases[i].to, cases[i].with_nyquist);
        assert_as_defined(&stage, cases[i].from, cases[i].to, &spectral, keeps_both, &cases[i]);
    }
    stage_close(&stage);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lowpass_by_distance),
        TEST(lowpass_of_the_reference),
        TEST(nothing_to_filter),
        TEST(crop_and_pad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
