/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole runs in which every single allocation fails once: each ends with one clear error, leaves
 * nothing behind and can be repeated. Builds with assertions also check that every block went back
 * to the budget. */

#include "engine_fixture.h"

#include "plan.h"
#include "tree_remove.h"

#include <zlib.h>

enum { EACH_UP_TO = 16, STRIDE = 17 };

static bool all;
static const struct ocs_box box = {16, 18, 20};

struct scene {
    struct fixture *fixture;
    struct fixture_path map, mask, labels, output;
};

static struct scene open_scene(void **state)
{
    struct scene scene = {.fixture = *state};
    scene.map = in_dir(scene.fixture, "map.mrc");
    scene.mask = in_dir(scene.fixture, "mask.mrc");
    scene.labels = in_dir(scene.fixture, "labels.mrc");
    scene.output = in_dir(scene.fixture, "out");
    const size_t n = box.z * box.y * box.x;
    float *const voxels = blob(box);
    write_map(scene.map.text, box, 2, voxels);
    for (size_t i = 0; i < n; ++i)
        voxels[i] = voxels[i] > 1 ? 1 : 0;
    write_map(scene.mask.text, box, 2, voxels);
    for (size_t i = 0; i < n; ++i)
        voxels[i] *= i < n / 2 ? 1 : 2;
    write_map(scene.labels.text, box, 2, voxels);
    free(voxels);
    assert_int_equal(mkdir(scene.output.text, 0755), 0);
    return scene;
}

static struct ocs_options options_of(const struct scene *scene)
{
    struct ocs_options options = OCS_OPTIONS_DEFAULT;
    options.map = scene->map.text;
    options.output_dir = scene->output.text;
    options.scratch_dir = scene->fixture->dir;
    options.threads = 1;
    options.memory_bytes = UINT64_C(64) << 20;
    return options;
}

static enum ocs_status run_once(const struct ocs_options *options, uint64_t fail_allocation,
                                struct ocs_error *error)
{
    struct ocs_plan *plan = NULL;
    struct ocs_report *const report = calloc(1, sizeof *report);
    enum ocs_status status = ocs_plan_make(options, &plan, error);
    assert_int_equal(status, OCS_OK);
    plan->fail_allocation = fail_allocation;
    status = ocs_run(plan, NULL, report, error);
    ocs_plan_destroy(plan);
    ocs_report_free(report);
    free(report);
    return status;
}

/* The same map, compressed: its voxels go through a spool. */
static void compress_map(const struct scene *scene, const char *path)
{
    FILE *const from = fopen(scene->map.text, "rb");
    const gzFile to = gzopen(path, "wb1");
    assert_true(from && to);
    char block[4096];
    for (size_t count; (count = fread(block, 1, sizeof block, from)) > 0;)
        assert_int_equal(gzwrite(to, block, (unsigned)count), (int)count);
    assert_int_equal(gzclose(to), Z_OK);
    fclose(from);
}

static void empty_folder(const char *name)
{
    DIR *const dir = opendir(name);
    for (const struct dirent *entry; (entry = readdir(dir));)
        unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
}

/* At least `least` allocations, or the test has lost its subject. */
static void fail_each(const struct scene *scene, const struct ocs_options *options, uint64_t least)
{
    struct ocs_error *const error = &scene->fixture->error;
    const size_t beside = count_entries(scene->fixture->dir);
    uint64_t n = 1;
    for (;; n += all || n < EACH_UP_TO ? 1 : STRIDE) {
        *error = (struct ocs_error){0};
        const enum ocs_status status = run_once(options, n, error);
        if (status == OCS_OK)
            break;
        assert_int_equal(status, OCS_LIMIT);
        assert_int_equal(error->status, OCS_LIMIT);
        /* What zstd asks for and does not get, it cannot say more about. */
        if (options->format == OCS_FORMAT_MRC || strcmp(error->operation, "compressing") != 0) {
            assert_says(error, "memory limit");
            assert_says(error, "--memory");
        }
        assert_int_equal(count_entries(scene->output.text), 0);
        assert_int_equal(count_entries(scene->fixture->dir), beside);
    }
    assert_true(n > least);
    assert_true(count_entries(scene->output.text) >= 4);
    if (options->format == OCS_FORMAT_ZARR) {
        assert_int_equal(ocs_tree_remove(AT_FDCWD, scene->output.text), 0);
        return;
    }
    empty_folder(scene->output.text);
    assert_int_equal(rmdir(scene->output.text), 0);
}

