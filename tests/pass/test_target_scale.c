/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Quantiles from histograms against sorting, to within the width of a bin, and label maps sampled
 * for a smaller box. */

#include "target_fixture.h"

#include "scratch.h"
#include "scratch_sink.h"
#include "target_sample.h"
#include "target_scale.h"

static const struct ocs_box box = {5, 50, 30};
enum { VOXELS = 5 * 50 * 30 };

static int compare(const void *a, const void *b)
{
    const float left = *(const float *)a, right = *(const float *)b;
    return (left > right) - (left < right);
}

/* NumPy's percentile, method "linear". */
static double by_sorting(const float *scale, const float *labels, float label, double fraction)
{
    static float chosen[VOXELS];
    size_t n = 0;
    for (int i = 0; i < VOXELS; ++i)
        if (labels[i] == label)
            chosen[n++] = scale[i];
    qsort(chosen, n, sizeof *chosen, compare);
    const double at = fraction * (double)(n - 1), below = floor(at);
    const double low = (double)chosen[(size_t)below];
    const double high = (double)chosen[(size_t)below + 1 < n ? (size_t)below + 1 : n - 1];
    return low + (at - below) * (high - low);
}

/* A label set as its scan makes it, from a list of labels. */
static void make_set(struct bench *bench, const struct bench_map *map, struct ocs_label_set *set)
{
    struct ocs_label_scan *const scan = calloc(1, sizeof *scan);
    const struct ocs_feed_source source = {.volume = &map->volume};
    struct ocs_sweep sweep = {
        .context = &bench->context, .filtered = &source, .slabs = {map->volume.box, 1, 0}};
    ocs_label_scan_begin(scan, &sweep);
    const struct ocs_pass pass = ocs_sweep_pass(&sweep);
    bench_run(bench, &pass, 1);
    assert_int_equal(ocs_label_scan_settle(scan, "labels", set, &bench->error), OCS_OK);
    free(scan);
}

static void put_part(struct bench *bench, struct ocs_target_desk *desk, struct ocs_part part,
                     const float *scale)
{
    assert_int_equal(ocs_target_desk_start(desk, &part, &bench->error), OCS_OK);
    for (uint64_t z = part.z0; z < part.z1; ++z)
        for (uint64_t y = part.y0; y < part.y1; y += OCS_ROW_BATCH) {
            const uint64_t rows = part.y1 - y < OCS_ROW_BATCH ? part.y1 - y : OCS_ROW_BATCH;
            assert_int_equal(
                ocs_target_desk_rows(desk, rows, scale + (z * box.y + y) * box.x, &bench->error),
                OCS_OK);
        }
    assert_int_equal(ocs_target_desk_finish(desk, &bench->error), OCS_OK);
}

/* Two workers, bands and slabs between them. */
static void gather(struct bench *bench, struct ocs_target_scale *scale, const float *voxels)
{
    struct ocs_target_desk *desk[2];
    for (int i = 0; i < 2; ++i)
        assert_int_equal(ocs_target_desk_open(scale, &desk[i], &bench->error), OCS_OK);
    put_part(bench, desk[0], (struct ocs_part){0, 2, 0, 32}, voxels);
    put_part(bench, desk[1], (struct ocs_part){0, 2, 32, 50}, voxels);
    put_part(bench, desk[0], (struct ocs_part){2, 5, 32, 50}, voxels);
    put_part(bench, desk[0], (struct ocs_part){2, 5, 0, 32}, voxels);
    for (int i = 0; i < 2; ++i)
        ocs_target_desk_close(scale, desk[i]);
}

/* Label 1: anything; 2: mostly 0; 3: mostly 1; from 4 on: a few values near each other. */
static float scale_under(int label, uint64_t *random)
{
    const float any = (float)bench_random(random) / (float)(UINT32_C(1) << 31);
    const bool rare = bench_random(random) % 5 == 0;
    if (label == 1 || (rare && label <= 3))
        return any;
    return label == 2 ? 0 : label == 3 ? 1 : 0.25f + 0.5f * (float)(label % 7) / 7 + 0.01f * any;
}

static void check(struct bench *bench, unsigned labels, uint64_t limit, unsigned least_bins)
{
    static float scale[VOXELS], label[VOXELS];
    static struct ocs_label_set set;
    uint64_t random = labels;
    for (int i = 0; i < VOXELS; ++i) {
        label[i] = (float)(bench_random(&random) % (labels + 1));
        scale[i] = scale_under((int)label[i], &random);
    }
    struct bench_map map = bench_make(bench, "labels", box, 1, true, label);
    make_set(bench, &map, &set);
    struct ocs_target_scale target = {&bench->context, &map.volume, &set, 0, NULL};
    assert_int_equal(ocs_target_scale_begin(&target, limit, &bench->error), OCS_OK);
    assert_true(target.bins >= least_bins);
    gather(bench, &target, scale);
    for (unsigned i = 0; i < set.count; i += 1 + set.count / 40)
        for (double fraction = 0; fraction <= 1; fraction += 0.125) {
            const double found = ocs_target_scale_quantile(&target, i, fraction);
            const double wanted = by_sorting(scale, label, (float)set.label[i], fraction);
            if (wanted == 0 || wanted == 1)
                assert_true(found == wanted);
            assert_true(fabs(found - wanted) <= 1.0 / target.bins);
        }
    ocs_target_scale_end(&target);
    bench_drop(&map);
}

