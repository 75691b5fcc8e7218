/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sweeps that make the results: scale, confidence and modified voxels against loops over every
 * voxel and its neighbourhood, and the same bytes for every cut of the box. */

#include "pass_fixture.h"

#include "emit.h"
#include "interpolate.h"
#include "restore.h"
#include "scratch_sink.h"

#include <math.h>

enum { SCALE, CONFIDENCE, MODIFIED, RESULTS };
static const unsigned kind_of[RESULTS] = {OCS_OUTPUT_SCALE, OCS_OUTPUT_CONFIDENCE,
                                          OCS_OUTPUT_ATTENUATED};

struct results {
    struct ocs_volume volume[RESULTS];
    struct ocs_sink sink[RESULTS];
    struct ocs_products products;
};

/* Attenuation by the square of the scale, without noise and solvent: v s^2 c. */
static void make_results(struct stage *stage, struct ocs_box box, struct results *results)
{
    results->products = (struct ocs_products){.context = &stage->context, .box = box};
    for (int i = 0; i < RESULTS; ++i) {
        results->volume[i] = stage_volume(stage, box, NULL);
        results->sink[i] = ocs_scratch_sink(&results->volume[i]);
        results->products.product[ocs_output_index(kind_of[i])].sink = &results->sink[i];
    }
    const struct ocs_modify_request request = {
        .kind = OCS_ATTENUATE, .strength = 3, .exclude_solvent = true};
    ocs_modify_make(&request,
                    &results->products.product[ocs_output_index(OCS_OUTPUT_ATTENUATED)].modify);
}

static const struct ocs_tally *tally_of(const struct results *results, int result)
{
    return &results->products.product[ocs_output_index(kind_of[result])].tally;
}

static float confidence_table[OCS_BINS];

static struct ocs_lookup lookup_table(void)
{
    for (int i = 0; i < OCS_BINS; ++i)
        confidence_table[i] = (float)i / OCS_BINS;
    return (struct ocs_lookup){
        .table = confidence_table, .bins = OCS_BINS, .range = 1, .min = -0.3F};
}

/* ---- the definition ---- */

static float largest_around(const float *voxels, struct ocs_box box, const int64_t at[3],
                            const struct ocs_ball_shape *shape)
{
    float largest = -INFINITY;
    const int64_t n[3] = {(int64_t)box.z, (int64_t)box.y, (int64_t)box.x};
    int64_t d[3];
    for (d[0] = -4; d[0] <= 4; ++d[0])
        for (d[1] = -4; d[1] <= 4; ++d[1])
            for (d[2] = -4; d[2] <= 4; ++d[2]) {
                double far = 0;
                bool inside = true;
                for (int axis = 0; axis < 3; ++axis) {
                    const int64_t to = at[axis] + d[axis];
                    inside = inside && 2 * llabs(d[axis]) < (int64_t)shape->size[axis] && to >= 0 &&
                             to < n[axis];
                    far += (double)(d[axis] * d[axis]);
                }
                if (inside && sqrtf((float)far) <= shape->radius[0])
                    largest =
                        fmaxf(largest,
                              voxels[((at[0] + d[0]) * n[1] + at[1] + d[1]) * n[2] + at[2] + d[2]]);
            }
    return largest;
}

