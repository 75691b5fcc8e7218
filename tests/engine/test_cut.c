/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How runs are cut to fit a memory limit, for boxes far beyond this machine: the maps are files
 * with a hole. */

#include "engine_fixture.h"

#include "cut.h"
#include "plan.h"
#include "tree_remove.h"

enum { MIB = 1 << 20 };

static const uint64_t gib = UINT64_C(1) << 30;

static struct ocs_options options_for(const char *map)
{
    struct ocs_options options = OCS_OPTIONS_DEFAULT;
    options.map = map;
    options.threads = 4;
    options.force = true;
    return options;
}

/* Everything that costs memory. */
static struct ocs_options all_options(const char *map)
{
    struct ocs_options options = options_for(map);
    options.amplify = options.attenuate = options.sigmoid = 4;
    options.hist_match = true;
    options.lowpass_output_ang = 7;
    options.outputs = (1 << OCS_OUTPUT_KINDS) - 1 - OCS_OUTPUT_SOLVENT_EXCLUDED;
    options.target_mask = options.labels = options.solvent_def = map;
    return options;
}

static enum ocs_status plan_with(struct fixture *fixture, struct ocs_options options,
                                 uint64_t memory, struct ocs_plan **plan_ret)
{
    options.output_dir = fixture->dir;
    options.memory_bytes = memory;
    *plan_ret = NULL;
    fixture->error = (struct ocs_error){0};
    return ocs_plan_make(&options, plan_ret, &fixture->error);
}

/* The smallest memory, as an impossible wish tells it. */
static uint64_t smallest_of(struct fixture *fixture, const struct ocs_options *options)
{
    struct ocs_plan *plan;
    unsigned long long mib = 0;
    assert_int_equal(plan_with(fixture, *options, MIB, &plan), OCS_LIMIT);
    assert_null(plan);
    assert_int_equal(sscanf(fixture->error.advice, "give at least --memory %lluM", &mib), 1);
    assert_true(mib > 1);
    return mib * MIB;
}

/* From the smallest memory on every limit works and is kept; a MiB below it none does; and more
 * memory never makes a slower cut. */
static void assert_cuts_well(struct fixture *fixture, const struct ocs_options *options)
{
    const uint64_t smallest = smallest_of(fixture, options);
    struct ocs_plan *plan;
    assert_int_equal(plan_with(fixture, *options, smallest - MIB, &plan), OCS_LIMIT);
    unsigned threads = 0;
    uint64_t band = 0;
    for (uint64_t memory = smallest; memory < 64 * gib; memory += memory / 7 + MIB) {
        if (plan_with(fixture, *options, memory, &plan) != OCS_OK)
            assert_says(&fixture->error, "no error");
        const struct ocs_plan_summary *const summary = ocs_plan_summary(plan);
        assert_true(plan->cut.need_bytes <= memory);
        assert_int_equal(summary->memory_need_bytes, plan->cut.need_bytes);
        assert_int_equal(summary->memory_smallest_bytes, smallest);
        assert_true(plan->cut.threads >= threads);
        assert_true(plan->cut.threads > threads || plan->cut.band_rows >= band);
        assert_in_range(plan->cut.threads, 1, 4);
        assert_int_equal(plan->cut.band_rows % OCS_ROW_BATCH, 0);
        assert_in_range(plan->cut.emit_planes, 1, plan->settings.box.z);
        assert_true(plan->cut.filter_columns >= 1 && plan->cut.write_buffers >= 1);
        assert_true(plan->cut.layout.bytes >=
                    (plan->cut.spectrum_in_memory ? 0 : plan->cut.layout.spectrum_bytes));
        threads = plan->cut.threads;
        band = plan->cut.band_rows;
        ocs_plan_destroy(plan);
    }
    assert_int_equal(threads, 4);
}

