/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every mode against values put together by hand, at every SIMD level this machine has. */
#include "voxels.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HALVES = 65536 };

/* binary16 by its definition, in double arithmetic. */
static double half_by_definition(unsigned half)
{
    const unsigned exponent = half >> 10 & 31, fraction = half & 1023;
    const double sign = half & 0x8000 ? -1 : 1;
    if (exponent == 31)
        return fraction ? (double)NAN : sign * (double)INFINITY;
    if (exponent == 0)
        return sign * ldexp(fraction, -24);
    return sign * ldexp(1024 + fraction, (int)exponent - 25);
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void decode(int32_t mode, bool swapped, bool unsigned_bytes, enum ocs_simd simd,
                   const unsigned char *from, float *to, uint64_t n)
{
    const struct ocs_voxel_format format = {mode, swapped, unsigned_bytes};
    ocs_voxels_decode_row(&format, simd, from, to, n);
}

static bool host_is_big(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 0;
}

/* All 65536 halves in one row, little- or big-endian. */
static void all_halves(unsigned char *bytes, bool big)
{
    for (unsigned i = 0; i < HALVES; ++i) {
        bytes[2 * i + (big ? 1 : 0)] = (unsigned char)i;
        bytes[2 * i + (big ? 0 : 1)] = (unsigned char)(i >> 8);
    }
}

static void assert_half(unsigned half, float value)
{
    const double right = half_by_definition(half);
    if (isnan(right)) {
        assert_true(isnan(value));
        /* sign and payload stay, the NaN becomes quiet */
        assert_int_equal(bits_of(value), (half & 0x8000) << 16 | 0x7fc00000 | (half & 1023) << 13);
    } else {
        assert_true(value == right);
        assert_int_equal(signbit(value) != 0, half >> 15);
    }
}

static void every_half_decodes_exactly(void **state)
{
    (void)state;
    unsigned char *const bytes = malloc(2 * HALVES);
    float *const values = malloc(HALVES * sizeof *values);
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level) {
        for (int big = 0; big < 2; ++big) {
            if (!ocs_simd_available((enum ocs_simd)level))
                continue;
            all_halves(bytes, big);
            decode(12, big != host_is_big(), false, (enum ocs_simd)level, bytes, values, HALVES);
            for (unsigned i = 0; i < HALVES; ++i)
                assert_half(i, values[i]);
        }
    }
    free(values);
    free(bytes);
}

/* The nearest half found by search over all of them, ties to the even one. */
static unsigned nearest_half(float value)
{
    const unsigned sign = signbit(value) ? 0x8000 : 0;
    const double size = fabs((double)value);
    unsigned low = 0, high = 0x7c00; /* halves of one sign are in the order of their bits */
    while (high - low > 1) {
        const unsigned middle = (low + high) / 2;
        if (half_by_definition(middle) <= size)
            low = middle;
        else
            high = middle;
    }
    const double above = high == 0x7c00 ? 65536 : half_by_definition(high);
    const double below_gap = size - half_by_definition(low), above_gap = above - size;
    const bool up = below_gap > above_gap || (below_gap == above_gap && low % 2 == 1);
    return sign | (up ? high : low);
}

static const struct ocs_voxel_format half_format = {.mode = 12}, float_format = {.mode = 2};

static unsigned encode_half(float value, enum ocs_simd simd)
{
    float row[9];
    unsigned char bytes[18];
    for (int i = 0; i < 9; ++i)
        row[i] = value;
    ocs_voxels_encode(&half_format, simd, row, bytes, 9);
    assert_memory_equal(bytes, bytes + 16, 2);
    return bytes[0] | (unsigned)bytes[1] << 8;
}

static void assert_encodes(float value)
{
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level)
        if (ocs_simd_available((enum ocs_simd)level))
            assert_int_equal(encode_half(value, (enum ocs_simd)level), nearest_half(value));
}

