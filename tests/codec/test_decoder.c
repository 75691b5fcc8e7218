/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoders against what the libraries themselves compressed, in pieces of any size. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decoder.h"

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

enum { PLAIN = 300000, ROOM = 400000, MEMORY = 64 << 20 };

static unsigned char plain[PLAIN];

struct packed {
    unsigned char bytes[2 * ROOM];
    size_t count;
};

static int fill(void **state)
{
    (void)state;
    for (size_t i = 0; i < PLAIN; ++i)
        plain[i] = (unsigned char)((i * UINT64_C(0x9E3779B97F4A7C15)) >> 58);
    return 0;
}

static size_t pack_gzip(unsigned char *to)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = plain;
    z.avail_in = PLAIN;
    z.next_out = to;
    z.avail_out = ROOM;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return z.total_out;
}

static size_t pack_bzip2(unsigned char *to)
{
    unsigned count = ROOM;
    assert_int_equal(BZ2_bzBuffToBuffCompress((char *)to, &count, (char *)plain, PLAIN, 1, 0, 0),
                     BZ_OK);
    return count;
}

static size_t pack_xz(unsigned char *to)
{
    size_t count = 0;
    assert_int_equal(
        lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, NULL, plain, PLAIN, to, &count, ROOM),
        LZMA_OK);
    return count;
}

static size_t pack_zstd(unsigned char *to)
{
    const size_t count = ZSTD_compress(to, ROOM, plain, PLAIN, 1);
    assert_false(ZSTD_isError(count));
    return count;
}

static size_t pack(enum ocs_codec codec, unsigned char *to)
{
    switch (codec) {
    case OCS_CODEC_GZIP:
        return pack_gzip(to);
    case OCS_CODEC_BZIP2:
        return pack_bzip2(to);
    case OCS_CODEC_XZ:
        return pack_xz(to);
    default:
        return pack_zstd(to);
    }
}

/* What came out, and how it ended. */
struct outcome {
    enum ocs_status status;
    enum ocs_decoder_place place;
    uint64_t made, unused, need, high_water;
    struct ocs_error error;
    unsigned char *bytes;
};

static struct outcome decode(enum ocs_codec codec, const unsigned char *in, uint64_t count,
                             uint64_t in_piece, uint64_t out_piece)
{
    struct outcome outcome = {.bytes = malloc(3 * PLAIN)};
    struct ocs_budget *budget;
    struct ocs_decoder *decoder;
    assert_int_equal(ocs_budget_create(MEMORY, &budget, &outcome.error), OCS_OK);
    assert_int_equal(ocs_decoder_create(budget, codec, "a test", &decoder, &outcome.error), OCS_OK);
    uint64_t used = 0;
    while (outcome.status == OCS_OK) {
        const uint64_t in_now = count - used < in_piece ? count - used : in_piece;
        const uint64_t room = 3 * PLAIN - outcome.made;
        const uint64_t out_now = room < out_piece ? room : out_piece;
        struct ocs_decoder_step step = {in + used, in_now, outcome.bytes + outcome.made, out_now};
        outcome.status = ocs_decoder_run(decoder, &step, &outcome.error);
        used += in_now - step.in_left;
        outcome.made += out_now - step.out_left;
        if (step.out_left > 0 && (step.in_left > 0 || used == count))
            break;
    }
    outcome.unused = count - used;
    outcome.place = ocs_decoder_place(decoder);
    outcome.need = ocs_decoder_need(decoder);
    outcome.high_water = ocs_budget_high_water(budget);
    ocs_decoder_destroy(decoder);
    ocs_budget_destroy(budget);
    return outcome;
}

static void assert_plain(const struct outcome *outcome, uint64_t copies)
{
    assert_int_equal(outcome->status, OCS_OK);
    assert_int_equal(outcome->made, copies * PLAIN);
    for (uint64_t copy = 0; copy < copies; ++copy)
        assert_memory_equal(outcome->bytes + copy * PLAIN, plain, PLAIN);
    free(outcome->bytes);
}

#define EVERY_CODEC(codec)                                                                         \
    for (enum ocs_codec codec = OCS_CODEC_GZIP; codec <= OCS_CODEC_ZSTD; ++codec)

static void test_every_split_gives_the_same_bytes(void **state)
{
    (void)state;
    static const uint64_t pieces[][2] = {
        {UINT64_MAX, UINT64_MAX}, {1, UINT64_MAX}, {7, 4096}, {UINT64_MAX, 1000}, {4096, 13}};
    static struct packed packed;
    EVERY_CODEC(codec)
    {
        packed.count = pack(codec, packed.bytes);
        assert_int_equal(ocs_codec_sniff(packed.bytes, packed.count), codec);
        for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; ++i) {
            const struct outcome outcome =
                decode(codec, packed.bytes, packed.count, pieces[i][0], pieces[i][1]);
            assert_int_equal(outcome.place, OCS_DECODER_BETWEEN);
            assert_plain(&outcome, 1);
        }
    }
}

