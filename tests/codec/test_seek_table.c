/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seek tables: as the format's description has them, as the zstd program takes them, and what is
 * made of those that lie. */
#include "little_endian.h"
#include "seek_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

static struct ocs_budget *budget;
static struct ocs_error error;

static int make_budget(void **state)
{
    (void)state;
    return (int)ocs_budget_create(1 << 20, &budget, &error);
}

static int destroy_budget(void **state)
{
    (void)state;
    ocs_budget_destroy(budget);
    return 0;
}

/* Three frames of 20, 8 and 300 bytes that hold 100, 0 and 70000, with checksums, written down by
 * hand from the description of the format. */
static const unsigned char by_hand[] = {
    0x5e, 0x2a, 0x4d, 0x18, 45,   0,    0,    0, /* skippable frame              */
    20,   0,    0,    0,    100,  0,    0,    0,    1,
    2,    3,    4, /* sizes, checksum              */
    8,    0,    0,    0,    0,    0,    0,    0,    5,
    6,    7,    8, /* an empty frame               */
    0x2c, 1,    0,    0,    0x70, 0x11, 1,    0,    9,
    9,    9,    9,                                        /* a larger one                 */
    3,    0,    0,    0,    0x80, 0xb1, 0xea, 0x92, 0x8f, /* frames, descriptor, magic    */
};
enum { BY_HAND = sizeof by_hand, FRAMES_BYTES = 328, FILE_BYTES = FRAMES_BYTES + BY_HAND };

static bool place_of(const unsigned char *bytes, uint64_t count, uint64_t file_bytes,
                     struct ocs_seek_place *place)
{
    return ocs_seek_place_read(bytes + count - OCS_SEEK_FOOTER_BYTES, file_bytes, place);
}

static void test_a_table_written_by_hand(void **state)
{
    (void)state;
    struct ocs_seek_place place;
    assert_true(place_of(by_hand, BY_HAND, FILE_BYTES, &place));
    assert_int_equal(place.frames, 3);
    assert_true(place.checksums);
    assert_int_equal(place.offset, FRAMES_BYTES);
    assert_int_equal(place.bytes, BY_HAND);
    struct ocs_seek_table table;
    assert_int_equal(ocs_seek_table_read(budget, &place, by_hand, "there", &table, &error), OCS_OK);
    assert_true(ocs_budget_in_use(budget) <= ocs_seek_table_need(&place));
    static const uint64_t packed[] = {0, 20, 28, 328}, plain[] = {0, 100, 100, 70100};
    assert_memory_equal(table.packed_at, packed, sizeof packed);
    assert_memory_equal(table.plain_at, plain, sizeof plain);
    assert_int_equal(table.largest_packed, 300);
    assert_int_equal(table.largest_plain, 70000);
    assert_int_equal(ocs_seek_table_find(&table, 0), 0);
    assert_int_equal(ocs_seek_table_find(&table, 99), 0);
    assert_int_equal(ocs_seek_table_find(&table, 100), 2);
    assert_int_equal(ocs_seek_table_find(&table, 70099), 2);
    ocs_seek_table_free(budget, &table);
    assert_int_equal(ocs_budget_in_use(budget), 0);
}

/* Seventeen bytes that speak of half a billion frames: nothing is allocated for them. */
static void test_a_short_file_cannot_claim_many_frames(void **state)
{
    (void)state;
    unsigned char file[17] = {0x5e, 0x2a, 0x4d, 0x18, 9};
    struct ocs_seek_place place;
    for (unsigned bit = 0; bit < 32; ++bit) {
        ocs_put_u32(file + 8, UINT32_C(1) << bit);
        file[12] = (unsigned char)(bit % 2 ? 0x80 : 0);
        ocs_put_u32(file + 13, 0x8F92EAB1);
        assert_false(place_of(file, sizeof file, sizeof file, &place));
    }
    ocs_put_u32(file + 8, 0x20000000);
    assert_false(place_of(file, sizeof file, UINT64_MAX, &place)); /* more than the format allows */
    ocs_put_u32(file + 8, 0x8000000);
    assert_true(place_of(file, sizeof file, UINT64_MAX, &place));
    assert_false(place_of(file, sizeof file, 17 + 0x8000000 * UINT64_C(16) - 1, &place));
}

/* Any other byte makes it no footer, or the table wrong. */
static void test_every_wrong_byte_of_the_frame_is_found(void **state)
{
    (void)state;
    unsigned char bytes[BY_HAND];
    for (size_t at = 0; at < BY_HAND; ++at) {
        struct ocs_seek_place place;
        struct ocs_seek_table table;
        const bool is_plain_size = at >= 8 && at < 44 && (at - 8) % 12 >= 4;
        if (is_plain_size || at == 48) /* any plain size may be; bits 0 and 1 mean nothing */
            continue;
        memcpy(bytes, by_hand, BY_HAND);
        bytes[at] ^= 0x10;
        if (place_of(bytes, BY_HAND, FILE_BYTES, &place))
            assert_int_equal(ocs_seek_table_read(budget, &place, bytes, "there", &table, &error),
                             OCS_BAD_INPUT);
        assert_int_equal(ocs_budget_in_use(budget), 0);
    }
    struct ocs_seek_place place;
    memcpy(bytes, by_hand, BY_HAND);
    bytes[48] ^= 0x10;
    assert_false(place_of(bytes, BY_HAND, FILE_BYTES, &place)); /* a reserved bit */
}

