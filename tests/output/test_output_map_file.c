/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map_file.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "python_check.h"

/* Everything a map file needs: made anew for every test. Each case writes into a folder of its own
 * inside one for all, at which mrcfile looks once, at the end. */
static char all_cases[64];
static struct {
    char folder[96];
    struct ocs_budget *budget;
    struct ocs_loop *loop;
    struct ocs_writer *writer;
    struct ocs_error error;
} bench;

/* Small buffers, whose size is no multiple of a row or a voxel. */
enum { BUFFER = 1023, BUFFERS = 3 };

static int set_up(void **state)
{
    (void)state;
    snprintf(bench.folder, sizeof bench.folder, "%s/one.XXXXXX", all_cases);
    if (!mkdtemp(bench.folder) ||
        ocs_budget_create(1 << 20, &bench.budget, &bench.error) != OCS_OK ||
        ocs_loop_create(&bench.loop, &bench.error) != OCS_OK)
        return -1;
    return (int)ocs_writer_create(bench.loop, bench.budget, BUFFER, BUFFERS, &bench.writer,
                                  &bench.error);
}

static int tear_down(void **state)
{
    (void)state;
    ocs_writer_destroy(bench.writer);
    ocs_loop_destroy(bench.loop);
    ocs_budget_destroy(bench.budget);
    return 0;
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(all_cases, "/tmp/ocs-maps-XXXXXX");
    return mkdtemp(all_cases) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", all_cases);
    return system(command);
}

static void in_folder(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", bench.folder, name);
}

/* A header as a careful program would write it, of 17 x 18 x 19 voxels. */
static struct ocs_mrc_header good_header(void)
{
    struct ocs_mrc_header header = {
        .nx = 19,
        .ny = 18,
        .nz = 17,
        .mode = OCS_MODE_FLOAT32,
        .mx = 19,
        .my = 18,
        .mz = 17,
        .cell_x = 19 * 1.1f,
        .cell_y = 18 * 1.1f,
        .cell_z = 17 * 1.1f,
        .alpha = 90,
        .beta = 90,
        .gamma = 90,
        .mapc = 1,
        .mapr = 2,
        .maps = 3,
        .ispg = 1,
        .nversion = 20140,
        .map = {'M', 'A', 'P', ' '},
        .machst = {0x44, 0x44},
        .nlabl = 1,
    };
    memcpy(header.labels[0], "made by a careful program", 25);
    return header;
}

