/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of maps in every mode, byte order and way of reading against voxels decoded one by one;
 * stacks; what cannot be opened. */

#include "io/io_fixture.h"
#include "mrc/header_bytes.h"

#include "loop.h"
#include "map.h"
#include "reader.h"
#include "row_desk.h"

#include <math.h>

enum { NZ = 16, NY = 20, NX = 24, VOXELS = NZ * NY * NX }; /* those of good_header */

static uint64_t voxel_bytes(int32_t mode)
{
    return mode == OCS_MODE_INT8 ? 1 : mode == OCS_MODE_FLOAT32 ? 4 : 2;
}

/* Every bit of half precision by its meaning. */
static double half_value(unsigned bits)
{
    const int exponent = (int)(bits >> 10 & 31);
    const double fraction = bits & 1023;
    const double size =
        exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -size : size;
}

/* The voxel that `bytes` (in file order) stand for. */
static double decoded(const unsigned char *bytes, int32_t mode, bool big)
{
    const uint64_t n = voxel_bytes(mode);
    uint32_t bits = 0;
    for (uint64_t i = 0; i < n; ++i)
        bits |= (uint32_t)bytes[big ? n - 1 - i : i] << (8 * i);
    float number;
    memcpy(&number, &bits, sizeof number);
    switch (mode) {
    case OCS_MODE_INT8:
        return bits < 128 ? bits : (double)bits - 256;
    case OCS_MODE_INT16:
        return bits < 32768 ? bits : (double)bits - 65536;
    case OCS_MODE_UINT16:
        return bits;
    case OCS_MODE_FLOAT16:
        return half_value(bits);
    default:
        return (double)number;
    }
}

/* Random bytes that make no NaN or infinity. */
static void fill_data(unsigned char *data, uint64_t voxels, int32_t mode, bool big)
{
    const uint64_t n = voxel_bytes(mode);
    for (uint64_t i = 0; i < voxels * n; ++i)
        data[i] = byte_at(i + (uint64_t)mode);
    if (mode == OCS_MODE_FLOAT32 || mode == OCS_MODE_FLOAT16)
        for (uint64_t i = 0; i < voxels; ++i)
            data[i * n + (big ? 0 : n - 1)] &= 0xbb; /* an exponent that is not all ones */
}

struct open_map {
    struct ocs_map *map;
    struct ocs_loop *loop;
    struct ocs_budget *budget;
    struct ocs_reading reading;
    struct ocs_volume volume;
    unsigned char *data; /* of the chosen volume, as in the file                          */
    unsigned char *file;
};

static struct open_map open_made(struct fixture *fixture, int32_t mode, bool big,
                                 enum ocs_io_mode io, uint64_t volumes, uint64_t volume)
{
    struct open_map open = {0};
    const struct fixture_path path = in_dir(fixture, "map.mrc");
    const uint64_t bytes = voxel_bytes(mode) * VOXELS * volumes;
    open.file = malloc(1024 + bytes);
    good_header(open.file, big);
    put_int(open.file, 4, mode, big);
    if (volumes > 1) {
        put_int(open.file, 3, (int32_t)(NZ * volumes), big);
        put_int(open.file, 23, 401, big);
    }
    fill_data(open.file + 1024, VOXELS * volumes, mode, big);
    open.data = open.file + 1024 + voxel_bytes(mode) * VOXELS * (volume ? volume - 1 : 0);
    FILE *const file = fopen(path.text, "wb");
    assert_int_equal(fwrite(open.file, 1, 1024 + bytes, file), 1024 + bytes);
    fclose(file);
    const struct ocs_map_spec spec = {.level = OCS_LEVEL_AUTO,
                                      .path = path.text,
                                      .io = io,
                                      .volume = volume,
                                      .max_voxels = VOXELS};
    if (ocs_map_open(&spec, &open.map, &fixture->error) != OCS_OK)
        assert_says(&fixture->error, "no error");
    assert_int_equal(ocs_loop_create(&open.loop, &fixture->error), OCS_OK);
    assert_int_equal(ocs_budget_create(1 << 26, &open.budget, &fixture->error), OCS_OK);
    open.reading = (struct ocs_reading){.loop = open.loop,
                                        .budget = open.budget,
                                        .simd = ocs_simd_best(),
                                        .chunk_bytes = 700,
                                        .depth = 3};
    open.volume = (struct ocs_volume){.box = {NZ, NY, NX}, .map = open.map};
    return open;
}

