/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HALF_SUMS_H
#define OCS_HALF_SUMS_H

/* Statistics of float16 values as they stand in a file. Every finite half is a whole number of
 * 2^-24, below 2^40 of them, so that sums and sums of squares are exact in 128 bits for up to 2^47
 * values, and do not depend on the order in which parts are added. */

#include "cpu.h"

#include "occustream/report.h"

__extension__ typedef __int128 ocs_int128;
__extension__ typedef unsigned __int128 ocs_uint128;

/* All zero bytes: no values yet. */
struct ocs_half_sums {
    ocs_int128 sum;      /* of values in units of 2^-24                                      */
    ocs_uint128 squares; /* in units of 2^-48                                                */
    int64_t min, max;    /* in units of 2^-24                                                */
    uint64_t count;      /* of finite values                                                 */
    uint64_t infinite;   /* infinities and NaN, not part of the above                        */
};

/* `n` halves, little-endian. `simd` changes nothing but the time. */
void ocs_half_sums_add(struct ocs_half_sums *sums, enum ocs_simd simd, const unsigned char *halves,
                       uint64_t n);
void ocs_half_sums_merge(struct ocs_half_sums *into, const struct ocs_half_sums *from);

/* min and max are exact, mean and rms good to double's precision. All 0 when there are no values.
 */
struct ocs_statistics ocs_half_sums_statistics(const struct ocs_half_sums *sums);

#endif