static void put_file(const char *name, const void *bytes, size_t count)
{
    char path[128];
    in_folder(path, name);
    FILE *const file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

/* Values that need rounding in float16, of both signs, and a few below its smallest normal number.
 */
static float *make_voxels(const struct ocs_mrc *like)
{
    const uint64_t n = like->box.z * like->box.y * like->box.x;
    float *const voxels = malloc(n * sizeof *voxels);
    assert_non_null(voxels);
    for (uint64_t i = 0; i < n; ++i)
        voxels[i] = (float)(sin((double)i * 0.37) * 3 + (i % 100 == 7 ? 1e-6 : 0.2));
    put_file("data.f32", voxels, n * sizeof *voxels);
    return voxels;
}

static struct ocs_statistics statistics_of(const float *voxels, uint64_t n)
{
    struct ocs_statistics statistics = {.min = INFINITY, .max = -INFINITY};
    for (uint64_t i = 0; i < n; ++i) {
        statistics.min = fmin(statistics.min, (double)voxels[i]);
        statistics.max = fmax(statistics.max, (double)voxels[i]);
        statistics.mean += (double)voxels[i] / (double)n;
    }
    for (uint64_t i = 0; i < n; ++i)
        statistics.rms += pow((double)voxels[i] - statistics.mean, 2) / (double)n;
    statistics.rms = sqrt(statistics.rms);
    return statistics;
}

/* Two pens: one takes the upper bands of all planes from the last plane down, one the lower bands
 * up, in uneven groups of rows. */
static void draw(struct ocs_map_file *file, const struct ocs_box *box, const float *voxels)
{
    struct ocs_map_pen pens[2];
    const uint64_t half = box->y / 2;
    for (int p = 0; p < 2; ++p)
        ocs_map_pen_start(&pens[p], file);
    for (uint64_t i = 0; i < box->z; ++i)
        for (int p = 0; p < 2; ++p) {
            const uint64_t z = p ? box->z - 1 - i : i;
            const uint64_t end = p ? box->y : half;
            for (uint64_t y = p ? half : 0; y < end;) {
                const uint64_t rows = y + 5 < end ? 5 : end - y;
                assert_int_equal(ocs_map_pen_rows(&pens[p], z, y, rows,
                                                  voxels + (z * box->y + y) * box->x, &bench.error),
                                 OCS_OK);
                y += rows;
            }
        }
    for (int p = 0; p < 2; ++p)
        ocs_map_pen_end(&pens[p], true);
    assert_int_equal(ocs_writer_drain(bench.writer, &bench.error), OCS_OK);
}

static struct ocs_map_file *create(const struct ocs_mrc *like, enum ocs_dtype dtype)
{
    char path[128];
    in_folder(path, "out.mrc");
    const struct ocs_map_file_spec spec = {.path = path,
                                           .dtype = dtype,
                                           .like = like,
                                           .label = "occustream test",
                                           .simd = ocs_simd_best()};
    struct ocs_map_file *file;
    assert_int_equal(ocs_map_file_create(&spec, bench.writer, &file, &bench.error), OCS_OK);
    return file;
}

static struct ocs_mrc parse(const struct ocs_mrc_header *header)
{
    unsigned char bytes[OCS_MRC_HEADER_BYTES];
    ocs_mrc_pack(header, bytes);
    put_file("in.header", bytes, sizeof bytes);
    struct ocs_mrc mrc;
    const uint64_t size = OCS_MRC_HEADER_BYTES + UINT64_C(4) * (uint32_t)header->nx *
                                                     (uint32_t)header->ny * (uint32_t)header->nz;
    assert_int_equal(ocs_mrc_parse(bytes, sizeof bytes, size, "in.mrc", &mrc, &bench.error),
                     OCS_OK);
    return mrc;
}

/* Writes a map like `header`; `what` tells check_map.py what it should find. */
static void write_map(const struct ocs_mrc_header *header, enum ocs_dtype dtype, const char *what)
{
    const struct ocs_mrc like = parse(header);
    float *const voxels = make_voxels(&like);
    const uint64_t n = like.box.z * like.box.y * like.box.x;
    struct ocs_map_file *const file = create(&like, dtype);
    draw(file, &like.box, voxels);
    struct ocs_statistics statistics = statistics_of(voxels, n);
    assert_int_equal(ocs_map_file_finish(file, &statistics, &bench.error), OCS_OK);
    assert_int_equal(ocs_map_file_appear(file, &bench.error), OCS_OK);
    ocs_map_file_leave(file);
    free(voxels);
    put_file("what", what, strlen(what));
}

static void cubic(void **state)
{
    (void)state;
    struct ocs_mrc_header header = good_header();
    header.nx = header.ny = header.nz = header.mx = header.my = header.mz = 20;
    header.cell_x = header.cell_y = header.cell_z = 20 * 1.35f;
    write_map(&header, OCS_DTYPE_F32, "same");
}

static void anisotropic(void **state)
{
    (void)state;
    struct ocs_mrc_header header = good_header();
    header.cell_y = 18 * 2.2f;
    header.cell_z = 17 * 0.7f;
    header.mx = 38;
    write_map(&header, OCS_DTYPE_F32, "same");
}

static void permuted_and_skewed(void **state)
{
    (void)state;
    struct ocs_mrc_header header = good_header();
    header.mapc = 3;
    header.mapr = 1;
    header.maps = 2;
    header.beta = 101.5f;
    header.mx = 18;
    header.my = 17;
    header.mz = 19;
    write_map(&header, OCS_DTYPE_F32, "same");
}

static void started(void **state)
{
    (void)state;
    struct ocs_mrc_header header = good_header();
    header.nxstart = -9;
    header.nystart = 4;
    header.nzstart = -100;
    header.ispg = 0;
    write_map(&header, OCS_DTYPE_F32, "same");
}

static void origin(void **state)
{
    (void)state;
    struct ocs_mrc_header header = good_header();
    header.origin_x = -10.25f;
    header.origin_y = 1e-3f;
    header.origin_z = 333;
    header.ispg = 19;
    write_map(&header, OCS_DTYPE_F32, "same");
}

static void halves(void **state)
{
    (void)state;
    const struct ocs_mrc_header header = good_header();
    write_map(&header, OCS_DTYPE_F16, "half");
}

static void no_cell(void **state)
{
    (void)state;
    struct ocs_mrc_header header = good_header();
    header.cell_x = header.cell_y = header.cell_z = 0;
    header.mx = header.my = header.mz = 0;
    header.alpha = header.beta = header.gamma = NAN;
    write_map(&header, OCS_DTYPE_F32, "no-cell");
}

static void infinite_cell(void **state)
{
    (void)state;
    struct ocs_mrc_header header = good_header();
    header.cell_z = INFINITY;
    header.origin_y = NAN;
    header.origin_x = 5;
    write_map(&header, OCS_DTYPE_F32, "infinite-cell");
}

static void impossible_axes(void **state)
{
    (void)state;
    struct ocs_mrc_header header = good_header();
    header.mapc = 10;
    header.mapr = 11;
    header.maps = 12;
    header.ispg = 1065353216;
    header.nsymbt = 0;
    memcpy(header.exttyp, "\x01\x02\x03\x04", 4);
    write_map(&header, OCS_DTYPE_F32, "impossible-axes");
}

static void one_volume_of_a_stack(void **state)
{
    (void)state;
    struct ocs_mrc_header header = good_header();
    header.ispg = 401;
    header.nz = 2 * header.mz;
    write_map(&header, OCS_DTYPE_F32, "stack");
}

static void labels_with_gaps(void **state)
{
    (void)state;
    struct ocs_mrc_header header = good_header();
    header.nlabl = 1;
    memset(header.labels[2], ' ', OCS_MRC_LABEL_BYTES);
    memcpy(header.labels[4], "fifth", 5);
    memset(header.labels[9], 'x', OCS_MRC_LABEL_BYTES);
    write_map(&header, OCS_DTYPE_F32, "labels");
}

static void labels_all_in_use(void **state)
{
    (void)state;
    struct ocs_mrc_header header = good_header();
    header.nlabl = 10;
    memset(header.labels, 0, sizeof header.labels);
    for (int i = 0; i < OCS_MRC_LABELS; ++i)
        snprintf(header.labels[i], OCS_MRC_LABEL_BYTES, "label %d", i);
    write_map(&header, OCS_DTYPE_F32, "full-labels");
}

static void mrcfile_finds_what_it_should(void **state)
{
    (void)state;
    need_python("mrcfile");
    expect_python("output/check_map.py", "all", all_cases);
}

static bool is_there(const char *name)
{
    char path[128];
    in_folder(path, name);
    return access(path, F_OK) == 0;
}

static void beyond_float16_is_refused(void **state)
{
    (void)state;
    const struct ocs_mrc_header header = good_header();
    const struct ocs_mrc like = parse(&header);
    float *const voxels = make_voxels(&like);
    voxels[1000] = 65520.0f; /* rounds to infinity; 65519 would not */
    struct ocs_map_file *const file = create(&like, OCS_DTYPE_F16);
    draw(file, &like.box, voxels);
    free(voxels);
    struct ocs_statistics statistics = {.max = 65520};
    assert_int_equal(ocs_map_file_finish(file, &statistics, &bench.error), OCS_LIMIT);
    assert_non_null(strstr(bench.error.advice, "f32"));
    ocs_map_file_abandon(file);
    assert_false(is_there("out.mrc"));
}

static void the_largest_float16_fits(void **state)
{
    (void)state;
    const struct ocs_mrc_header header = good_header();
    const struct ocs_mrc like = parse(&header);
    float *const voxels = make_voxels(&like);
    voxels[1000] = 65519.0f;
    voxels[0] = -3e-8f; /* rounds to zero */
    struct ocs_map_file *const file = create(&like, OCS_DTYPE_F16);
    draw(file, &like.box, voxels);
    free(voxels);
    struct ocs_statistics statistics = {.max = 65519};
    assert_int_equal(ocs_map_file_finish(file, &statistics, &bench.error), OCS_OK);
    assert_true(statistics.max == 65504.0);
    ocs_map_file_abandon(file);
}

static void dropped_rows_leave_nothing(void **state)
{
    (void)state;
    const struct ocs_mrc_header header = good_header();
    const struct ocs_mrc like = parse(&header);
    float *const voxels = make_voxels(&like);
    struct ocs_map_file *const file = create(&like, OCS_DTYPE_F32);
    struct ocs_map_pen pen;
    ocs_map_pen_start(&pen, file);
    assert_int_equal(ocs_map_pen_rows(&pen, 3, 2, 1, voxels, &bench.error), OCS_OK);
    ocs_map_pen_end(&pen, false);
    assert_int_equal(ocs_writer_drain(bench.writer, &bench.error), OCS_OK);
    ocs_map_file_abandon(file);
    ocs_map_file_abandon(NULL);
    free(voxels);
    assert_false(is_there("out.mrc"));
}

static void size_is_told_beforehand(void **state)
{
    (void)state;
    struct ocs_mrc like = {.box = {17, 18, 19}};
    assert_int_equal(ocs_map_file_bytes(&like, OCS_DTYPE_F32), 1024 + 4 * 17 * 18 * 19);
    assert_int_equal(ocs_map_file_bytes(&like, OCS_DTYPE_F16), 1024 + 2 * 17 * 18 * 19);
    like.box = (struct ocs_box){INT32_MAX, INT32_MAX, INT32_MAX};
    assert_true(ocs_map_file_bytes(&like, OCS_DTYPE_F32) == UINT64_MAX);
}

int main(void)
{
#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ON_BENCH(cubic),
        ON_BENCH(anisotropic),
        ON_BENCH(permuted_and_skewed),
        ON_BENCH(started),
        ON_BENCH(origin),
        ON_BENCH(halves),
        ON_BENCH(no_cell),
        ON_BENCH(infinite_cell),
        ON_BENCH(impossible_axes),
        ON_BENCH(one_volume_of_a_stack),
        ON_BENCH(labels_with_gaps),
        ON_BENCH(labels_all_in_use),
        ON_BENCH(beyond_float16_is_refused),
        ON_BENCH(the_largest_float16_fits),
        ON_BENCH(dropped_rows_leave_nothing),
        cmocka_unit_test(size_is_told_beforehand),
        cmocka_unit_test(mrcfile_finds_what_it_should),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
