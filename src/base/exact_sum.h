/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_EXACT_SUM_H
#define OCS_EXACT_SUM_H

/* A sum of doubles without rounding, so that its value does not depend on the order in which slabs,
 * bands and threads contribute. The sum is a fixed-point number wide enough for every finite
 * double: bit 0 of word 0 weighs 2^-1074. Words are kept as signed 32-bit digits in 64-bit slots
 * with room for 2^31 additions between carries. Adding NaN or infinity is not allowed. */

#include <stdint.h>

#define OCS_EXACT_SUM_WORDS 68

struct ocs_exact_sum {
    int64_t word[OCS_EXACT_SUM_WORDS];
    uint32_t pending; /* additions since the last carry */
};

/* A sum that starts as all zero bytes is a valid zero. */
void ocs_exact_sum_add(struct ocs_exact_sum *sum, double value);
void ocs_exact_sum_merge(struct ocs_exact_sum *into, const struct ocs_exact_sum *from);

/* The sum rounded once to double (correct to within one unit in the last place). */
double ocs_exact_sum_value(const struct ocs_exact_sum *sum);

#endif
