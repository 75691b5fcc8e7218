/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chunks against numcodecs and the zstd program, in both directions, in no more memory than is said
 * to be needed; and what happens to damaged ones. */
#include "chunk_codec.h"
#include "crc32c.h"
#include "little_endian.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "python_check.h"

enum { ROOM = 1 << 18 };

static char folder[64];
static unsigned char packed[ROOM], plain[ROOM], back[ROOM];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/ocs-chunks-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[80];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static FILE *open_file(const char *name, const char *ending, const char *how)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, ending);
    FILE *const file = fopen(path, how);
    assert_non_null(file);
    return file;
}

static uint64_t load(const char *name, const char *ending, unsigned char *to)
{
    FILE *const file = open_file(name, ending, "rb");
    const uint64_t count = fread(to, 1, ROOM, file);
    fclose(file);
    return count;
}

static void save(const char *name, const char *ending, const unsigned char *from, uint64_t count)
{
    FILE *const file = open_file(name, ending, "wb");
    assert_int_equal(fwrite(from, 1, count, file), count);
    fclose(file);
}

/* In exactly the memory that is said to be needed, and from bytes of their own. */
static enum ocs_status unpack(const struct ocs_chunk_codec *codec, const unsigned char *bytes,
                              uint64_t count, uint64_t plain_bytes, struct ocs_error *error)
{
    struct ocs_budget *budget;
    struct ocs_chunk_unpacker *unpacker;
    assert_int_equal(ocs_budget_create(ocs_chunk_unpacker_need(codec, plain_bytes), &budget, error),
                     OCS_OK);
    assert_int_equal(ocs_chunk_unpacker_open(budget, codec, plain_bytes, &unpacker, error), OCS_OK);
    unsigned char *const from = malloc(count + 1);
    unsigned char *const to = malloc(plain_bytes);
    assert_true(from && to);
    memcpy(from, bytes, count);
    enum ocs_status status = OCS_OK;
    for (int again = 0; again < 2; ++again) /* one chunk after another */
        status = ocs_chunk_unpack(unpacker, "there", from, count, to, error);
    memcpy(back, to, plain_bytes);
    free(from);
    free(to);
    ocs_chunk_unpacker_close(unpacker);
    ocs_budget_destroy(budget);
    return status;
}

static uint64_t pack(const struct ocs_chunk_codec *codec, const unsigned char *from, uint64_t bytes)
{
    struct ocs_error error;
    struct ocs_budget *budget;
    struct ocs_chunk_packer *packer;
    uint64_t made = 0;
    assert_true(ocs_chunk_bound(codec, bytes) <= ROOM);
    assert_int_equal(ocs_budget_create(ocs_chunk_packer_need(codec, bytes), &budget, &error),
                     OCS_OK);
    assert_int_equal(ocs_chunk_packer_open(budget, codec, bytes, &packer, &error), OCS_OK);
    for (int again = 0; again < 2; ++again)
        assert_int_equal(ocs_chunk_pack(packer, from, bytes, packed, &made, &error), OCS_OK);
    assert_true(made <= ocs_chunk_bound(codec, bytes));
    assert_true(made <= ocs_chunk_packed_limit(bytes));
    ocs_chunk_packer_close(packer);
    ocs_budget_destroy(budget);
    return made;
}

static void test_what_others_packed_opens(void **state)
{
    (void)state;
    need_python("numcodecs");
    expect_python("codec/chunks.py", "write", folder);
    FILE *const list = open_file("list", ".txt", "r");
    char name[80];
    unsigned method, element, shuffled, count = 0;
    while (fscanf(list, "%79s %u %u %u", name, &method, &element, &shuffled) == 4) {
        const struct ocs_chunk_codec codec = {.method = (enum ocs_chunk_method)method,
                                              .element_bytes = element,
                                              .shuffled = shuffled != 0};
        struct ocs_error error;
        const uint64_t bytes = load(name, ".plain", plain);
        const uint64_t packed_bytes = load(name, ".packed", packed);
        assert_int_equal(unpack(&codec, packed, packed_bytes, bytes, &error), OCS_OK);
        assert_memory_equal(back, plain, bytes);
        ++count;
    }
    fclose(list);
    assert_true(count > 350);
}

/* Something of every kind of voxel: runs, slopes and noise. */
static void fill_plain(uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; ++i)
        plain[i] = (unsigned char)(i % 9000 < 3000   ? 0
                                   : i % 9000 < 6000 ? i / 64
                                                     : i * UINT64_C(0x9E3779B97F4A7C15) >> 57);
}