static void assert_as_defined(struct stage *stage, const struct results *results,
                              const float *voxels, const struct ocs_ball_shape *shape, float full)
{
    const struct ocs_box box = results->products.box;
    float *const scale = voxels_back(stage, &results->volume[SCALE]);
    float *const confidence = voxels_back(stage, &results->volume[CONFIDENCE]);
    float *const modified = voxels_back(stage, &results->volume[MODIFIED]);
    double sum = 0;
    for (uint64_t i = 0; i < voxels_of_box(box); ++i) {
        const int64_t at[3] = {(int64_t)(i / box.x / box.y), (int64_t)(i / box.x % box.y),
                               (int64_t)(i % box.x)};
        const float s = fminf(fmaxf(largest_around(voxels, box, at, shape) / full, 0), 1);
        const int bin = (int)fminf(fmaxf((voxels[i] + 0.3F) * OCS_BINS, 0), OCS_BINS - 1);
        assert_float_equal(scale[i], s, 0);
        assert_true(fabsf(confidence[i] - (float)bin / OCS_BINS) <= 1e-6F ||
                    fabsf(confidence[i] - (float)bin / OCS_BINS) <= 1.001F / OCS_BINS);
        const double expected =
            (double)voxels[i] * (s > 0 ? pow((double)s, 2) : 1) * (double)confidence[i];
        assert_true(fabs((double)modified[i] - expected) <= 1e-6);
        sum += (double)scale[i];
    }
    assert_int_equal(tally_of(results, SCALE)->voxels, voxels_of_box(box));
    assert_true(fabs(ocs_tally_mean(tally_of(results, SCALE)) * (double)voxels_of_box(box) - sum) <
                1e-9 * sum);
    free(scale);
    free(confidence);
    free(modified);
}

/* ---- emit ---- */

static void any_cut_gives_the_definition(void **state)
{
    struct stage stage;
    stage_open(&stage, state);
    const struct ocs_box box = {19, 37, 21};
    float *const voxels = random_voxels(box, 21);
    const struct ocs_ball_shape shapes[] = {{{3, 3, 3}, {1.5F, 1.5F, 1.5F}},
                                            {{5, 5, 5}, {2.86F, 2.86F, 2.86F}},
                                            {{9, 9, 9}, {4.2F, 4.2F, 4.2F}}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; ++s) {
        struct ocs_ball ball;
        fine(stage.fixture, ocs_ball_make(&shapes[s], &ball, &stage.fixture->error));
        float *first[RESULTS] = {NULL};
        double first_sum = 0;
        for (uint64_t band = 16; band <= 48; band += 16)
            for (uint64_t slab = 1; slab <= 19; slab += 6) {
                stage.scratch_used = 0;
                const struct ocs_volume volume = stage_volume(&stage, box, voxels);
                const struct ocs_feed_source source = {.volume = &volume};
                static struct results results;
                make_results(&stage, box, &results);
                struct ocs_emit emit = {.context = &stage.context,
                                        .scale_data = &source,
                                        .filtered = &source,
                                        .map = &source,
                                        .model = {&ball, 0.65F, 0, lookup_table()},
                                        .cut = {band, slab},
                                        .products = &results.products};
                const struct ocs_pass pass = ocs_emit_pass(&emit);
                run_pass(&stage, &pass, (unsigned)(1 + slab % 3));
                const double sum = ocs_exact_sum_value(&emit.full_sum);
                for (int i = 0; i < RESULTS; ++i) {
                    float *const back = voxels_back(&stage, &results.volume[i]);
                    if (first[i]) {
                        assert_memory_equal(back, first[i], voxels_of_box(box) * sizeof *back);
                        free(back);
                    } else {
                        first[i] = back;
                    }
                }
                if (band == 16 && slab == 1) {
                    assert_as_defined(&stage, &results, voxels, &shapes[s], 0.65F);
                    first_sum = sum;
                }
                assert_true(sum == first_sum && emit.full_voxels > 0); /* bit for bit */
            }
        for (int i = 0; i < RESULTS; ++i)
            free(first[i]);
    }
    free(voxels);
    stage_close(&stage);
}

/* ---- restore ---- */

/* Along one axis: where native voxel i lies among b working ones. */
static void between(uint64_t i, uint64_t n, uint64_t b, uint64_t *first, uint64_t *second,
                    double *weight)
{
    const double at = fmin((double)i * (double)b / (double)n, (double)b - 1);
    *first = (uint64_t)floor(at);
    *second = *first + 1 < b ? *first + 1 : *first;
    *weight = at - floor(at);
}

