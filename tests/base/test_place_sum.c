/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checksum of a whole is the sum of those of its parts, however it is cut, and shows changes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "place_sum.h"

#include <string.h>

enum { BYTES = 1000 };

static void fill(unsigned char *bytes)
{
    srand(11);
    for (int i = 0; i < BYTES; ++i)
        bytes[i] = (unsigned char)rand();
}

static void does_not_depend_on_the_cut(void **state)
{
    (void)state;
    unsigned char bytes[BYTES];
    fill(bytes);
    for (uint64_t start = 0; start < 9; ++start) {
        const uint64_t whole = ocs_place_sum(start, bytes, BYTES);
        for (int round = 0; round < 200; ++round) {
            uint64_t sum = 0;
            for (uint64_t at = 0, next; at < BYTES; at = next) {
                next = at + (uint64_t)rand() % 40;
                next = next < BYTES ? next : BYTES;
                sum += ocs_place_sum(start + at, bytes + at, next - at);
            }
            assert_true(sum == whole);
        }
    }
}

static void shows_every_bit(void **state)
{
    (void)state;
    unsigned char bytes[BYTES];
    fill(bytes);
    const uint64_t before = ocs_place_sum(3, bytes, BYTES);
    for (int bit = 0; bit < 8 * BYTES; ++bit) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_true(ocs_place_sum(3, bytes, BYTES) != before);
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

/* Pairs of changes must not cancel, the top bits of words above all, and places must count. */
static void shows_pairs_and_places(void **state)
{
    (void)state;
    unsigned char bytes[BYTES];
    fill(bytes);
    const uint64_t before = ocs_place_sum(0, bytes, BYTES);
    assert_true(ocs_place_sum(8, bytes, BYTES) != before);
    for (int a = 3; a < BYTES; a += 4)
        for (int b = a + 4; b < BYTES; b += 4) {
            bytes[a] ^= 0x80;
            bytes[b] ^= 0x80;
            assert_true(ocs_place_sum(0, bytes, BYTES) != before);
            bytes[a] ^= 0x80;
            bytes[b] ^= 0x80;
        }
    unsigned char other[BYTES];
    for (int words = 4; words < BYTES; words += 4) { /* two words change places */
        memcpy(other, bytes, BYTES);
        memcpy(other, bytes + words, 4);
        memcpy(other + words, bytes, 4);
        if (memcmp(other, bytes, BYTES) != 0)
            assert_true(ocs_place_sum(0, other, BYTES) != before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_not_depend_on_the_cut),
        cmocka_unit_test(shows_every_bit),
        cmocka_unit_test(shows_pairs_and_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
