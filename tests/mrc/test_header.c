/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the header of a readable map is taken to say. */
#include "header_bytes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ocs_mrc mrc;
static struct ocs_error error;

static void parse(const unsigned char *header, uint64_t file_bytes)
{
    assert_int_equal(ocs_mrc_parse(header, OCS_MRC_HEADER_BYTES, file_bytes, "x.mrc", &mrc, &error),
                     OCS_OK);
}

static bool machine_is_big(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 0;
}

static void flawless_headers_have_nothing_to_say(void **state)
{
    (void)state;
    for (int big = 0; big < 2; ++big) {
        unsigned char header[OCS_MRC_HEADER_BYTES];
        good_header(header, big);
        parse(header, GOOD_FILE_BYTES);
        assert_int_equal(mrc.findings.count, 0);
        assert_int_equal(mrc.notes.count, 0);
        assert_int_equal(mrc.swapped, big != machine_is_big());
        assert_int_equal(mrc.box.x, 24);
        assert_int_equal(mrc.box.y, 20);
        assert_int_equal(mrc.box.z, 16);
        assert_int_equal(mrc.volumes, 1);
        assert_int_equal(mrc.row_bytes, 24 * 4);
        assert_int_equal(mrc.volume_bytes, GOOD_DATA_BYTES);
        assert_int_equal(mrc.data_offset, 1024);
        assert_int_equal(mrc.expected_bytes, GOOD_FILE_BYTES);
        assert_true(mrc.voxel.x == 2 && mrc.voxel.y == 2 && mrc.voxel.z == 2);
        assert_false(mrc.unsigned_bytes);
        assert_true(mrc.header.dmax == 3 && mrc.header.rms == 0.25F);
    }
}

/* Mode 0 is the same number in both orders, and 2^20 in one is 4096 in the other. */
static void bytes_of_many_columns_are_not_turned_round(void **state)
{
    (void)state;
    static const int32_t sizes[2][3] = {{1 << 20, 1 << 20, 256}, {4096, 4096, 4096}};
    for (int big = 0; big < 2; ++big)
        for (int large = 0; large < 2; ++large) {
            unsigned char header[OCS_MRC_HEADER_BYTES];
            good_header(header, big);
            put_int(header, 4, OCS_MODE_INT8, big);
            for (unsigned i = 0; i < 3; ++i) {
                put_int(header, 1 + i, sizes[large][i], big);
                put_int(header, 8 + i, sizes[large][i], big);
            }
            parse(header, UINT64_MAX);
            assert_int_equal(mrc.swapped, big != machine_is_big());
            assert_int_equal(mrc.box.x, sizes[large][0]);
            assert_int_equal(mrc.box.z, sizes[large][2]);
        }
}

static void starts_origin_and_angles_are_no_departure(void **state)
{
    (void)state;
    unsigned char header[OCS_MRC_HEADER_BYTES];
    good_header(header, false);
    put_int(header, 5, -2, false);
    put_int(header, 23, 0, false);
    put_float(header, 16, 120, false);
    put_float(header, 50, -17.5F, false);
    put_int(header, 8, 72, false);
    parse(header, GOOD_FILE_BYTES);
    assert_int_equal(mrc.findings.count, 0);
    assert_int_equal(mrc.header.nxstart, -2);
    assert_true(mrc.header.origin_x == -17.5F && mrc.header.gamma == 120);
    assert_true(mrc.voxel.x == 48.0 / 72);
}

static void every_axis_order_takes_sizes_along(void **state)
{
    (void)state;
    static const int32_t orders[6][3] = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3},
                                         {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};
    static const float cell[3] = {24, 60, 128};
    for (int i = 0; i < 6; ++i) {
        unsigned char header[OCS_MRC_HEADER_BYTES];
        good_header(header, false);
        for (unsigned axis = 0; axis < 3; ++axis) {
            put_float(header, 11 + axis, cell[axis], false);
            put_int(header, 17 + axis, orders[i][axis], false);
        }
        parse(header, GOOD_FILE_BYTES);
        assert_int_equal(mrc.findings.count, 0);
        /* 24 / 24, 60 / 20, 128 / 16 along x, y, z */
        static const double spatial[3] = {1, 3, 8};
        assert_true(mrc.voxel.x == spatial[orders[i][0] - 1]);
        assert_true(mrc.voxel.y == spatial[orders[i][1] - 1]);
        assert_true(mrc.voxel.z == spatial[orders[i][2] - 1]);
        for (int k = 0; k < 3; ++k)
            assert_int_equal(mrc.axis_of[2 - k], orders[i][k] - 1);
    }
}

