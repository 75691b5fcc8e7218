/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is not a readable map is refused, saying why; nothing crashes. */
#include "header_bytes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* Wide enough for any product of three dimensions. */
__extension__ typedef unsigned __int128 wide;

static struct ocs_mrc mrc;
static struct ocs_error error;

static void assert_refused(const unsigned char *bytes, uint64_t bytes_len, uint64_t file_bytes,
                           const char *reason)
{
    assert_int_equal(ocs_mrc_parse(bytes, bytes_len, file_bytes, "x.mrc", &mrc, &error),
                     OCS_BAD_INPUT);
    assert_int_equal(error.status, OCS_BAD_INPUT);
    assert_string_equal(error.path, "x.mrc");
    if (!strstr(error.what, reason))
        fail_msg("\"%s\" does not say \"%s\"", error.what, reason);
}

static void unreadable_headers_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        unsigned word;
        int32_t value;
        const char *reason;
    } cases[] = {
        {4, 3, "mode 3 (complex int16)"},
        {4, 4, "mode 4 (complex float32)"},
        {4, 5, "mode 5 is unknown"},
        {4, 999, "mode 999 is unknown"},
        {4, -1, "mode -1 is unknown"},
        {1, 0, "0 x 20 x 16"},
        {2, -20, "24 x -20 x 16"},
        {3, INT32_MIN, "24 x 20 x -2147483648"},
        {24, -1, "NSYMBT, is -1"},
        {24, INT32_MIN, "NSYMBT, is -2147483648"},
        {24, INT32_MAX, "declares 2147515391 bytes, the file has 31744"},
        {3, 17, "declares 33664 bytes, the file has 31744"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        for (int big = 0; big < 2; ++big) {
            unsigned char header[OCS_MRC_HEADER_BYTES];
            good_header(header, big);
            put_int(header, cases[i].word, cases[i].value, big);
            assert_refused(header, sizeof header, GOOD_FILE_BYTES, cases[i].reason);
        }
    }
}

static void dimensions_beyond_64_bits_are_refused(void **state)
{
    (void)state;
    unsigned char header[OCS_MRC_HEADER_BYTES];
    good_header(header, false);
    for (unsigned word = 1; word <= 3; ++word)
        put_int(header, word, INT32_MAX, false);
    assert_refused(header, sizeof header, GOOD_FILE_BYTES, "2147483647 x 2147483647 x 2147483647");
    assert_refused(header, sizeof header, UINT64_MAX, "more than any file can hold");
    /* 2^63 bytes and a header: more than a file offset can say */
    put_int(header, 1, 1 << 30, false);
    put_int(header, 2, 1 << 30, false);
    put_int(header, 3, 2, false);
    assert_refused(header, sizeof header, UINT64_MAX, "more than any file can hold");
    /* products must not wrap at 32 bits either */
    put_int(header, 1, 1 << 16, false);
    put_int(header, 2, 1 << 14, false);
    put_int(header, 3, 1, false);
    assert_refused(header, sizeof header, GOOD_FILE_BYTES, "declares 4294968320 bytes");
    put_int(header, 1, 1 << 16, false);
    put_int(header, 2, 1 << 16, false);
    assert_refused(header, sizeof header, GOOD_FILE_BYTES, "declares 17179870208 bytes");
}

static void short_files_are_refused(void **state)
{
    (void)state;
    unsigned char header[OCS_MRC_HEADER_BYTES];
    good_header(header, false);
    assert_refused(header, 0, 0, "empty");
    for (uint64_t length = 1; length < 1024; ++length)
        assert_refused(header, length, length, "the file only");
    assert_refused(header, 1024, 1024, "declares 31744 bytes, the file has 1024");
    assert_refused(header, 1024, GOOD_FILE_BYTES - 1, "declares 31744 bytes, the file has 31743");
}