static void test_frames_must_fill_the_file(void **state)
{
    (void)state;
    struct ocs_seek_place place;
    struct ocs_seek_table table;
    for (int more = -1; more <= 1; ++more) {
        assert_true(place_of(by_hand, BY_HAND, (uint64_t)(FILE_BYTES + more), &place));
        assert_int_equal(ocs_seek_table_read(budget, &place, by_hand, "there", &table, &error),
                         more ? OCS_BAD_INPUT : OCS_OK);
        if (!more)
            ocs_seek_table_free(budget, &table);
    }
}

static void test_no_memory_is_said(void **state)
{
    (void)state;
    struct ocs_seek_place place;
    struct ocs_seek_table table;
    assert_true(place_of(by_hand, BY_HAND, FILE_BYTES, &place));
    for (uint64_t n = 1; n <= 2; ++n) {
        ocs_budget_fail_nth(budget, n);
        assert_int_equal(ocs_seek_table_read(budget, &place, by_hand, "there", &table, &error),
                         OCS_LIMIT);
        assert_int_equal(ocs_budget_in_use(budget), 0);
    }
}

enum { FRAMES = 40, LARGEST = 5000 };

static uint64_t frame_bytes(uint32_t frame)
{
    return frame % 5 == 3 ? 0 : 1 + frame * 997 % LARGEST;
}

/* Frames of several sizes and their table, as one file; gives its plain bytes. */
static uint64_t write_file(const char *path, unsigned char *plain)
{
    static unsigned char packed[FRAMES * 6000], table[1000];
    struct ocs_seek_entry entries[FRAMES];
    uint64_t plain_used = 0, packed_used = 0;
    for (uint32_t i = 0; i < FRAMES; ++i) {
        const uint64_t bytes = frame_bytes(i);
        for (uint64_t k = 0; k < bytes; ++k)
            plain[plain_used + k] = (unsigned char)(k * k >> i % 8);
        const size_t made = ZSTD_compress(packed + packed_used, sizeof packed - packed_used,
                                          plain + plain_used, bytes, 1);
        assert_false(ZSTD_isError(made));
        entries[i] = (struct ocs_seek_entry){(uint32_t)made, (uint32_t)bytes};
        plain_used += bytes;
        packed_used += made;
    }
    ocs_seek_table_write(entries, FRAMES, table);
    FILE *const file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(packed, 1, packed_used, file);
    fwrite(table, 1, ocs_seek_table_bytes(FRAMES), file);
    fclose(file);
    return plain_used;
}

static uint64_t load(const char *command_or_path, bool command, unsigned char *to, size_t room)
{
    FILE *const file = command ? popen(command_or_path, "r") : fopen(command_or_path, "rb");
    assert_non_null(file);
    const uint64_t count = fread(to, 1, room, file);
    assert_int_equal(command ? pclose(file) : fclose(file), 0);
    return count;
}

/* The file is one to the zstd program, and every byte of it is found through its table. */
static void test_a_written_table(void **state)
{
    (void)state;
    static unsigned char plain[FRAMES * LARGEST], decoded[FRAMES * LARGEST], file[FRAMES * 6000];
    char path[] = "/tmp/ocs-seek-XXXXXX", command[80];
    close(mkstemp(path));
    const uint64_t plain_bytes = write_file(path, plain);
    snprintf(command, sizeof command, "zstd -dqc --stdout < %s", path);
    assert_int_equal(load(command, true, decoded, sizeof decoded), plain_bytes);
    assert_memory_equal(decoded, plain, plain_bytes);
    const uint64_t file_bytes = load(path, false, file, sizeof file);
    unlink(path);
    struct ocs_seek_place place;
    struct ocs_seek_table table;
    assert_true(place_of(file, file_bytes, file_bytes, &place));
    assert_int_equal(
        ocs_seek_table_read(budget, &place, file + place.offset, "there", &table, &error), OCS_OK);
    assert_int_equal(table.plain_at[FRAMES], plain_bytes);
    for (uint64_t at = 0; at < plain_bytes; at += 101) {
        const uint32_t frame = ocs_seek_table_find(&table, at);
        assert_true(table.plain_at[frame] <= at && at < table.plain_at[frame + 1]);
        const size_t made = ZSTD_decompress(decoded, sizeof decoded, file + table.packed_at[frame],
                                            table.packed_at[frame + 1] - table.packed_at[frame]);
        assert_int_equal(made, frame_bytes(frame));
        assert_int_equal(decoded[at - table.plain_at[frame]], plain[at]);
    }
    ocs_seek_table_free(budget, &table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table_written_by_hand),
        cmocka_unit_test(test_a_short_file_cannot_claim_many_frames),
        cmocka_unit_test(test_every_wrong_byte_of_the_frame_is_found),
        cmocka_unit_test(test_frames_must_fill_the_file),
        cmocka_unit_test(test_no_memory_is_said),
        cmocka_unit_test(test_a_written_table),
    };
    return cmocka_run_group_tests(tests, make_budget, destroy_budget);
}
