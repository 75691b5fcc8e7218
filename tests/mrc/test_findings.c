/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every departure is named, once, and nothing else is. */
#include "header_bytes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ocs_mrc mrc;
static struct ocs_error error;

/* One or two words changed in a flawless header; word 0 changes nothing. */
struct departure {
    const char *code;
    struct {
        unsigned word;
        int32_t value;
    } integer[2];
    struct {
        unsigned word;
        float value;
    } real;
};

static const struct departure departures[] = {
    {"map_id", {{53, 0}}, {0}},
    {"machine_stamp", {{54, 0}}, {0}},
    {"machine_stamp", {{54, 0x12345678}}, {0}},
    {"cell", {{8, 0}}, {0}},
    {"cell", {{9, -20}}, {0}},
    {"cell", {{10, INT32_MIN}}, {0}},
    {"cell", {{0}}, {11, 0}},
    {"cell", {{0}}, {12, -40}},
    {"cell", {{0}}, {13, INFINITY}},
    {"cell", {{0}}, {13, NAN}},
    {"axes", {{17, 2}}, {0}},
    {"axes", {{18, 0}}, {0}},
    {"axes", {{19, INT32_MIN}}, {0}},
    {"axes", {{17, 33}}, {0}},
    {"ispg", {{23, -1}}, {0}},
    {"ispg", {{23, 231}}, {0}},
    {"ispg", {{23, 400}}, {0}},
    {"ispg", {{23, 631}}, {0}},
    {"ispg", {{23, 1065353216}}, {0}},
    {"volume_stack", {{23, 401}, {10, 5}}, {0}},
    {"volume_stack", {{23, 630}, {10, 32}}, {0}},
    {"exttyp", {{24, 80}, {27, 0x41424344}}, {0}},
    {"exttyp", {{24, 100}}, {0}},
    {"nversion", {{28, 20130}}, {0}},
    {"nversion", {{28, -5}}, {0}},
    {"nlabl", {{56, 0}}, {0}},
    {"nlabl", {{56, 2}}, {0}},
    {"nlabl", {{56, 11}}, {0}},
    {"nlabl", {{56, -1}}, {0}},
    {"statistics", {{0}}, {20, NAN}},
    {"statistics", {{0}}, {22, 3.5F}},
    {"statistics", {{0}}, {55, INFINITY}},
};

static uint64_t apply(const struct departure *departure, unsigned char *header, bool big)
{
    good_header(header, big);
    uint64_t extended = 0;
    for (int i = 0; i < 2; ++i) {
        if (departure->integer[i].word == 0)
            continue;
        put_int(header, departure->integer[i].word, departure->integer[i].value, big);
        if (departure->integer[i].word == 24)
            extended = (uint64_t)departure->integer[i].value;
    }
    if (departure->real.word != 0)
        put_float(header, departure->real.word, departure->real.value, big);
    return GOOD_FILE_BYTES + extended;
}

static void each_departure_is_the_only_finding(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof departures / sizeof departures[0]; ++i) {
        for (int big = 0; big < 2; ++big) {
            unsigned char header[OCS_MRC_HEADER_BYTES];
            const uint64_t file_bytes = apply(&departures[i], header, big);
            assert_int_equal(ocs_mrc_parse(header, sizeof header, file_bytes, "", &mrc, &error),
                             OCS_OK);
            assert_int_equal(mrc.findings.count, 1);
            assert_string_equal(mrc.findings.item[0].code, departures[i].code);
            assert_true(strlen(mrc.findings.item[0].text) > 10);
            assert_int_equal(mrc.notes.count, 0);
        }
    }
}

static void bad_cells_mean_one_angstrom(void **state)
{
    (void)state;
    unsigned char header[OCS_MRC_HEADER_BYTES];
    good_header(header, false);
    put_int(header, 8, 0, false);
    put_float(header, 12, INFINITY, false);
    put_float(header, 13, -0.0F, false);
    put_int(header, 17, 10, false);
    assert_int_equal(ocs_mrc_parse(header, 1024, GOOD_FILE_BYTES, "", &mrc, &error), OCS_OK);
    assert_true(mrc.voxel.x == 1 && mrc.voxel.y == 1 && mrc.voxel.z == 1);
    assert_int_equal(mrc.axis_of[0], 2);
    assert_int_equal(mrc.axis_of[1], 1);
    assert_int_equal(mrc.axis_of[2], 0);
    assert_int_equal(mrc.findings.count, 4);
}

