/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Indexes of shards: bytes written down by hand, and places that cannot be. */
#include "crc32c.h"
#include "little_endian.h"
#include "shard_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { CHUNKS = 3, SHARD_BYTES = 1000 };

/* Three chunks of 64 bytes along x. */
static struct ocs_zarr_array sharded(bool first, bool checked)
{
    return (struct ocs_zarr_array){.version = 3,
                                   .chunk = {2, 2, 4},
                                   .shard = {2, 2, 12},
                                   .sharded = true,
                                   .index_first = first,
                                   .index_crc32c = checked,
                                   .type = OCS_ZARR_FLOAT32};
}

/* 64 bytes at 8; absent; 5 bytes at 0x100. */
static const unsigned char by_hand[] = {
    8,    0,    0,    0,    0,    0,    0,    0,    64,   0,    0,    0,    0,    0,    0,    0,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0,    1,    0,    0,    0,    0,    0,    0,    5,    0,    0,    0,    0,    0,    0,    0,
};
static const struct ocs_shard_place places_by_hand[] = {
    {8, 64}, {UINT64_MAX, UINT64_MAX}, {256, 5}};

static void test_an_index_written_by_hand(void **state)
{
    (void)state;
    const struct ocs_zarr_array array = sharded(false, true);
    unsigned char bytes[sizeof by_hand + 4];
    struct ocs_shard_place places[CHUNKS];
    struct ocs_error error;
    assert_int_equal(ocs_shard_index_bytes(&array), 16 * CHUNKS + 4);
    assert_int_equal(ocs_shard_index_offset(&array, SHARD_BYTES), SHARD_BYTES - 52);
    memcpy(bytes, by_hand, sizeof by_hand);
    ocs_crc32c_append(bytes, sizeof by_hand);
    assert_int_equal(ocs_shard_index_read(&array, bytes, SHARD_BYTES, "there", places, &error),
                     OCS_OK);
    assert_memory_equal(places, places_by_hand, sizeof places);
    assert_true(ocs_shard_place_absent(&places[1]));
    unsigned char written[sizeof bytes];
    ocs_shard_index_write(&array, places, written);
    assert_memory_equal(written, bytes, sizeof bytes);
}

static void test_every_damaged_byte_is_found(void **state)
{
    (void)state;
    const struct ocs_zarr_array array = sharded(false, true);
    unsigned char bytes[sizeof by_hand + 4];
    struct ocs_shard_place places[CHUNKS];
    struct ocs_error error;
    ocs_shard_index_write(&array, places_by_hand, bytes);
    for (size_t at = 0; at < sizeof bytes; ++at) {
        bytes[at] ^= 1;
        assert_int_equal(ocs_shard_index_read(&array, bytes, SHARD_BYTES, "there", places, &error),
                         OCS_BAD_INPUT);
        bytes[at] ^= 1;
    }
    assert_string_equal(error.path, "there");
    assert_int_equal(ocs_shard_index_read(&array, bytes, 51, "there", places, &error),
                     OCS_BAD_INPUT);
}

static enum ocs_status read_place(const struct ocs_zarr_array *array, uint64_t offset,
                                  uint64_t size, uint64_t shard_bytes)
{
    unsigned char bytes[sizeof by_hand];
    struct ocs_shard_place places[CHUNKS];
    struct ocs_error error;
    memset(bytes, 0xff, sizeof bytes);
    ocs_put_u64(bytes + 32, offset);
    ocs_put_u64(bytes + 40, size);
    const enum ocs_status status =
        ocs_shard_index_read(array, bytes, shard_bytes, "there", places, &error);
    if (status != OCS_OK)
        assert_non_null(strstr(error.what, "chunk 2 of its shard"));
    return status;
}

/* Two chunks that would stand for more bytes than there are. */
static void test_chunks_do_not_lie_over_one_another(void **state)
{
    (void)state;
    const struct ocs_zarr_array array = sharded(false, false);
    const uint64_t half = (SHARD_BYTES - 48) / 2;
    unsigned char bytes[sizeof by_hand];
    struct ocs_shard_place places[CHUNKS];
    struct ocs_error error;
    for (uint64_t more = 0; more < 2; ++more) {
        memset(bytes, 0xff, sizeof bytes);
        for (unsigned i = 0; i < 2; ++i) {
            ocs_put_u64(bytes + 16 * i, half - more);
            ocs_put_u64(bytes + 16 * i + 8, half + more);
        }
        const enum ocs_status status =
            ocs_shard_index_read(&array, bytes, SHARD_BYTES, "there", places, &error);
        assert_int_equal(status, more == 0 ? OCS_OK : OCS_BAD_INPUT);
    }
    assert_non_null(strstr(error.what, "lie over one another"));
}

/* Without a checksum, so that the places alone decide. */
static void test_places_lie_inside_of_the_shard(void **state)
{
    (void)state;
    const struct ocs_zarr_array last = sharded(false, false), first = sharded(true, false);
    assert_int_equal(ocs_shard_index_bytes(&last), 48);
    assert_int_equal(ocs_shard_index_offset(&last, SHARD_BYTES), SHARD_BYTES - 48);
    assert_int_equal(ocs_shard_index_offset(&first, SHARD_BYTES), 0);
    assert_int_equal(read_place(&last, 0, SHARD_BYTES - 48, SHARD_BYTES), OCS_OK);
    assert_int_equal(read_place(&last, 1, SHARD_BYTES - 48, SHARD_BYTES), OCS_BAD_INPUT);
    assert_int_equal(read_place(&last, SHARD_BYTES - 48, 0, SHARD_BYTES), OCS_OK);
    assert_int_equal(read_place(&last, SHARD_BYTES - 47, 0, SHARD_BYTES), OCS_BAD_INPUT);
    assert_int_equal(read_place(&last, UINT64_MAX, 1, SHARD_BYTES), OCS_BAD_INPUT);
    assert_int_equal(read_place(&last, 1, UINT64_MAX, SHARD_BYTES), OCS_BAD_INPUT);
    assert_int_equal(read_place(&last, UINT64_MAX - 8, 16, SHARD_BYTES), OCS_BAD_INPUT);
    assert_int_equal(read_place(&first, 48, SHARD_BYTES - 48, SHARD_BYTES), OCS_OK);
    assert_int_equal(read_place(&first, 47, 10, SHARD_BYTES), OCS_BAD_INPUT);
    assert_int_equal(read_place(&first, 49, SHARD_BYTES - 48, SHARD_BYTES), OCS_BAD_INPUT);
}

/* A shard may be large; a chunk is not larger than an encoder makes it. */
static void test_no_chunk_is_larger_than_chunks_are(void **state)
{
    (void)state;
    const struct ocs_zarr_array array = sharded(false, false);
    const uint64_t limit = ocs_chunk_packed_limit(64);
    assert_int_equal(read_place(&array, 0, limit, UINT64_C(1) << 40), OCS_OK);
    assert_int_equal(read_place(&array, 0, limit + 1, UINT64_C(1) << 40), OCS_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_index_written_by_hand),
        cmocka_unit_test(test_every_damaged_byte_is_found),
        cmocka_unit_test(test_places_lie_inside_of_the_shard),
        cmocka_unit_test(test_chunks_do_not_lie_over_one_another),
        cmocka_unit_test(test_no_chunk_is_larger_than_chunks_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
