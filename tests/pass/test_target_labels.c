/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Labels and their voxels against counting in memory, for every type and byte order a map can have.
 */

#include "target_fixture.h"

#include "target_labels.h"

static const struct ocs_box box = {9, 11, 37};
enum { VOXELS = 9 * 11 * 37 };

struct layout {
    unsigned threads;
    uint64_t planes;
};

static enum ocs_status find(struct bench *bench, const struct bench_map *map, bool is_mask,
                            struct layout layout, struct ocs_label_set *set)
{
    struct ocs_label_scan *const scan = calloc(1, sizeof *scan);
    scan->is_mask = is_mask;
    const struct ocs_feed_source source = {.volume = &map->volume};
    struct ocs_sweep sweep = {.context = &bench->context,
                              .filtered = &source,
                              .slabs = {map->volume.box, layout.planes, 0}};
    ocs_label_scan_begin(scan, &sweep);
    const struct ocs_pass pass = ocs_sweep_pass(&sweep);
    bench_run(bench, &pass, layout.threads);
    const enum ocs_status status = ocs_label_scan_settle(scan, map->path, set, &bench->error);
    free(scan);
    return status;
}

static uint64_t count(const float *voxels, float label)
{
    uint64_t found = 0;
    for (int i = 0; i < VOXELS; ++i)
        found += voxels[i] == label;
    return found;
}

/* Every voxel's index, rebuilt from the runs of each row. */
static void check_runs(const struct ocs_label_set *set, const float *voxels)
{
    for (uint64_t first = 0; first < VOXELS; first += box.x) {
        struct ocs_label_run run;
        for (uint64_t x = 0; x < box.x; x = run.end) {
            run = ocs_label_run_at(set, voxels + first, x, box.x);
            assert_true(run.end > x && run.end <= box.x);
            for (uint64_t at = x; at < run.end; ++at)
                if (run.label == OCS_NO_LABEL)
                    assert_true(voxels[first + at] == 0);
                else
                    assert_true(voxels[first + at] == (float)set->label[run.label]);
        }
    }
}

static void check(struct bench *bench, const float *voxels, int mode, bool big_endian,
                  struct layout layout)
{
    static struct ocs_label_set set;
    struct bench_map map = bench_make(bench, "labels", box, mode, big_endian, voxels);
    assert_int_equal(find(bench, &map, false, layout, &set), OCS_OK);
    uint64_t labelled = 0;
    for (unsigned i = 0; i < set.count; ++i) {
        assert_true(i == 0 || set.label[i - 1] < set.label[i]);
        assert_int_equal(set.voxels[i], count(voxels, (float)set.label[i]));
        labelled += set.voxels[i];
    }
    assert_int_equal(labelled, VOXELS - count(voxels, 0));
    check_runs(&set, voxels);
    bench_drop(&map);
}

/* Patches of labels from `low` on, some of them single voxels. */
static void fill(float *voxels, int low, unsigned labels, uint64_t seed)
{
    for (int i = 0; i < VOXELS;) {
        const int label = low + (int)(bench_random(&seed) % labels);
        for (uint32_t left = bench_random(&seed) % 12; left > 0 && i < VOXELS; --left)
            voxels[i++] = (float)label;
    }
}

static void every_type_and_order(void **state)
{
    static const struct {
        int mode, low;
        unsigned labels;
    } cases[] = {{0, -128, 256},  {1, -32768, 60000}, {6, 0, 65535}, {12, -40, 80},
                 {2, -9000, 900}, {2, 16777000, 217}, {2, 0, 2}};
    static float voxels[VOXELS];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        fill(voxels, cases[i].low, cases[i].labels, i);
        check(*state, voxels, cases[i].mode, false, (struct layout){1, box.z});
        check(*state, voxels, cases[i].mode, true, (struct layout){3, 1});
        check(*state, voxels, cases[i].mode, true, (struct layout){2, 2});
    }
}

static void nearly_whole_floats(void **state)
{
    static float voxels[VOXELS];
    static struct ocs_label_set set;
    memset(voxels, 0, sizeof voxels);
    voxels[5] = 0.9995f;
    voxels[6] = 1.0005f;
    voxels[90] = 1;
    voxels[91] = 0.0009f; /* none */
    voxels[92] = -6.9999f;
    struct bench_map map = bench_make(*state, "labels", box, 2, true, voxels);
    assert_int_equal(find(*state, &map, false, (struct layout){2, 3}, &set), OCS_OK);
    assert_int_equal(set.count, 2);
    assert_int_equal(set.label[0], -7);
    assert_int_equal(set.voxels[0], 1);
    assert_int_equal(set.label[1], 1);
    assert_int_equal(set.voxels[1], 3);
    bench_drop(&map);
}

