/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CHECKED_H
#define OCS_CHECKED_H

/* Arithmetic on numbers that came from a file: false when the result does not fit. */

#include <stdbool.h>
#include <stdint.h>

static inline bool ocs_add_u64(uint64_t a, uint64_t b, uint64_t *sum_ret)
{
    return !__builtin_add_overflow(a, b, sum_ret);
}

static inline bool ocs_mul_u64(uint64_t a, uint64_t b, uint64_t *product_ret)
{
    return !__builtin_mul_overflow(a, b, product_ret);
}

static inline uint64_t ocs_min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t ocs_max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static inline uint64_t ocs_div_up_u64(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

#endif