static void floats_round_to_the_nearest_even_half(void **state)
{
    (void)state;
    static const float values[] = {
        0.0F,      -0.0F,    0x1p-24F, 0x1p-25F, 0x1.000002p-25F, 0x1p-26F,  0x1p-14F, 65504.0F,
        65519.99F, 65520.0F, 65536.0F, 1e30F,    INFINITY,        0x1p-149F, 1.0F / 3, -2.5F};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; ++i)
        assert_encodes(values[i]);
    for (unsigned half = 0; half < 0x7bff; ++half) {
        const double a = half_by_definition(half), b = half_by_definition(half + 1);
        const float middle = (float)((a + b) / 2);
        const float near[3] = {nextafterf(middle, 0), middle, nextafterf(middle, INFINITY)};
        for (int i = 0; i < 3; ++i)
            assert_int_equal(encode_half(near[i], OCS_SIMD_SCALAR), nearest_half(near[i]));
    }
}

static void simd_levels_encode_the_same_bits(void **state)
{
    (void)state;
    enum { N = 100003 };
    float *const values = malloc(N * sizeof *values);
    unsigned char *const scalar = malloc(2 * N), *const other = malloc(2 * N);
    uint32_t bits = 1;
    for (int i = 0; i < N; ++i) {
        bits = bits * 1664525 + 1013904223;
        memcpy(&values[i], &bits, sizeof bits); /* NaNs and subnormals among them */
    }
    ocs_voxels_encode(&half_format, OCS_SIMD_SCALAR, values, scalar, N);
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level) {
        if (!ocs_simd_available((enum ocs_simd)level))
            continue;
        ocs_voxels_encode(&half_format, (enum ocs_simd)level, values, other, N);
        assert_memory_equal(scalar, other, 2 * N);
    }
    free(other);
    free(scalar);
    free(values);
}

/* Every integer a mode holds comes back; what lies between or beyond goes to the nearest. */
static void integers_come_back_and_others_go_to_the_nearest(void **state)
{
    (void)state;
    static const struct {
        struct ocs_voxel_format format;
        int low, high;
    } kinds[] = {{{.mode = 0}, -128, 127},
                 {{.mode = 0, .unsigned_bytes = true}, 0, 255},
                 {{.mode = 1}, -32768, 32767},
                 {{.mode = 6}, 0, 65535}};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; ++k) {
        struct ocs_voxel_format format = kinds[k].format;
        const int low = kinds[k].low, high = kinds[k].high;
        const uint64_t n = (uint64_t)(high - low + 1);
        float *const values = malloc(n * sizeof *values), *const back = malloc(n * sizeof *back);
        unsigned char *const bytes = malloc(2 * n);
        for (uint64_t i = 0; i < n; ++i)
            values[i] = (float)(low + (int)i);
        ocs_voxels_encode(&format, OCS_SIMD_SCALAR, values, bytes, n);
        format.swapped = host_is_big();
        ocs_voxels_decode_row(&format, OCS_SIMD_SCALAR, bytes, back, n);
        assert_memory_equal(back, values, n * sizeof *values);
        const float odd[] = {(float)low - 0.4F,
                             (float)low - 9e9F,
                             (float)high + 3e9F,
                             INFINITY,
                             -INFINITY,
                             NAN,
                             2.5F,
                             3.5F,
                             2.49F};
        const float right[] = {(float)low, (float)low, (float)high, (float)high, (float)low, 0, 2,
                               4,          2};
        format.swapped = false;
        ocs_voxels_encode(&format, OCS_SIMD_SCALAR, odd, bytes, 9);
        format.swapped = host_is_big();
        ocs_voxels_decode_row(&format, OCS_SIMD_SCALAR, bytes, back, 9);
        assert_memory_equal(back, right, sizeof right);
        free(bytes);
        free(back);
        free(values);
    }
}

static void float32_goes_through_unchanged(void **state)
{
    (void)state;
    enum { N = 37 };
    float values[N], back[N];
    unsigned char bytes[4 * N], big[4 * N + 1];
    for (int i = 0; i < N; ++i)
        values[i] = (float)i * 1.7F - 20;
    values[3] = NAN;
    values[4] = -INFINITY;
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level) {
        const enum ocs_simd simd = (enum ocs_simd)level;
        if (!ocs_simd_available(simd))
            continue;
        ocs_voxels_encode(&float_format, simd, values, bytes, N);
        assert_int_equal(bytes[4] | bytes[5] << 8 | bytes[6] << 16 | (int64_t)bytes[7] << 24,
                         bits_of(values[1]));
        decode(2, host_is_big(), false, simd, bytes, back, N);
        assert_memory_equal(back, values, sizeof values);
        for (int i = 0; i < 4 * N; ++i)
            big[1 + i] = bytes[(i & ~3) + 3 - (i & 3)];
        decode(2, !host_is_big(), false, simd, big + 1, back, N);
        assert_memory_equal(back, values, sizeof values);
    }
}