static void old_habits_are_notes(void **state)
{
    (void)state;
    static const struct departure habits[] = {
        {"nversion", {{28, 0}}, {0}},
        {"exttyp", {{24, 160}}, {0}},
    };
    for (size_t i = 0; i < sizeof habits / sizeof habits[0]; ++i) {
        unsigned char header[OCS_MRC_HEADER_BYTES];
        const uint64_t file_bytes = apply(&habits[i], header, true);
        assert_int_equal(ocs_mrc_parse(header, 1024, file_bytes, "", &mrc, &error), OCS_OK);
        assert_int_equal(mrc.findings.count, 0);
        assert_int_equal(mrc.notes.count, 1);
        assert_string_equal(mrc.notes.item[0].code, habits[i].code);
    }
    unsigned char header[OCS_MRC_HEADER_BYTES];
    good_header(header, true);
    memset(header + 224, ' ', 800);
    assert_int_equal(ocs_mrc_parse(header, 1024, GOOD_FILE_BYTES, "", &mrc, &error), OCS_OK);
    assert_int_equal(mrc.findings.count, 0);
    assert_int_equal(mrc.notes.count, 1);
}

static void labels_with_a_gap_are_found(void **state)
{
    (void)state;
    unsigned char header[OCS_MRC_HEADER_BYTES];
    good_header(header, false);
    memcpy(header + 224 + 160, "third", 5);
    put_int(header, 56, 2, false);
    assert_int_equal(ocs_mrc_parse(header, 1024, GOOD_FILE_BYTES, "", &mrc, &error), OCS_OK);
    assert_int_equal(mrc.findings.count, 1);
    assert_string_equal(mrc.findings.item[0].code, "label_order");
}

/* The stamp is only believed where numbers read the same both ways. */
static void dimensions_decide_the_byte_order(void **state)
{
    (void)state;
    for (int big = 0; big < 2; ++big) {
        for (int32_t mode = 0; mode <= 2; mode += 2) {
            unsigned char header[OCS_MRC_HEADER_BYTES];
            good_header(header, big);
            put_int(header, 4, mode, big);
            put_int(header, 20, 0, big);
            put_int(header, 54, big ? 0x44440000 : 0x1111, big);
            const uint64_t bytes = 1024 + 24 * 20 * 16 * (mode == 2 ? 4 : 1);
            assert_int_equal(ocs_mrc_parse(header, 1024, bytes, "", &mrc, &error), OCS_OK);
            assert_int_equal(mrc.box.x, 24);
            assert_int_equal(mrc.findings.count, 1);
            assert_string_equal(mrc.findings.item[0].code, "byte_order");
        }
        unsigned char header[OCS_MRC_HEADER_BYTES];
        good_header(header, big);
        put_int(header, 4, 0, big);
        for (unsigned word = 1; word <= 3; ++word)
            put_int(header, word, 0x00010100, big);
        assert_int_equal(ocs_mrc_parse(header, 1024, UINT64_MAX, "", &mrc, &error), OCS_OK);
        assert_true(mrc.header.nversion == 20141);
    }
}