static void modes_have_their_row_lengths(void **state)
{
    (void)state;
    static const struct {
        int32_t mode, columns;
        uint64_t row_bytes;
        const char *name;
    } rows[] = {{0, 25, 25, "int8"},    {1, 25, 50, "int16"},    {2, 25, 100, "float32"},
                {6, 25, 50, "uint16"},  {12, 25, 50, "float16"}, {101, 25, 13, "uint4"},
                {101, 24, 12, "uint4"}, {101, 1, 1, "uint4"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i) {
        unsigned char header[OCS_MRC_HEADER_BYTES];
        good_header(header, true);
        put_int(header, 1, rows[i].columns, true);
        put_int(header, 4, rows[i].mode, true);
        put_int(header, 20, 0, true); /* 0 to 3 suits every mode */
        parse(header, 1024 + rows[i].row_bytes * 20 * 16);
        assert_int_equal(mrc.row_bytes, rows[i].row_bytes);
        assert_int_equal(mrc.findings.count, 0);
        assert_string_equal(ocs_mrc_mode_name(rows[i].mode), rows[i].name);
    }
    assert_string_equal(ocs_mrc_mode_name(77), "unknown");
}

static void stacks_are_cut_into_volumes(void **state)
{
    (void)state;
    unsigned char header[OCS_MRC_HEADER_BYTES];
    good_header(header, false);
    put_int(header, 23, 401, false);
    put_int(header, 10, 4, false);
    put_float(header, 13, 8, false);
    parse(header, GOOD_FILE_BYTES);
    assert_int_equal(mrc.findings.count, 0);
    assert_int_equal(mrc.volumes, 4);
    assert_int_equal(mrc.box.z, 4);
    assert_true(mrc.voxel.z == 2);
    assert_int_equal(mrc.volume_bytes, GOOD_DATA_BYTES / 4);
    assert_int_equal(mrc.expected_bytes, GOOD_FILE_BYTES);
    put_int(header, 23, 1, false);
    parse(header, GOOD_FILE_BYTES);
    assert_int_equal(mrc.volumes, 1);
}

static void extended_headers_are_skipped(void **state)
{
    (void)state;
    unsigned char header[OCS_MRC_HEADER_BYTES];
    good_header(header, false);
    put_int(header, 24, 4097, false);
    memcpy(header + 104, "FEI1", 4);
    parse(header, GOOD_FILE_BYTES + 4097);
    assert_int_equal(mrc.findings.count, 0);
    assert_int_equal(mrc.data_offset, 1024 + 4097);
}

static void unsigned_bytes_are_told_from_signed(void **state)
{
    (void)state;
    enum { IMOD = 1146047817 };
    static const struct {
        int32_t stamp, flags;
        bool identifier;
        float low, high;
        bool is_unsigned;
    } cases[] = {
        {IMOD, 0, true, 0, 100, true},   {IMOD, 1, true, -20, 100, false},
        {IMOD, 4, true, 0, 100, true},   {IMOD + 1, 0, true, 0, 100, false},
        {0, 0, false, 141, 163, true},   {0, 0, false, 0, 127, false},
        {0, 0, false, -1, 163, false},   {0, 0, false, 0, 256, false},
        {0, 0, true, 141, 163, false},   {0, 0, false, 0, NAN, false},
        {IMOD, 1, false, 0, 200, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        for (int big = 0; big < 2; ++big) {
            unsigned char header[OCS_MRC_HEADER_BYTES];
            good_header(header, big);
            put_int(header, 4, 0, big);
            put_int(header, 39, cases[i].stamp, big);
            put_int(header, 40, cases[i].flags, big);
            put_float(header, 20, cases[i].low, big);
            put_float(header, 21, cases[i].high, big);
            if (!cases[i].identifier)
                memset(header + 208, 0, 4);
            parse(header, 1024 + 24 * 20 * 16);
            assert_int_equal(mrc.unsigned_bytes, cases[i].is_unsigned);
        }
    }
}

static void packed_headers_read_back(void **state)
{
    (void)state;
    for (int big = 0; big < 2; ++big) {
        unsigned char header[OCS_MRC_HEADER_BYTES], little[OCS_MRC_HEADER_BYTES],
            packed[OCS_MRC_HEADER_BYTES];
        good_header(header, big);
        good_header(little, false);
        for (unsigned word = 5; word <= 7; ++word) {
            put_int(header, word, -(int32_t)word, big);
            put_int(little, word, -(int32_t)word, false);
        }
        memcpy(header + 104, "CCP4", 4);
        memcpy(little + 104, "CCP4", 4);
        parse(header, GOOD_FILE_BYTES);
        ocs_mrc_pack(&mrc.header, packed);
        assert_memory_equal(packed, little, sizeof little);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flawless_headers_have_nothing_to_say),
        cmocka_unit_test(bytes_of_many_columns_are_not_turned_round),
        cmocka_unit_test(starts_origin_and_angles_are_no_departure),
        cmocka_unit_test(every_axis_order_takes_sizes_along),
        cmocka_unit_test(modes_have_their_row_lengths),
        cmocka_unit_test(stacks_are_cut_into_volumes),
        cmocka_unit_test(extended_headers_are_skipped),
        cmocka_unit_test(unsigned_bytes_are_told_from_signed),
        cmocka_unit_test(packed_headers_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