static void long_files_are_read_with_a_finding(void **state)
{
    (void)state;
    unsigned char header[OCS_MRC_HEADER_BYTES];
    good_header(header, false);
    assert_int_equal(ocs_mrc_parse(header, 1024, GOOD_FILE_BYTES + 3, "", &mrc, &error), OCS_OK);
    assert_int_equal(mrc.findings.count, 1);
    assert_string_equal(mrc.findings.item[0].code, "file_size");
    assert_non_null(strstr(mrc.findings.item[0].text, "31747"));
    assert_non_null(strstr(mrc.findings.item[0].text, "31744"));
    /* a pipe: nothing is known */
    assert_int_equal(ocs_mrc_parse(header, 1024, UINT64_MAX, "", &mrc, &error), OCS_OK);
    assert_int_equal(mrc.findings.count, 0);
}

static void compressed_files_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        unsigned char mark[6];
        uint64_t length;
        const char *name;
    } marks[] = {{{0x1f, 0x8b, 8}, 3, "gzip"},
                 {{'B', 'Z', 'h'}, 3, "bzip2"},
                 {{0xfd, '7', 'z', 'X', 'Z', 0}, 6, "xz"},
                 {{0x28, 0xb5, 0x2f, 0xfd}, 4, "zstd"}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; ++i) {
        unsigned char bytes[2048] = {0};
        memcpy(bytes, marks[i].mark, marks[i].length);
        assert_refused(bytes, 1024, 2048, marks[i].name);
        assert_refused(bytes, marks[i].length, marks[i].length, marks[i].name);
    }
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void assert_consistent(uint64_t file_bytes)
{
    assert_true(mrc.box.x > 0 && mrc.box.y > 0 && mrc.box.z > 0 && mrc.volumes > 0);
    const wide volume = (wide)mrc.row_bytes * mrc.box.y * mrc.box.z;
    assert_true(volume == mrc.volume_bytes);
    assert_true(volume * mrc.volumes + mrc.data_offset == mrc.expected_bytes);
    assert_true(mrc.expected_bytes <= file_bytes && mrc.volume_bytes <= file_bytes);
    assert_true(isfinite(mrc.voxel.x) && mrc.voxel.x > 0);
    assert_true(isfinite(mrc.voxel.y) && mrc.voxel.y > 0);
    assert_true(isfinite(mrc.voxel.z) && mrc.voxel.z > 0);
    assert_int_equal(1U << mrc.axis_of[0] | 1U << mrc.axis_of[1] | 1U << mrc.axis_of[2], 7);
    assert_true(mrc.findings.count < OCS_FINDINGS_MAX);
}

static void random_bytes_never_crash(void **state)
{
    (void)state;
    uint64_t seed = 20141, read = 0;
    for (int round = 0; round < 100000; ++round) {
        unsigned char header[OCS_MRC_HEADER_BYTES];
        good_header(header, round & 1);
        const uint64_t changes = round % 4 == 0 ? 200 : next_random(&seed) % 8;
        for (uint64_t i = 0; i < changes; ++i)
            header[next_random(&seed) % 256] = (unsigned char)next_random(&seed);
        const uint64_t file_bytes = round % 3 == 0 ? next_random(&seed) >> 24 : 1 << 20;
        if (ocs_mrc_parse(header, 1024, file_bytes, "", &mrc, &error) == OCS_OK) {
            assert_consistent(file_bytes);
            ++read;
        } else {
            assert_int_equal(error.status, OCS_BAD_INPUT);
            assert_true(error.what[0] != '\0');
        }
    }
    assert_true(read > 1000 && read < 90000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unreadable_headers_are_refused_by_name),
        cmocka_unit_test(dimensions_beyond_64_bits_are_refused),
        cmocka_unit_test(short_files_are_refused),
        cmocka_unit_test(long_files_are_read_with_a_finding),
        cmocka_unit_test(compressed_files_are_refused_by_name),
        cmocka_unit_test(random_bytes_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