static void close_made(struct open_map *open)
{
    assert_int_equal(ocs_budget_in_use(open->budget), 0);
    ocs_loop_destroy(open->loop);
    ocs_budget_destroy(open->budget);
    ocs_map_close(open->map);
    free(open->file);
}

static void assert_rows(const struct open_map *open, int32_t mode, bool big, uint64_t z, uint64_t y,
                        uint64_t rows, const float *got)
{
    for (uint64_t i = 0; i < rows * NX; ++i) {
        const uint64_t at = (z * NY + y) * NX + i;
        assert_true((double)got[i] == decoded(open->data + at * voxel_bytes(mode), mode, big));
    }
}

/* A part of the box, a few rows at a time; then rows here and there. */
static void read_part(struct fixture *fixture, struct open_map *open, int32_t mode, bool big,
                      const struct ocs_part *part, uint64_t at_once)
{
    struct ocs_reader *reader = NULL;
    float rows[NY * NX];
    assert_true(ocs_reader_need(&open->reading, &open->volume) > 0);
    assert_int_equal(ocs_reader_open(&open->reading, &open->volume, part, &reader, &fixture->error),
                     OCS_OK);
    /* desks of parts before this one count too */
    assert_true(ocs_budget_high_water(open->budget) <=
                ocs_reader_need(&open->reading, &open->volume) +
                    ocs_row_desk_need(&open->volume, 3));
    for (uint64_t z = part->z0; z < part->z1; ++z)
        for (uint64_t y = part->y0; y < part->y1; y += at_once) {
            const uint64_t n = y + at_once < part->y1 ? at_once : part->y1 - y;
            assert_int_equal(ocs_reader_rows(reader, n, rows, &fixture->error), OCS_OK);
            assert_rows(open, mode, big, z, y, n, rows);
        }
    assert_int_equal(ocs_reader_check(reader, &fixture->error), OCS_OK);
    ocs_reader_close(reader);
    struct ocs_row_desk *desk = NULL;
    assert_int_equal(ocs_row_desk_open(open->budget, &open->volume, open->reading.simd, 3, &desk,
                                       &fixture->error),
                     OCS_OK);
    assert_int_equal(ocs_row_desk_read(desk, part->z0, 7, 3, rows, &fixture->error), OCS_OK);
    ocs_row_desk_close(desk);
    assert_rows(open, mode, big, part->z0, 7, 3, rows);
}

static void every_mode_order_and_way(void **state)
{
    struct fixture *const fixture = *state;
    const int32_t modes[] = {OCS_MODE_INT8, OCS_MODE_INT16, OCS_MODE_FLOAT32, OCS_MODE_UINT16,
                             OCS_MODE_FLOAT16};
    const enum ocs_io_mode ways[] = {OCS_IO_AUTO, OCS_IO_READ, OCS_IO_MMAP};
    const struct ocs_part parts[] = {{0, NZ, 0, NY}, {3, 9, 5, 12}, {NZ - 1, NZ, NY - 1, NY}};
    for (size_t m = 0; m < sizeof modes / sizeof *modes; ++m)
        for (int big = 0; big < 2; ++big)
            for (size_t w = 0; w < sizeof ways / sizeof *ways; ++w) {
                struct open_map open = open_made(fixture, modes[m], big, ways[w], 1, 0);
                for (size_t p = 0; p < sizeof parts / sizeof *parts; ++p)
                    read_part(fixture, &open, modes[m], big, &parts[p], 1 + 3 * p);
                close_made(&open);
            }
}

