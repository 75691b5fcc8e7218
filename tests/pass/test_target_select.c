/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Elements selected by sweeps against sorting, for few and many labels, little and much memory,
 * kind and unkind data. */

#include "target_fixture.h"

#include "target_select.h"

#include <float.h>

static const struct ocs_box box = {7, 40, 40};
enum { VOXELS = 7 * 40 * 40 };

typedef float make_value(uint64_t *random);

static float spread(uint64_t *random)
{
    return (float)((double)bench_random(random) / (1 << 30) - 0.7);
}

static float all_equal(uint64_t *random)
{
    (void)random;
    return -0.3f;
}

static float two_values(uint64_t *random)
{
    return bench_random(random) % 3 ? 1.0f : nextafterf(1.0f, 2.0f);
}

static float zeros(uint64_t *random)
{
    return bench_random(random) % 2 ? -0.0f : 0.0f;
}

/* Any finite bits: denormals, both signs, the largest there are. */
static float any_bits(uint64_t *random)
{
    for (;;) {
        const uint32_t bits = bench_random(random) << 1 ^ bench_random(random);
        float value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            return value;
    }
}

static int compare(const void *a, const void *b)
{
    const float left = *(const float *)a, right = *(const float *)b;
    return (left > right) - (left < right);
}

static float by_sorting(const float *data, const float *labels, float label, double fraction)
{
    static float chosen[VOXELS];
    size_t n = 0;
    for (int i = 0; i < VOXELS; ++i)
        if (labels[i] == label)
            chosen[n++] = data[i];
    qsort(chosen, n, sizeof *chosen, compare);
    const double rank = floor(fraction * (double)n);
    return chosen[rank < (double)n ? (size_t)rank : n - 1];
}

struct task {
    const float *data, *labels;
    struct bench_map data_map, label_map;
    struct ocs_label_set set;
};

static void find_labels(struct bench *bench, struct task *task)
{
    struct ocs_label_scan *const scan = calloc(1, sizeof *scan);
    const struct ocs_feed_source source = {.volume = &task->label_map.volume};
    struct ocs_sweep sweep = {
        .context = &bench->context, .filtered = &source, .slabs = {box, 3, 0}};
    ocs_label_scan_begin(scan, &sweep);
    const struct ocs_pass pass = ocs_sweep_pass(&sweep);
    bench_run(bench, &pass, 2);
    assert_int_equal(ocs_label_scan_settle(scan, "labels", &task->set, &bench->error), OCS_OK);
    free(scan);
}

static void check(struct bench *bench, const struct task *task, double fraction, uint64_t limit,
                  unsigned threads)
{
    struct ocs_target_select select = {
        .budget = bench->budget, .labels = &task->set, .fraction = fraction};
    assert_int_equal(ocs_target_select_begin(&select, limit, &bench->error), OCS_OK);
    const struct ocs_feed_source source = {.volume = &task->data_map.volume};
    unsigned sweeps = 0;
    for (; ocs_target_select_is_open(&select); ++sweeps) {
        struct ocs_sweep sweep = {.context = &bench->context,
                                  .filtered = &source,
                                  .mask = &task->label_map.volume,
                                  .slabs = {box, threads, 0}};
        ocs_target_select_next(&select, &sweep);
        assert_true(sweep.state_bytes <= limit);
        const struct ocs_pass pass = ocs_sweep_pass(&sweep);
        bench_run(bench, &pass, threads);
        ocs_target_select_take(&select);
    }
    assert_int_equal(sweeps, ocs_target_select_sweeps(task->set.count, limit));
    for (unsigned i = 0; i < task->set.count; i += 1 + task->set.count / 50) {
        const float found = ocs_target_select_value(&select, i);
        assert_int_equal(select.voxels[i], task->set.voxels[i]);
        assert_true(found ==
                    by_sorting(task->data, task->labels, (float)task->set.label[i], fraction));
        assert_false(found == 0 && signbit(found));
    }
    ocs_target_select_end(&select);
}

static struct task *make_task(struct bench *bench, make_value *value, unsigned labels)
{
    static float data[VOXELS], label[VOXELS];
    uint64_t random = labels;
    for (int i = 0; i < VOXELS; ++i) {
        data[i] = value(&random);
        label[i] = (float)(bench_random(&random) % (labels + 1));
    }
    struct task *const task = calloc(1, sizeof *task);
    task->data = data;
    task->labels = label;
    task->data_map = bench_make(bench, "data", box, 2, labels % 2, data);
    task->label_map = bench_make(bench, "labels", box, labels > 100 ? 6 : 0, true, label);
    find_labels(bench, task);
    return task;
}