static void stored_ranges_must_suit_the_mode(void **state)
{
    (void)state;
    static const struct {
        int32_t mode;
        float low, high;
        unsigned findings;
    } cases[] = {
        {0, -0.5F, 3, 1},      {0, -128, 127, 0}, {0, -0.5F, 0.9F, 1},  {0, -129, 5, 1},
        {1, -32768, 32767, 0}, {1, 0, 32768, 1},  {6, 0, 65535, 0},     {6, -1, 5, 1},
        {101, 0, 15, 0},       {101, 0, 16, 1},   {12, -0.5F, 0.9F, 0}, {0, 0.5F, 0.5F, 0},
        {0, 0, -0.5F, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        unsigned char header[OCS_MRC_HEADER_BYTES];
        good_header(header, false);
        put_int(header, 4, cases[i].mode, false);
        put_float(header, 20, cases[i].low, false);
        put_float(header, 21, cases[i].high, false);
        put_float(header, 22, cases[i].low, false);
        assert_int_equal(ocs_mrc_parse(header, 1024, UINT64_MAX, "", &mrc, &error), OCS_OK);
        assert_int_equal(mrc.findings.count, cases[i].findings);
    }
}

static unsigned statistics_findings(int32_t mode, double min, double max, double mean, double rms)
{
    unsigned char header[OCS_MRC_HEADER_BYTES];
    good_header(header, false); /* -1, 3, mean 0.5, rms 0.25 */
    put_int(header, 4, mode, false);
    assert_int_equal(ocs_mrc_parse(header, 1024, UINT64_MAX, "", &mrc, &error), OCS_OK);
    ocs_mrc_check_statistics(&mrc, min, max, mean, rms);
    return mrc.findings.count;
}

static void wrong_statistics_are_found(void **state)
{
    (void)state;
    assert_int_equal(statistics_findings(2, -1, 3, 0.5, 0.25), 0);
    assert_int_equal(statistics_findings(2, -1, 3, 0.5049, 0.2524), 0);
    assert_int_equal(statistics_findings(2, -1.000001, 3, 0.5, 0.25), 1);
    assert_int_equal(statistics_findings(2, -1, 3.000001, 0.5, 0.25), 1);
    assert_int_equal(statistics_findings(2, -1, 3, 0.51, 0.25), 1);
    assert_int_equal(statistics_findings(2, -1, 3, 0.5, 0.255), 1);
    assert_int_equal(statistics_findings(2, 0, 1, 0, 1), 4);
    /* half precision moves an extreme by up to half a step */
    assert_int_equal(statistics_findings(12, -1.0004, 2.999, 0.5, 0.25), 0);
    assert_int_equal(statistics_findings(12, -1.0006, 3, 0.5, 0.25), 1);
    /* nothing finite to compare with */
    assert_int_equal(statistics_findings(2, NAN, NAN, NAN, NAN), 0);
}

static void undetermined_statistics_are_fine(void **state)
{
    (void)state;
    unsigned char header[OCS_MRC_HEADER_BYTES];
    good_header(header, false);
    put_float(header, 20, 0, false);
    put_float(header, 21, -1, false);
    put_float(header, 22, -2, false);
    put_float(header, 55, -1, false);
    assert_int_equal(ocs_mrc_parse(header, 1024, UINT64_MAX, "", &mrc, &error), OCS_OK);
    ocs_mrc_check_statistics(&mrc, -100, 100, 50, 10);
    assert_int_equal(mrc.findings.count, 0);
    assert_int_equal(mrc.notes.count, 0);
}

static void text_from_the_file_cannot_move_the_cursor(void **state)
{
    (void)state;
    unsigned char header[OCS_MRC_HEADER_BYTES];
    good_header(header, false);
    memcpy(header + 208, "\x1b[2J", 4);
    assert_int_equal(ocs_mrc_parse(header, 1024, GOOD_FILE_BYTES, "", &mrc, &error), OCS_OK);
    assert_int_equal(mrc.findings.count, 1);
    assert_null(strchr(mrc.findings.item[0].text, 0x1b));
    assert_non_null(strstr(mrc.findings.item[0].text, "?[2J"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_departure_is_the_only_finding),
        cmocka_unit_test(bad_cells_mean_one_angstrom),
        cmocka_unit_test(old_habits_are_notes),
        cmocka_unit_test(labels_with_a_gap_are_found),
        cmocka_unit_test(dimensions_decide_the_byte_order),
        cmocka_unit_test(stored_ranges_must_suit_the_mode),
        cmocka_unit_test(wrong_statistics_are_found),
        cmocka_unit_test(undetermined_statistics_are_fine),
        cmocka_unit_test(text_from_the_file_cannot_move_the_cursor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