static void plain_run(void **state)
{
    const struct scene scene = open_scene(state);
    const struct ocs_options options = options_of(&scene);
    fail_each(&scene, &options, 30);
}

static void every_modification(void **state)
{
    const struct scene scene = open_scene(state);
    struct ocs_options options = options_of(&scene);
    options.amplify = 3;
    options.attenuate = 3;
    options.sigmoid = 3;
    options.solvent_def = scene.mask.text;
    options.omit_confidence = true;
    fail_each(&scene, &options, 30);
}

static void targets(void **state)
{
    const struct scene scene = open_scene(state);
    struct ocs_options options = options_of(&scene);
    options.target_mask = scene.mask.text;
    options.labels = scene.labels.text;
    fail_each(&scene, &options, 40);
}

static void working_box(void **state)
{
    const struct scene scene = open_scene(state);
    struct ocs_options options = options_of(&scene);
    options.max_box_vox = 18;
    options.amplify = 3;
    options.lowpass_output_ang = 8;
    options.labels = scene.labels.text;
    fail_each(&scene, &options, 60);
}

static void matching(void **state)
{
    const struct scene scene = open_scene(state);
    struct ocs_options options = options_of(&scene);
    options.threads = 1;
    options.exclude_solvent = true;
    options.hist_match = true;
    options.outputs = OCS_OUTPUT_SOLVENT_EXCLUDED;
    options.s0 = true;
    fail_each(&scene, &options, 40);
}

static void seekable_zstd(void **state)
{
    const struct scene scene = open_scene(state);
    struct ocs_options options = options_of(&scene);
    options.format = OCS_FORMAT_MRC_ZST;
    options.dtype = OCS_DTYPE_F16;
    fail_each(&scene, &options, 35);
}

static void pyramids(void **state)
{
    for (unsigned version = 2; version <= 3; ++version) {
        const struct scene scene = open_scene(state);
        struct ocs_options options = options_of(&scene);
        options.format = OCS_FORMAT_ZARR;
        options.zarr_version = version;
        options.chunk_vox[0] = options.chunk_vox[1] = options.chunk_vox[2] = 7;
        options.amplify = 3;
        fail_each(&scene, &options, 60);
    }
}

static void spooled(void **state)
{
    const struct scene scene = open_scene(state);
    const struct fixture_path packed = in_dir(scene.fixture, "packed.mrc.gz");
    compress_map(&scene, packed.text);
    struct ocs_options options = options_of(&scene);
    options.map = packed.text;
    options.amplify = 2;
    fail_each(&scene, &options, 40);
}

static void spooled_targets(void **state)
{
    const struct scene scene = open_scene(state);
    const struct fixture_path packed = in_dir(scene.fixture, "packed.mrc.gz");
    compress_map(&scene, packed.text);
    struct ocs_options options = options_of(&scene);
    options.labels = scene.labels.text;
    options.solvent_def = packed.text;
    options.max_box_vox = 18;
    options.lowpass_output_ang = 8;
    options.sigmoid = 2;
    fail_each(&scene, &options, 60);
}

/* The map goes to standard output, whatever of it: what fails late may have sent some. */
static void standard_output(void **state)
{
    const struct scene scene = open_scene(state);
    struct ocs_options options = options_of(&scene);
    options.output_dir = "-";
    options.outputs = OCS_OUTPUT_SCALE;
    const int kept = dup(STDOUT_FILENO), nowhere = open("/dev/null", O_WRONLY);
    uint64_t n = 1;
    enum ocs_status status = OCS_LIMIT;
    for (; status == OCS_LIMIT; n += all || n < EACH_UP_TO ? 1 : STRIDE) {
        dup2(nowhere, STDOUT_FILENO);
        status = run_once(&options, n, &scene.fixture->error);
        dup2(kept, STDOUT_FILENO);
        if (status == OCS_LIMIT)
            assert_says(&scene.fixture->error, "memory limit");
    }
    close(kept);
    close(nowhere);
    assert_int_equal(rmdir(scene.output.text), 0);
    assert_int_equal(status, OCS_OK);
    assert_true(n > 30);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(int count, char **arguments)
{
    all = count > 1 && strcmp(arguments[1], "all") == 0;
    const struct CMUnitTest tests[] = {
        TEST(plain_run),       TEST(every_modification), TEST(targets),  TEST(working_box),
        TEST(matching),        TEST(seekable_zstd),      TEST(pyramids), TEST(spooled),
        TEST(spooled_targets), TEST(standard_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