static void test_members_follow_one_another_and_zeros_are_padding(void **state)
{
    (void)state;
    static struct packed packed;
    EVERY_CODEC(codec)
    {
        packed.count = pack(codec, packed.bytes);
        memset(packed.bytes + packed.count, 0, 8);
        const size_t second = packed.count + 8;
        packed.count = second + pack(codec, packed.bytes + second);
        for (uint64_t piece = 1; piece < 10000; piece = piece * 7 + 1) {
            const struct outcome outcome = decode(codec, packed.bytes, packed.count, piece, 65536);
            assert_int_equal(outcome.place, OCS_DECODER_BETWEEN);
            assert_plain(&outcome, 2);
        }
    }
}

static void test_garbage_behind_is_told_from_members(void **state)
{
    (void)state;
    static struct packed packed;
    EVERY_CODEC(codec)
    {
        packed.count = pack(codec, packed.bytes);
        memcpy(packed.bytes + packed.count, "no member", 9);
        for (unsigned garbage = 1; garbage <= 9; ++garbage) {
            const struct outcome outcome =
                decode(codec, packed.bytes, packed.count + garbage, 1000, 65536);
            assert_int_equal(outcome.place, OCS_DECODER_GARBAGE);
            assert_plain(&outcome, 1);
        }
    }
}

static void test_an_early_end_is_inside_a_member(void **state)
{
    (void)state;
    static struct packed packed;
    EVERY_CODEC(codec)
    {
        packed.count = pack(codec, packed.bytes);
        for (size_t cut = 0; cut < packed.count; cut += 1 + packed.count / 50) {
            const struct outcome outcome = decode(codec, packed.bytes, cut, 5000, 65536);
            assert_int_equal(outcome.status, OCS_OK);
            assert_int_equal(outcome.place, OCS_DECODER_INSIDE);
            assert_memory_equal(outcome.bytes, plain, outcome.made);
            free(outcome.bytes);
        }
    }
}

static void test_damage_is_found(void **state)
{
    (void)state;
    static struct packed packed;
    EVERY_CODEC(codec)
    {
        if (codec == OCS_CODEC_ZSTD) /* without a checksum, as packed here, nothing promises it */
            continue;
        packed.count = pack(codec, packed.bytes);
        for (size_t at = 20; at < packed.count; at += packed.count / 20) {
            packed.bytes[at] ^= 0x40;
            const struct outcome outcome =
                decode(codec, packed.bytes, packed.count, UINT64_MAX, UINT64_MAX);
            if (outcome.status == OCS_OK) /* an end that moved */
                assert_int_not_equal(outcome.place, OCS_DECODER_BETWEEN);
            else
                assert_int_equal(outcome.status, OCS_BAD_INPUT);
            free(outcome.bytes);
            packed.bytes[at] ^= 0x40;
        }
    }
}

static void test_the_need_is_enough_and_all_memory_is_the_budgets(void **state)
{
    (void)state;
    static struct packed packed;
    EVERY_CODEC(codec)
    {
        packed.count = pack(codec, packed.bytes);
        const struct outcome outcome =
            decode(codec, packed.bytes, packed.count, UINT64_MAX, UINT64_MAX);
        assert_true(outcome.high_water > 7000);
        assert_true(outcome.high_water <= outcome.need);
        assert_plain(&outcome, 1);
    }
}

static void test_too_little_memory_is_a_limit(void **state)
{
    (void)state;
    static struct packed packed;
    EVERY_CODEC(codec)
    {
        packed.count = pack(codec, packed.bytes);
        struct ocs_budget *budget;
        struct ocs_decoder *decoder;
        struct ocs_error error;
        assert_int_equal(ocs_budget_create(6000, &budget, &error), OCS_OK);
        assert_int_equal(ocs_decoder_create(budget, codec, "a test", &decoder, &error), OCS_OK);
        static unsigned char out[PLAIN];
        struct ocs_decoder_step step = {packed.bytes, packed.count, out, PLAIN};
        assert_int_equal(ocs_decoder_run(decoder, &step, &error), OCS_LIMIT);
        assert_non_null(strstr(error.advice, "--memory"));
        ocs_decoder_destroy(decoder);
        ocs_budget_destroy(budget);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_split_gives_the_same_bytes),
        cmocka_unit_test(test_members_follow_one_another_and_zeros_are_padding),
        cmocka_unit_test(test_garbage_behind_is_told_from_members),
        cmocka_unit_test(test_an_early_end_is_inside_a_member),
        cmocka_unit_test(test_damage_is_found),
        cmocka_unit_test(test_the_need_is_enough_and_all_memory_is_the_budgets),
        cmocka_unit_test(test_too_little_memory_is_a_limit),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