static void ordinary_boxes(void **state)
{
    struct fixture *const fixture = *state;
    const struct ocs_box boxes[] = {
        {16, 16, 16}, {100, 100, 100}, {256, 256, 256}, {37, 301, 64}, {512, 512, 512}};
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; ++i) {
        const struct fixture_path map = in_dir(fixture, "map.mrc");
        assert_true(write_sparse_map(map.text, boxes[i], 1, OCS_MODE_FLOAT32));
        const struct ocs_options plain = options_for(map.text);
        assert_cuts_well(fixture, &plain);
        const struct ocs_options all = all_options(map.text);
        assert_cuts_well(fixture, &all);
        struct ocs_options smaller = all;
        smaller.max_box_vox = boxes[i].x > 64 ? boxes[i].x / 2 : boxes[i].x;
        assert_cuts_well(fixture, &smaller);
    }
}

/* Whole blocks of tiles fit in bands and slabs, from the smallest memory on. */
static void assert_cuts_tiles_well(struct fixture *fixture, const struct ocs_options *options)
{
    const uint64_t smallest = smallest_of(fixture, options);
    struct ocs_plan *plan;
    assert_int_equal(plan_with(fixture, *options, smallest - MIB, &plan), OCS_LIMIT);
    for (uint64_t memory = smallest; memory < 64 * gib; memory += memory / 3 + MIB) {
        assert_int_equal(plan_with(fixture, *options, memory, &plan), OCS_OK);
        const struct ocs_settings *const settings = &plan->settings;
        const struct ocs_cut *const cut = &plan->cut;
        const struct ocs_tiled *const tiled = &settings->tiled;
        assert_true(cut->need_bytes <= memory);
        assert_int_equal(ocs_tiled_band(tiled, settings->box, cut->band_rows), cut->band_rows);
        assert_int_equal(ocs_tiled_slab(tiled, settings->box, cut->emit_planes), cut->emit_planes);
        assert_true(cut->output_rows == 0 || ocs_tiled_band(tiled, settings->native_box,
                                                            cut->output_rows) == cut->output_rows);
        assert_int_equal(cut->write_buffers, 0);
        ocs_plan_destroy(plan);
    }
}

static void tiled_outputs(void **state)
{
    struct fixture *const fixture = *state;
    static const struct ocs_box boxes[] = {{16, 16, 16}, {100, 37, 64}, {301, 512, 200}};
    static const uint64_t chunks[][3] = {{64, 64, 64}, {5, 7, 9}, {1, 100, 3}, {512, 16, 16}};
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; ++i) {
        const struct fixture_path map = in_dir(fixture, "map.mrc");
        assert_true(write_sparse_map(map.text, boxes[i], 1, OCS_MODE_FLOAT32));
        struct ocs_options options = options_for(map.text);
        options.amplify = 2;
        options.format = OCS_FORMAT_MRC_ZST;
        assert_cuts_tiles_well(fixture, &options);
        options.format = OCS_FORMAT_ZARR;
        for (size_t c = 0; c < sizeof chunks / sizeof *chunks; ++c) {
            memcpy(options.chunk_vox, chunks[c], sizeof options.chunk_vox);
            options.max_box_vox = c % 2 && boxes[i].x > 64 ? 48 : 0;
            options.hist_match = c == 2;
            assert_cuts_tiles_well(fixture, &options);
        }
    }
}

/* Of a map of 1024^3, and of one of 2048^3, in what plain maps are promised, or little more. */
static void tiled_outputs_of_large_maps(void **state)
{
    struct fixture *const fixture = *state;
    for (uint64_t n = 1024; n <= 2048; n *= 2) {
        const struct fixture_path map = in_dir(fixture, "map.mrc");
        assert_true(write_sparse_map(map.text, (struct ocs_box){n, n, n}, 1, OCS_MODE_FLOAT32));
        struct ocs_options options = options_for(map.text);
        options.format = OCS_FORMAT_ZARR;
        assert_true(smallest_of(fixture, &options) <= n / 8 * MIB);
        options.format = OCS_FORMAT_MRC_ZST;
        assert_true(smallest_of(fixture, &options) <= n / 8 * MIB);
    }
}