static const uint64_t sizes[] = {4, 1000, 32768, 65536, 131072, 200000};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static void pack_for_others(FILE *list, const char *name, const struct ocs_chunk_codec *codec,
                            uint64_t bytes)
{
    struct ocs_error error;
    const uint64_t packed_bytes = pack(codec, plain, bytes);
    assert_int_equal(unpack(codec, packed, packed_bytes, bytes, &error), OCS_OK);
    assert_memory_equal(back, plain, bytes);
    save(name, ".plain", plain, bytes);
    save(name, ".packed", packed, packed_bytes);
    fprintf(list, "%s\n", name);
}

static void test_others_open_what_we_packed(void **state)
{
    (void)state;
    need_python("numcodecs");
    fill_plain(ROOM);
    FILE *const list = open_file("list", ".txt", "w");
    for (size_t i = 0; i < SIZES; ++i) {
        char name[60];
        for (int level = 1; level <= 9; level += 2) {
            const struct ocs_chunk_codec codec = {
                .method = OCS_CHUNK_ZSTD, .level = level, .element_bytes = 4};
            snprintf(name, sizeof name, "zstd-%d-%zu", level, i);
            pack_for_others(list, name, &codec, sizes[i]);
        }
        for (int inner = 0; inner < OCS_BLOSC_INNERS; ++inner) {
            const struct ocs_chunk_codec codec = {.method = OCS_CHUNK_BLOSC,
                                                  .level = (int)i + 1,
                                                  .element_bytes = 1U << i % 3,
                                                  .blosc_inner = (enum ocs_blosc_inner)inner,
                                                  .blosc_shuffle = (enum ocs_blosc_shuffle)(i % 3)};
            snprintf(name, sizeof name, "blosc-%d-%zu", inner, i);
            pack_for_others(list, name, &codec, sizes[i]);
        }
    }
    fclose(list);
    expect_python("codec/chunks.py", "read", folder);
}

static void test_checksums_follow_and_are_looked_at(void **state)
{
    (void)state;
    fill_plain(1000);
    for (enum ocs_chunk_method method = OCS_CHUNK_PLAIN; method <= OCS_CHUNK_BLOSC; ++method) {
        const struct ocs_chunk_codec codec = {
            .method = method, .level = 1, .element_bytes = 4, .crc32c = true};
        struct ocs_error error;
        const uint64_t count = pack(&codec, plain, 1000);
        assert_true(ocs_crc32c_follows(packed, count - 4));
        assert_int_equal(unpack(&codec, packed, count, 1000, &error), OCS_OK);
        assert_memory_equal(back, plain, 1000);
        for (uint64_t at = 0; at < count; at += 13) {
            packed[at] ^= 4;
            assert_int_equal(unpack(&codec, packed, count, 1000, &error), OCS_BAD_INPUT);
            assert_string_equal(error.what, "its checksum is wrong");
            packed[at] ^= 4;
        }
        for (uint64_t cut = 0; cut < 4; ++cut)
            assert_int_equal(unpack(&codec, packed, cut, 1000, &error), OCS_BAD_INPUT);
    }
}

static void expect_refusal(const struct ocs_chunk_codec *codec, uint64_t count,
                           uint64_t plain_bytes, const char *why)
{
    struct ocs_error error;
    assert_int_equal(unpack(codec, packed, count, plain_bytes, &error), OCS_BAD_INPUT);
    assert_string_equal(error.path, "there");
    if (why)
        assert_string_equal(error.what, why);
}

/* A chunk is exactly as large as its array says: no more, and no less. */
static void test_another_size_is_refused(void **state)
{
    (void)state;
    fill_plain(4000);
    for (enum ocs_chunk_method method = OCS_CHUNK_PLAIN; method <= OCS_CHUNK_ZSTD; ++method) {
        const struct ocs_chunk_codec codec = {.method = method, .level = 1, .element_bytes = 4};
        const uint64_t count = pack(&codec, plain, 4000);
        expect_refusal(&codec, count, 4004, "it holds fewer bytes than a chunk");
        expect_refusal(&codec, count, 3996, "it holds more bytes than a chunk");
        expect_refusal(&codec, count, 4, NULL);
        expect_refusal(&codec, count - 1, 4000, NULL);
        expect_refusal(&codec, 0, 4000, NULL);
        packed[count] = 0;
        expect_refusal(&codec, count + 1, 4000, NULL);
    }
}