static void drop_task(struct task *task)
{
    bench_drop(&task->data_map);
    bench_drop(&task->label_map);
    free(task);
}

static void against_sorting(void **state)
{
    make_value *const values[] = {spread, all_equal, two_values, zeros, any_bits};
    const unsigned labels[] = {1, 5, 900};
    const double fractions[] = {0, 0.5, 0.9246, 0.9999, 1};
    const uint64_t limits[] = {ocs_target_select_least_bytes(), 1 << 20, 8 << 20};
    for (size_t v = 0; v < sizeof values / sizeof *values; ++v)
        for (size_t l = 0; l < sizeof labels / sizeof *labels; ++l) {
            struct task *const task = make_task(*state, values[v], labels[l]);
            for (unsigned i = 0; i < 3; ++i)
                check(*state, task, fractions[(v + l + i) % 5], limits[i], 1 + (unsigned)l % 3);
            drop_task(task);
        }
}

static void as_many_labels_as_there_may_be(void **state)
{
    struct task *const task = make_task(*state, any_bits, OCS_LABELS_MAX - 1);
    check(*state, task, 0.7, ocs_target_select_least_bytes(), 1);
    check(*state, task, 0.7, 1 << 20, 2);
    drop_task(task);
}

/* Both zeros are one value, between the numbers next to it. */
static void zeros_are_equal(void **state)
{
    static float data[VOXELS], label[VOXELS];
    for (int i = 0; i < VOXELS; ++i) {
        data[i] = i % 4 == 0   ? -FLT_TRUE_MIN
                  : i % 4 == 1 ? FLT_TRUE_MIN
                  : i % 4 == 2 ? 0.0f
                               : -0.0f;
        label[i] = 9;
    }
    struct task *const task = calloc(1, sizeof *task);
    task->data = data;
    task->labels = label;
    task->data_map = bench_make(*state, "data", box, 2, false, data);
    task->label_map = bench_make(*state, "labels", box, 1, true, label);
    find_labels(*state, task);
    for (double fraction = 0; fraction <= 1; fraction += 0.125)
        check(*state, task, fraction, 1 << 20, 2);
    drop_task(task);
}

/* A label that the sweeps do not meet, as when a smaller box has no voxel of it. */
static void label_without_voxels(void **state)
{
    struct task *const task = make_task(*state, spread, 3);
    task->set.label[task->set.count] = 1000;
    task->set.voxels[task->set.count++] = 5;
    struct bench *const bench = *state;
    struct ocs_target_select select = {
        .budget = bench->budget, .labels = &task->set, .fraction = 0.9};
    assert_int_equal(ocs_target_select_begin(&select, 1 << 20, &bench->error), OCS_OK);
    while (ocs_target_select_is_open(&select)) {
        struct ocs_sweep sweep = {.slabs = {box, 1, 0}};
        ocs_target_select_next(&select, &sweep);
        ocs_target_select_take(&select);
    }
    for (unsigned i = 0; i < task->set.count; ++i)
        assert_true(isnan(ocs_target_select_value(&select, i)));
    ocs_target_select_end(&select);
    drop_task(task);
}

static void sweeps_by_memory(void **state)
{
    (void)state;
    assert_int_equal(ocs_target_select_sweeps(1, 1 << 19), 2);
    assert_int_equal(ocs_target_select_sweeps(1, (1 << 19) - 1), 3);
    assert_int_equal(ocs_target_select_sweeps(16, 8 << 20), 2);
    assert_int_equal(ocs_target_select_sweeps(512, 8 << 20), 3);
    assert_int_equal(ocs_target_select_sweeps(4096, 8 << 20), 4);
    assert_int_equal(ocs_target_select_sweeps(4096, 1 << 20), 7);
    assert_int_equal(ocs_target_select_sweeps(4096, ocs_target_select_least_bytes()), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(against_sorting, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(as_many_labels_as_there_may_be, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(zeros_are_equal, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(label_without_voxels, bench_open, bench_close),
        cmocka_unit_test(sweeps_by_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