/* What no reader of ours takes is refused before the work. */
static void too_many_chunks(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path map = in_dir(fixture, "map.mrc");
    assert_true(write_sparse_map(map.text, (struct ocs_box){512, 512, 512}, 1, OCS_MODE_FLOAT32));
    struct ocs_options options = options_for(map.text);
    options.format = OCS_FORMAT_ZARR;
    options.chunk_vox[0] = options.chunk_vox[1] = options.chunk_vox[2] = 1;
    struct ocs_plan *plan;
    assert_int_equal(plan_with(fixture, options, gib, &plan), OCS_LIMIT);
    assert_says(&fixture->error, "too many chunks");
    assert_says(&fixture->error, "--chunk");
}

/* The sizes that the program promises to take. */
static void promised_sizes(void **state)
{
    struct fixture *const fixture = *state;
    const struct {
        struct ocs_box box;
        uint64_t memory;
    } promised[] = {
        {{512, 512, 512}, 64 * MIB},
        {{1024, 1024, 1024}, 128 * MIB},
        {{2048, 2048, 2048}, 256 * MIB},
        {{2048, 4096, 4096}, 1024 * MIB},
    };
    for (size_t i = 0; i < sizeof promised / sizeof *promised; ++i) {
        const struct fixture_path map = in_dir(fixture, "map.mrc");
        assert_true(write_sparse_map(map.text, promised[i].box, 1, OCS_MODE_FLOAT32));
        struct ocs_plan *plan;
        const struct ocs_options plain = options_for(map.text);
        assert_int_equal(plan_with(fixture, plain, promised[i].memory, &plan), OCS_OK);
        assert_true(plan->cut.need_bytes <= promised[i].memory);
        ocs_plan_destroy(plan);
        struct ocs_options modified = plain;
        modified.amplify = modified.attenuate = 5;
        assert_int_equal(plan_with(fixture, modified, promised[i].memory, &plan), OCS_OK);
        ocs_plan_destroy(plan);
    }
}

/* The need is all a cut says it is: the sum of its parts rises with every one of them. */
static void more_of_anything_needs_more(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path map = in_dir(fixture, "map.mrc");
    uint64_t before = 0, first = 0;
    for (uint64_t n = 64; n <= 2048; n *= 2) {
        assert_true(write_sparse_map(map.text, (struct ocs_box){n, n, n}, 1, OCS_MODE_FLOAT32));
        const struct ocs_options plain = options_for(map.text), all = all_options(map.text);
        const uint64_t smallest = smallest_of(fixture, &plain);
        assert_true(smallest >= before);
        assert_true(smallest_of(fixture, &all) > smallest);
        before = smallest;
        first = first ? first : smallest;
    }
    /* One plane of the kept spectrum at the very least: frequencies up to 1/8 A along x. */
    assert_true(before - first >= UINT64_C(2048) * (2048 / 8 + 1) * 8);
}

/* Whatever a header says and a file backs: a plan that keeps its limit, or a refusal. A size that
 * wrapped around would look small and be accepted. */