static void test_every_damaged_byte_of_zstd_is_found(void **state)
{
    (void)state;
    fill_plain(4000);
    const struct ocs_chunk_codec codec = {.method = OCS_CHUNK_ZSTD, .level = 1, .element_bytes = 4};
    const uint64_t count = pack(&codec, plain, 4000);
    for (uint64_t at = 0; at < count; ++at) {
        struct ocs_error error;
        packed[at] ^= 0x21;
        /* a bit of the header that means nothing may change */
        if (unpack(&codec, packed, count, 4000, &error) == OCS_OK) {
            assert_memory_equal(back, plain, 4000);
            assert_true(at < 5);
        }
        packed[at] ^= 0x21;
    }
}

/* Each field of a buffer's header, set to what it cannot be. */
static void test_no_wrong_header_of_blosc_reaches_the_library(void **state)
{
    (void)state;
    fill_plain(60000);
    const struct ocs_chunk_codec codec = {
        .method = OCS_CHUNK_BLOSC, .level = 1, .element_bytes = 4, .blosc_shuffle = 1};
    const uint64_t count = pack(&codec, plain, 60000);
    static const struct {
        unsigned at;
        uint32_t value, bytes;
    } wrong[] = {
        {0, 1, 1},     {0, 3, 1},         {1, 2, 1},           {2, 0x88, 1},
        {2, 0xa0, 1},  {2, 0xe1, 1},      {3, 0, 1},           {4, 0, 4},
        {4, 59996, 4}, {4, 60004, 4},     {4, UINT32_MAX, 4},  {8, 0, 4},
        {8, 60001, 4}, {8, INT32_MAX, 4}, {8, UINT32_MAX, 4},  {8, 1, 4},
        {12, 0, 4},    {12, 16, 4},       {12, UINT32_MAX, 4}, {16, 0, 4},
        {16, 15, 4},   {16, 16, 4},       {16, UINT32_MAX, 4}, {16, 0x7fffffff, 4},
        {2, 0x93, 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
        unsigned char kept[4];
        memcpy(kept, packed + wrong[i].at, 4);
        ocs_put_bytes(packed + wrong[i].at, wrong[i].bytes, wrong[i].value);
        expect_refusal(&codec, count, 60000, NULL);
        memcpy(packed + wrong[i].at, kept, 4);
    }
    for (uint64_t cut = 0; cut < 40; ++cut)
        expect_refusal(&codec, cut, 60000, NULL);
    expect_refusal(&codec, count - 1, 60000, NULL);
}

static void test_no_chunk_is_taken_that_is_larger_than_any_encoder_makes(void **state)
{
    (void)state;
    const struct ocs_chunk_codec codec = {.method = OCS_CHUNK_GZIP, .element_bytes = 1};
    memset(packed, 0, ROOM);
    expect_refusal(&codec, ocs_chunk_packed_limit(100) + 1, 100,
                   "it is larger than any encoder makes a chunk");
}

static void test_no_memory_is_said(void **state)
{
    (void)state;
    for (enum ocs_chunk_method method = OCS_CHUNK_PLAIN; method <= OCS_CHUNK_ZLIB; ++method) {
        const struct ocs_chunk_codec codec = {
            .method = method, .level = 1, .element_bytes = 4, .shuffled = true};
        struct ocs_budget *budget;
        struct ocs_error error;
        assert_int_equal(ocs_budget_create(1 << 20, &budget, &error), OCS_OK);
        enum ocs_status status = OCS_LIMIT;
        for (uint64_t n = 1; status == OCS_LIMIT; ++n) {
            struct ocs_chunk_unpacker *unpacker = NULL;
            ocs_budget_fail_nth(budget, n);
            status = ocs_chunk_unpacker_open(budget, &codec, 4000, &unpacker, &error);
            ocs_chunk_unpacker_close(unpacker);
            assert_int_equal(ocs_budget_in_use(budget), 0);
            assert_true(n < 10);
        }
        assert_int_equal(status, OCS_OK);
        ocs_budget_fail_nth(budget, 0);
        ocs_budget_destroy(budget);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_others_packed_opens),
        cmocka_unit_test(test_others_open_what_we_packed),
        cmocka_unit_test(test_checksums_follow_and_are_looked_at),
        cmocka_unit_test(test_another_size_is_refused),
        cmocka_unit_test(test_every_damaged_byte_of_zstd_is_found),
        cmocka_unit_test(test_no_wrong_header_of_blosc_reaches_the_library),
        cmocka_unit_test(test_no_chunk_is_taken_that_is_larger_than_any_encoder_makes),
        cmocka_unit_test(test_no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
