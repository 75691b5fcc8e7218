/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shuffling and pressed blocks: back to the same bytes, and damage is found. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "block.h"
#include "shuffle.h"

#include <zstd.h>

enum { LARGEST = 200000 };

static unsigned char plain[LARGEST], back[LARGEST], moved[LARGEST];

static int fill(void **state)
{
    (void)state;
    for (size_t i = 0; i < LARGEST; ++i)
        plain[i] = (unsigned char)((i * UINT64_C(0x9E3779B97F4A7C15)) >> (i % 4 == 3 ? 62 : 56));
    return 0;
}

static void test_shuffling_sorts_bytes_by_their_place(void **state)
{
    (void)state;
    for (unsigned element = 1; element <= 4; element *= 2) {
        for (uint64_t n = 0; n < 300; n += 7) {
            ocs_shuffle(plain, moved, n * element, element);
            for (uint64_t i = 0; i < n; ++i)
                for (unsigned k = 0; k < element; ++k)
                    assert_int_equal(moved[k * n + i], plain[i * element + k]);
            ocs_unshuffle(moved, back, n * element, element);
            assert_memory_equal(back, plain, n * element);
        }
    }
}

struct pair {
    struct ocs_budget *budget;
    struct ocs_block_press *press;
    struct ocs_block_opener *opener;
    struct ocs_error error;
};

/* In no more memory than they say they need. */
static void open_pair(struct pair *pair)
{
    assert_int_equal(
        ocs_budget_create(ocs_block_press_need(LARGEST) + ocs_block_opener_need(LARGEST),
                          &pair->budget, &pair->error),
        OCS_OK);
    assert_int_equal(ocs_block_press_open(pair->budget, LARGEST, &pair->press, &pair->error),
                     OCS_OK);
    assert_int_equal(ocs_block_opener_open(pair->budget, LARGEST, &pair->opener, &pair->error),
                     OCS_OK);
}

static void close_pair(struct pair *pair)
{
    ocs_block_press_close(pair->press);
    ocs_block_opener_close(pair->opener);
    ocs_budget_destroy(pair->budget);
}

static uint64_t press(struct pair *pair, uint64_t bytes, unsigned element)
{
    const unsigned char *block;
    uint64_t block_bytes;
    assert_int_equal(
        ocs_block_press_run(pair->press, plain, bytes, element, &block, &block_bytes, &pair->error),
        OCS_OK);
    assert_true(block_bytes <= ocs_block_bound(bytes));
    /* an ordinary frame that says its size */
    assert_int_equal(ZSTD_getFrameContentSize(block, block_bytes), bytes);
    memcpy(ocs_block_opener_room(pair->opener), block, block_bytes);
    return block_bytes;
}

static void test_blocks_come_back(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair);
    static const uint64_t sizes[] = {4, 400, 16000, 65536, 131072, LARGEST, 16000};
    for (unsigned element = 1; element <= 4; element *= 2) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
            const uint64_t block_bytes = press(&pair, sizes[i], element);
            const unsigned char *opened;
            assert_int_equal(ocs_block_opener_run(pair.opener, block_bytes, sizes[i], element,
                                                  &opened, &pair.error),
                             OCS_OK);
            assert_memory_equal(opened, plain, sizes[i]);
        }
    }
    close_pair(&pair);
}

static void test_every_damaged_byte_is_found(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair);
    const uint64_t block_bytes = press(&pair, 4000, 4);
    unsigned char block[8000];
    memcpy(block, ocs_block_opener_room(pair.opener), block_bytes);
    for (uint64_t at = 0; at < block_bytes; ++at) {
        memcpy(ocs_block_opener_room(pair.opener), block, block_bytes);
        ocs_block_opener_room(pair.opener)[at] ^= 0x21;
        const unsigned char *opened;
        const enum ocs_status status =
            ocs_block_opener_run(pair.opener, block_bytes, 4000, 4, &opened, &pair.error);
        /* a bit of the header that means nothing may change */
        if (status == OCS_OK)
            assert_memory_equal(opened, plain, 4000);
        else
            assert_int_equal(status, OCS_IO);
        assert_true(status == OCS_IO || at < 5);
    }
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shuffling_sorts_bytes_by_their_place),
        cmocka_unit_test(test_blocks_come_back),
        cmocka_unit_test(test_every_damaged_byte_is_found),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