static void absurd_sizes(void **state)
{
    struct fixture *const fixture = *state;
    const uint64_t most = INT32_MAX;
    unsigned planned = 0;
    /* No powers of two, which are plausible in either byte order. */
    const struct ocs_box boxes[] = {
        {16, 16, most},        {16, most, 16},    {most, 16, 16},
        {30000, 31000, 32000}, {most, 30000, 16}, {1000003, 1000003, 1000003},
        {16, most, 1000003},   {most, most, 1},   {2000003, 1000003, 2000003},
        {25000, 25000, 25000}};
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; ++i) {
        const struct fixture_path map = in_dir(fixture, "map.mrc");
        const struct ocs_box box = boxes[i];
        if (!write_sparse_map(map.text, box, 1, OCS_MODE_INT8))
            continue; /* a file system without such files */
        const double voxels = (double)box.z * (double)box.y * (double)box.x;
        struct ocs_options options = all_options(map.text);
        options.max_voxels = UINT64_MAX;
        for (uint64_t memory = 16 * MIB; memory < gib * gib; memory *= 16) {
            struct ocs_plan *plan;
            if (plan_with(fixture, options, memory, &plan) != OCS_OK) {
                assert_true(fixture->error.status == OCS_LIMIT ||
                            fixture->error.status == OCS_BAD_INPUT);
                continue;
            }
            const struct ocs_plan_summary *const summary = ocs_plan_summary(plan);
            assert_true(plan->cut.need_bytes <= memory);
            assert_true(plan->cut.need_bytes > (uint64_t)(OCS_ROW_BATCH * 4) * box.x);
            assert_true((double)plan->cut.layout.bytes >= 3 * 4 * voxels); /* three modifications */
            assert_true((double)summary->bytes_read >= voxels);
            assert_true((double)summary->bytes_written >= 3 * voxels);
            ocs_plan_destroy(plan);
            ++planned;
        }
    }
    assert_true(planned > 0);
}

/* The plan's sum is the whole truth: runs get along with exactly what was planned, less the quarter
 * of a MiB that is kept aside for what is small. */
static void assert_run_keeps_to_its_need(struct fixture *fixture, const struct ocs_options *options,
                                         uint64_t memory)
{
    struct ocs_plan *plan;
    struct ocs_report *const report = calloc(1, sizeof *report);
    if (plan_with(fixture, *options, memory, &plan) != OCS_OK)
        assert_says(&fixture->error, "no error");
    plan->summary.memory_limit_bytes = plan->cut.need_bytes - MIB / 4;
    if (ocs_run(plan, NULL, report, &fixture->error) != OCS_OK)
        assert_says(&fixture->error, "no error");
    ocs_plan_destroy(plan);
    ocs_report_free(report);
    free(report);
}

static void runs_keep_to_their_need(void **state)
{
    struct fixture *const fixture = *state;
    const struct ocs_box box = {40, 50, 90};
    const uint64_t n = box.z * box.y * box.x;
    const struct fixture_path map = in_dir(fixture, "map.mrc"), mask = in_dir(fixture, "mask.mrc");
    float *const voxels = blob(box);
    write_map(map.text, box, 1.5F, voxels);
    for (uint64_t i = 0; i < n; ++i)
        voxels[i] = voxels[i] > 1 ? 1 : 0;
    write_map(mask.text, box, 1.5F, voxels);
    free(voxels);
    struct ocs_options all = all_options(map.text);
    all.target_mask = all.labels = all.solvent_def = mask.text;
    struct ocs_options reduced = all;
    reduced.max_box_vox = 60;
    struct ocs_options frames = all, chunks = reduced;
    frames.format = OCS_FORMAT_MRC_ZST;
    chunks.format = OCS_FORMAT_ZARR;
    chunks.chunk_vox[0] = chunks.chunk_vox[1] = chunks.chunk_vox[2] = 16;
    const struct ocs_options variants[] = {options_for(map.text), all, reduced, frames, chunks};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; ++i) {
        assert_run_keeps_to_its_need(fixture, &variants[i], gib);
        assert_run_keeps_to_its_need(fixture, &variants[i], smallest_of(fixture, &variants[i]));
    }
    assert_int_equal(ocs_tree_remove(AT_FDCWD, fixture->dir), 0);
    assert_int_equal(mkdir(fixture->dir, 0755), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ordinary_boxes),
        TEST(promised_sizes),
        TEST(more_of_anything_needs_more),
        TEST(absurd_sizes),
        TEST(runs_keep_to_their_need),
        TEST(tiled_outputs),
        TEST(tiled_outputs_of_large_maps),
        TEST(too_many_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