/* Rows of every length up to 70 from every misalignment, compared with the value each voxel must
 * have. */
struct integer_mode {
    int32_t mode;
    bool unsigned_bytes;
    unsigned bytes;
};

static float integer_voxel(const struct integer_mode *mode, unsigned raw)
{
    if (mode->mode == 0 && !mode->unsigned_bytes)
        return raw < 128 ? (float)raw : (float)raw - 256;
    if (mode->mode == 1)
        return raw < 32768 ? (float)raw : (float)raw - 65536;
    return (float)raw;
}

static void check_integer_rows(const struct integer_mode *mode, bool big, enum ocs_simd simd)
{
    unsigned char bytes[160];
    float to[80];
    for (uint64_t n = 0; n <= 70; ++n) {
        const uint64_t shift = n % 5;
        for (uint64_t i = 0; i < sizeof bytes; ++i)
            bytes[i] = (unsigned char)(i * 89 + n * 31);
        to[n] = 12345;
        decode(mode->mode, big != host_is_big(), mode->unsigned_bytes, simd, bytes + shift, to, n);
        for (uint64_t i = 0; i < n; ++i) {
            const unsigned char *const at = bytes + shift + i * mode->bytes;
            const unsigned raw = mode->bytes == 1 ? at[0]
                                 : big            ? at[0] * 256U + at[1]
                                                  : at[1] * 256U + at[0];
            assert_true(to[i] == integer_voxel(mode, raw));
        }
        assert_true(to[n] == 12345);
    }
}

static void integers_decode_exactly(void **state)
{
    (void)state;
    static const struct integer_mode modes[] = {
        {0, false, 1}, {0, true, 1}, {1, false, 2}, {6, false, 2}};
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level)
        for (size_t i = 0; i < sizeof modes / sizeof modes[0]; ++i)
            for (int big = 0; big < 2; ++big)
                if (ocs_simd_available((enum ocs_simd)level))
                    check_integer_rows(&modes[i], big, (enum ocs_simd)level);
}

static void nibbles_start_low(void **state)
{
    (void)state;
    for (int level = 0; level < OCS_SIMD_LEVELS; ++level) {
        if (!ocs_simd_available((enum ocs_simd)level))
            continue;
        for (uint64_t n = 0; n <= 70; ++n) {
            unsigned char bytes[40];
            float to[80];
            for (unsigned i = 0; i < sizeof bytes; ++i)
                bytes[i] = (unsigned char)(i * 37 + n);
            to[n] = 12345;
            decode(101, n & 1, false, (enum ocs_simd)level, bytes, to, n);
            for (uint64_t i = 0; i < n; ++i)
                assert_true(to[i] == (float)(i % 2 ? bytes[i / 2] / 16 : bytes[i / 2] % 16));
            assert_true(to[n] == 12345);
        }
    }
}

static void rows_have_their_bytes(void **state)
{
    (void)state;
    assert_int_equal(ocs_voxels_row_bytes(0, 7), 7);
    assert_int_equal(ocs_voxels_row_bytes(1, 7), 14);
    assert_int_equal(ocs_voxels_row_bytes(2, 7), 28);
    assert_int_equal(ocs_voxels_row_bytes(6, 7), 14);
    assert_int_equal(ocs_voxels_row_bytes(12, 7), 14);
    assert_int_equal(ocs_voxels_row_bytes(101, 7), 4);
    assert_int_equal(ocs_voxels_row_bytes(101, 8), 4);
    assert_int_equal(ocs_voxels_row_bytes(3, 7), 0);
    assert_int_equal(ocs_voxels_row_bytes(4, 7), 0);
    assert_int_equal(ocs_voxels_row_bytes(5, 7), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_half_decodes_exactly),
        cmocka_unit_test(floats_round_to_the_nearest_even_half),
        cmocka_unit_test(simd_levels_encode_the_same_bits),
        cmocka_unit_test(integers_come_back_and_others_go_to_the_nearest),
        cmocka_unit_test(float32_goes_through_unchanged),
        cmocka_unit_test(integers_decode_exactly),
        cmocka_unit_test(nibbles_start_low),
        cmocka_unit_test(rows_have_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