static void one_volume_of_a_stack(void **state)
{
    struct fixture *const fixture = *state;
    for (uint64_t volume = 1; volume <= 3; ++volume) {
        struct open_map open = open_made(fixture, OCS_MODE_INT16, true, OCS_IO_AUTO, 3, volume);
        assert_int_equal(ocs_map_volume(open.map), volume);
        const struct ocs_part part = {0, NZ, 0, NY};
        read_part(fixture, &open, OCS_MODE_INT16, true, &part, 4);
        close_made(&open);
    }
    const struct fixture_path path = in_dir(fixture, "map.mrc");
    struct ocs_map_spec spec = {.path = path.text, .max_voxels = VOXELS, .level = OCS_LEVEL_AUTO};
    struct ocs_map *map = NULL;
    assert_int_equal(ocs_map_open(&spec, &map, &fixture->error), OCS_USAGE);
    assert_says(&fixture->error, "stack of 3 volumes");
    spec.volume = 4;
    assert_int_equal(ocs_map_open(&spec, &map, &fixture->error), OCS_USAGE);
    assert_says(&fixture->error, "no volume 4");
    spec.volume = 2;
    spec.max_voxels = VOXELS - 1; /* of one volume */
    assert_int_equal(ocs_map_open(&spec, &map, &fixture->error), OCS_LIMIT);
    assert_says(&fixture->error, "--max-voxels");
    assert_null(map);
}

static void what_is_no_map(void **state)
{
    struct fixture *const fixture = *state;
    const struct fixture_path path = in_dir(fixture, "map.mrc");
    const struct ocs_map_spec spec = {
        .path = path.text, .max_voxels = VOXELS, .level = OCS_LEVEL_AUTO};
    struct ocs_map *map = NULL;
    assert_int_equal(ocs_map_open(&spec, &map, &fixture->error), OCS_IO);
    const uint64_t sizes[] = {0, 1, 1023, 5000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        make_file(path.text, sizes[i]);
        assert_int_equal(ocs_map_open(&spec, &map, &fixture->error), OCS_BAD_INPUT);
    }
    assert_null(map);
}

/* NaN and infinities as they are, or as 0 when asked for. */
static void nonfinite_voxels(void **state)
{
    struct fixture *const fixture = *state;
    struct open_map open = open_made(fixture, OCS_MODE_FLOAT32, false, OCS_IO_READ, 1, 0);
    const float odd[3] = {NAN, INFINITY, -INFINITY};
    FILE *const file = fopen(in_dir(fixture, "map.mrc").text, "r+b");
    assert_int_equal(fseek(file, 1024 + 4 * 5, SEEK_SET), 0);
    assert_int_equal(fwrite(odd, sizeof *odd, 3, file), 3);
    fclose(file);
    float row[NX];
    for (int zero = 0; zero < 2; ++zero) {
        struct ocs_row_desk *desk = NULL;
        open.volume.zero_nonfinite = zero;
        assert_int_equal(ocs_row_desk_open(open.budget, &open.volume, ocs_simd_best(), 1, &desk,
                                           &fixture->error),
                         OCS_OK);
        assert_int_equal(ocs_row_desk_read(desk, 0, 0, 1, row, &fixture->error), OCS_OK);
        ocs_row_desk_close(desk);
        assert_true(zero ? row[5] == 0 : isnan(row[5]));
        assert_true(row[6] == (zero ? 0 : INFINITY) && row[7] == (zero ? 0 : -INFINITY));
        assert_true((double)row[8] == decoded(open.data + 4 * 8, OCS_MODE_FLOAT32, false));
    }
    close_made(&open);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_mode_order_and_way),
        TEST(one_volume_of_a_stack),
        TEST(what_is_no_map),
        TEST(nonfinite_voxels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
