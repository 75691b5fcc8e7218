/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksums: the published values, and division one bit at a time. */
#include "crc32c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint32_t bit_by_bit(const unsigned char *bytes, size_t count)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < 8 * count; ++i) {
        const uint32_t low = (crc ^ (uint32_t)bytes[i / 8] >> i % 8) & 1;
        crc = crc >> 1 ^ (low ? UINT32_C(0x82F63B78) : 0);
    }
    return ~crc;
}

/* RFC 3720, B.4, and the value every description of the polynomial gives. */
static void test_published_values(void **state)
{
    (void)state;
    unsigned char bytes[32] = {0};
    assert_int_equal(ocs_crc32c((const unsigned char *)"123456789", 9), 0xE3069283);
    assert_int_equal(ocs_crc32c(bytes, 0), 0);
    assert_int_equal(ocs_crc32c(bytes, 32), 0x8A9136AA);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(ocs_crc32c(bytes, 32), 0x62A8AB43);
    for (unsigned char i = 0; i < 32; ++i)
        bytes[i] = i;
    assert_int_equal(ocs_crc32c(bytes, 32), 0x46DD794E);
}

static void test_every_length_and_alignment(void **state)
{
    (void)state;
    unsigned char bytes[300];
    for (size_t i = 0; i < sizeof bytes; ++i)
        bytes[i] = (unsigned char)(i * UINT64_C(0x9E3779B97F4A7C15) >> 56);
    for (size_t start = 0; start < 9; ++start)
        for (size_t count = 0; count < sizeof bytes - 9; ++count)
            assert_int_equal(ocs_crc32c(bytes + start, count), bit_by_bit(bytes + start, count));
}

static void test_a_trailer_is_found_and_its_damage_too(void **state)
{
    (void)state;
    unsigned char bytes[] = "123456789....";
    ocs_crc32c_append(bytes, 9);
    assert_memory_equal(bytes + 9, "\x83\x92\x06\xe3", 4);
    assert_true(ocs_crc32c_follows(bytes, 9));
    for (unsigned bit = 0; bit < 13 * 8; ++bit) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_false(ocs_crc32c_follows(bytes, 9));
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_values),
        cmocka_unit_test(test_every_length_and_alignment),
        cmocka_unit_test(test_a_trailer_is_found_and_its_damage_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
