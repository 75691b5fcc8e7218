/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "half_block.h"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#else
#define TARGET
#endif

/* Bits of 128, without a sign. In units of 2^-24 smaller values have 31 bits, so that no product of
 * 16 by 15 of them, nor a block's sum, needs more than 64. */
enum { TOO_LARGE = 0x5800, LOW_BITS = 15 };

struct sums {
    int64_t value;
    uint64_t high_squares, crosswise, low_squares;
    int32_t min, max;
    uint32_t largest; /* bits */
};

/* Without a branch: the compiler makes vectors of it. */
TARGET static struct sums sums_of(const unsigned char *halves, uint64_t n)
{
    struct sums sums = {.min = INT32_MAX, .max = INT32_MIN};
    for (uint64_t i = 0; i < n; ++i) {
        const uint32_t bits = halves[2 * i] | (uint32_t)halves[2 * i + 1] << 8;
        const uint32_t positive = bits & 0x7fffU, exponent = positive >> 10;
        const uint32_t normal = exponent ? 1 : 0;
        const uint32_t size = ((bits & 1023U) | normal << 10) << (exponent - normal);
        const uint32_t high = size >> LOW_BITS, low = size & ((1U << LOW_BITS) - 1);
        const int32_t value = (int32_t)(bits & 0x8000U ? 0U - size : size);
        sums.value += value;
        sums.high_squares += high * high;
        sums.crosswise += high * low;
        sums.low_squares += low * low;
        sums.min = value < sums.min ? value : sums.min;
        sums.max = value > sums.max ? value : sums.max;
        sums.largest = positive > sums.largest ? positive : sums.largest;
    }
    return sums;
}

bool ocs_half_block_add(struct ocs_half_sums *sums, const unsigned char *halves, uint64_t n)
{
    const struct sums block = sums_of(halves, n);
    if (block.largest >= TOO_LARGE)
        return false;
    const struct ocs_half_sums more = {
        .sum = block.value,
        .squares = ((ocs_uint128)block.high_squares << 2 * LOW_BITS) +
                   ((ocs_uint128)block.crosswise << (LOW_BITS + 1)) + block.low_squares,
        .min = block.min,
        .max = block.max,
        .count = n,
    };
    ocs_half_sums_merge(sums, &more);
    return true;
}