static void refused_with_its_place(void **state)
{
    static const float bad[] = {0.5f, 2.0011f, -0.002f, 16777218, -3e38f, INFINITY, NAN};
    static float voxels[VOXELS];
    static struct ocs_label_set set;
    struct bench *const bench = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
        memset(voxels, 0, sizeof voxels);
        voxels[(4 * box.y + 7) * box.x + 30] = bad[i];
        voxels[(8 * box.y + 1) * box.x + 2] = 0.25f; /* a later one */
        struct bench_map map = bench_make(bench, "labels", box, 2, false, voxels);
        assert_int_equal(find(bench, &map, false, (struct layout){3, 1}, &set), OCS_BAD_INPUT);
        assert_non_null(strstr(bench->error.what, "section 4, row 7, column 30"));
        bench_drop(&map);
    }
}

static void no_more_than_4096_labels(void **state)
{
    enum { NX = 8200 };
    static const struct ocs_box wide = {1, 1, NX};
    static float voxels[NX];
    static struct ocs_label_set set;
    struct bench *const bench = *state;
    for (int more = 0; more < 2; ++more) {
        for (int i = 0; i < NX; ++i)
            voxels[i] = (float)(i % 2 * (i / 2 % (OCS_LABELS_MAX + more) + 1) * 4093);
        struct bench_map map = bench_make(bench, "labels", wide, 2, false, voxels);
        const enum ocs_status status = find(bench, &map, false, (struct layout){1, 1}, &set);
        assert_int_equal(status, more ? OCS_BAD_INPUT : OCS_OK);
        if (more)
            assert_non_null(strstr(bench->error.what, "more than 4096 different labels"));
        else
            assert_int_equal(set.count, OCS_LABELS_MAX);
        bench_drop(&map);
    }
}

/* No worker sees too many by itself. */
static void too_many_together(void **state)
{
    static const struct ocs_box tall = {5, 10, 100};
    enum { COUNT = 5 * 10 * 100 };
    static float voxels[COUNT];
    static struct ocs_label_set set;
    for (int i = 0; i < COUNT; ++i)
        voxels[i] = (float)i + 1;
    struct bench_map map = bench_make(*state, "labels", tall, 1, true, voxels);
    assert_int_equal(find(*state, &map, false, (struct layout){5, 1}, &set), OCS_BAD_INPUT);
    bench_drop(&map);
}

static void no_label_at_all(void **state)
{
    static float voxels[VOXELS];
    static struct ocs_label_set set;
    memset(voxels, 0, sizeof voxels);
    for (int is_mask = 0; is_mask < 2; ++is_mask) {
        struct bench_map map = bench_make(*state, "labels", box, 2, false, voxels);
        assert_int_equal(find(*state, &map, is_mask, (struct layout){1, 1}, &set), OCS_BAD_INPUT);
        bench_drop(&map);
    }
}

static void mask_is_one_label(void **state)
{
    static float voxels[VOXELS];
    static struct ocs_label_set set;
    memset(voxels, 0, sizeof voxels);
    const float values[] = {0.5f, 0.50001f, 1, 7.25f, -1, NAN, INFINITY, 0.7f};
    memcpy(voxels + 400, values, sizeof values);
    struct bench_map map = bench_make(*state, "mask", box, 2, true, voxels);
    map.volume.zero_nonfinite = true;
    assert_int_equal(find(*state, &map, true, (struct layout){2, 1}, &set), OCS_OK);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.voxels[0], 4);
    uint64_t inside = 0;
    for (uint64_t x = 0; x < 8;) {
        const struct ocs_label_run run = ocs_label_run_at(&set, values, x, 8);
        inside += run.label == 0 ? run.end - x : 0;
        x = run.end;
    }
    assert_int_equal(inside, 5); /* infinity is only zero when it is read as zero */
    bench_drop(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_type_and_order, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(nearly_whole_floats, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(refused_with_its_place, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(no_more_than_4096_labels, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(too_many_together, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(no_label_at_all, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(mask_is_one_label, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