static void against_sorting(void **state)
{
    check(*state, 1, 1 << 20, 8192);
    check(*state, 5, 1 << 20, 8192);
    check(*state, 5, 8 << 20, 8192);
    check(*state, 200, 1 << 20, 600);
    check(*state, 3000, 8 << 20, 300);
    check(*state, 3000, ocs_target_scale_least_bytes(), 16);
}

/* Every value a bin can begin with, and its neighbours. */
static void edges(void **state)
{
    static float scale[VOXELS], label[VOXELS];
    static struct ocs_label_set set;
    struct bench *const bench = *state;
    for (int i = 0; i < VOXELS; ++i) {
        label[i] = 1;
        const float edge = (float)(i / 3 % 257) / 256;
        scale[i] = i % 3 == 0 ? edge : nextafterf(edge, i % 3 == 1 ? 0 : 1);
    }
    struct bench_map map = bench_make(bench, "labels", box, 0, false, label);
    make_set(bench, &map, &set);
    struct ocs_target_scale target = {&bench->context, &map.volume, &set, 0, NULL};
    assert_int_equal(ocs_target_scale_begin(&target, 1 << 20, &bench->error), OCS_OK);
    gather(bench, &target, scale);
    for (double fraction = 0; fraction <= 1; fraction += 1.0 / 64)
        assert_true(fabs(ocs_target_scale_quantile(&target, 0, fraction) -
                         by_sorting(scale, label, 1, fraction)) <= 1.0 / target.bins);
    ocs_target_scale_end(&target);
    bench_drop(&map);
}

static void nothing_seen(void **state)
{
    struct bench *const bench = *state;
    static float label[VOXELS];
    static struct ocs_label_set set;
    label[3] = 1;
    struct bench_map map = bench_make(bench, "labels", box, 0, false, label);
    make_set(bench, &map, &set);
    struct ocs_target_scale target = {&bench->context, &map.volume, &set, 0, NULL};
    assert_int_equal(ocs_target_scale_begin(&target, 1 << 20, &bench->error), OCS_OK);
    assert_true(isnan(ocs_target_scale_quantile(&target, 0, 0.5)));
    ocs_target_scale_end(&target);
    bench_drop(&map);
}

/* ---- sampling ---- */

static uint64_t nearest(uint64_t i, uint64_t n, uint64_t b)
{
    const uint64_t at = (uint64_t)floor((double)i * (double)n / (double)b + 0.5);
    return at < n ? at : n - 1;
}

static void check_sampled(struct bench *bench, const struct ocs_volume *working, const float *label)
{
    static float row[64];
    for (uint64_t z = 0; z < working->box.z; ++z)
        for (uint64_t y = 0; y < working->box.y; ++y) {
            const uint64_t bytes = working->box.x * sizeof(float);
            assert_int_equal(
                ocs_scratch_read(working->scratch,
                                 working->scratch_offset + (z * working->box.y + y) * bytes, row,
                                 bytes, &bench->error),
                OCS_OK);
            for (uint64_t x = 0; x < working->box.x; ++x)
                assert_true(row[x] == label[(nearest(z, box.z, working->box.z) * box.y +
                                             nearest(y, box.y, working->box.y)) *
                                                box.x +
                                            nearest(x, box.x, working->box.x)]);
        }
}

static void sampled_where_nearest(void **state)
{
    static const struct ocs_box boxes[] = {{5, 50, 30}, {4, 20, 12}, {2, 34, 30}, {1, 1, 1}};
    static float label[VOXELS];
    struct bench *const bench = *state;
    for (int i = 0; i < VOXELS; ++i)
        label[i] = (float)i;
    struct bench_map map = bench_make(bench, "labels", box, 2, true, label);
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; ++i) {
        struct ocs_volume working = {.box = boxes[i], .scratch_offset = 512};
        assert_int_equal(ocs_scratch_create(bench->dir, 1 << 20, &working.scratch, &bench->error),
                         OCS_OK);
        const struct ocs_sink sink = ocs_scratch_sink(&working);
        struct ocs_target_sample sample = {
            &bench->context, &map.volume, {working.box, 2, 0}, &sink};
        const struct ocs_pass pass = ocs_target_sample_pass(&sample);
        bench_run(bench, &pass, 2);
        check_sampled(bench, &working, label);
        ocs_scratch_close(working.scratch);
    }
    bench_drop(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(against_sorting, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(edges, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(nothing_seen, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(sampled_where_nearest, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