static double trilinear(const float *working, struct ocs_box b, struct ocs_box n, uint64_t z,
                        uint64_t y, uint64_t x)
{
    uint64_t zs[2], ys[2], xs[2];
    double wz, wy, wx, sum = 0;
    between(z, n.z, b.z, &zs[0], &zs[1], &wz);
    between(y, n.y, b.y, &ys[0], &ys[1], &wy);
    between(x, n.x, b.x, &xs[0], &xs[1], &wx);
    for (int corner = 0; corner < 8; ++corner) {
        const int i = corner / 4, j = corner / 2 % 2, k = corner % 2;
        sum += (i ? wz : 1 - wz) * (j ? wy : 1 - wy) * (k ? wx : 1 - wx) *
               (double)working[(zs[i] * b.y + ys[j]) * b.x + xs[k]];
    }
    return sum;
}

static void restored_maps_are_trilinear(void **state)
{
    struct stage stage;
    stage_open(&stage, state);
    const struct ocs_box native[] = {{24, 24, 24}, {19, 37, 23}, {20, 18, 40}};
    const struct ocs_box smaller[] = {{16, 16, 16}, {16, 30, 18}, {16, 18, 16}};
    for (size_t c = 0; c < sizeof native / sizeof *native; ++c) {
        const struct ocs_box n = native[c], b = smaller[c];
        float *const map = random_voxels(n, 1), *const scale = random_voxels(b, 2);
        float *const confidence = random_voxels(b, 3);
        for (uint64_t i = 0; i < voxels_of_box(b); ++i) {
            scale[i] = fminf(fmaxf(scale[i], 0), 1);
            confidence[i] = fminf(fmaxf(confidence[i], 0), 1);
        }
        float *first = NULL;
        for (uint64_t planes = 1; planes <= 24; planes += 5) {
            stage.scratch_used = 0;
            const struct ocs_volume volume = stage_volume(&stage, n, map);
            const struct ocs_volume scale_volume = stage_volume(&stage, b, scale);
            const struct ocs_volume confidence_volume = stage_volume(&stage, b, confidence);
            static struct results results;
            make_results(&stage, n, &results);
            struct ocs_restore restore = {.context = &stage.context,
                                          .map = &volume,
                                          .working = {&scale_volume, &confidence_volume},
                                          .slabs = {n, planes, 0},
                                          .products = &results.products};
            const struct ocs_pass pass = ocs_restore_pass(&restore);
            run_pass(&stage, &pass, 2);
            float *const got[RESULTS] = {voxels_back(&stage, &results.volume[SCALE]),
                                         voxels_back(&stage, &results.volume[CONFIDENCE]),
                                         voxels_back(&stage, &results.volume[MODIFIED])};
            for (uint64_t i = 0; i < voxels_of_box(n) && !first; ++i) {
                const uint64_t z = i / n.x / n.y, y = i / n.x % n.y, x = i % n.x;
                const double s = trilinear(scale, b, n, z, y, x);
                const double k = trilinear(confidence, b, n, z, y, x);
                assert_true(fabs((double)got[SCALE][i] - s) <= 1e-6);
                assert_true(fabs((double)got[CONFIDENCE][i] - k) <= 1e-6);
                const double modified = (double)map[i] * (s > 0 ? s * s : 1) * k;
                assert_true(fabs((double)got[MODIFIED][i] - modified) <= 2e-6);
            }
            if (first)
                assert_memory_equal(got[MODIFIED], first, voxels_of_box(n) * sizeof *first);
            else
                first = memcpy(malloc(voxels_of_box(n) * sizeof *first), got[MODIFIED],
                               voxels_of_box(n) * sizeof *first);
            for (int i = 0; i < RESULTS; ++i)
                free(got[i]);
        }
        free(first);
        free(map);
        free(scale);
        free(confidence);
    }
    stage_close(&stage);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_cut_gives_the_definition),
        TEST(restored_maps_are_trilinear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
