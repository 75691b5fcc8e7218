/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PHANTOM_ENCODE_H
#define PHANTOM_ENCODE_H

/* Densities -> voxels as the file stores them. Written apart from the library's own code on
 * purpose: the library's reader is tested on what this writes. */

#include <stdbool.h>
#include <stdint.h>

/* stored = density * factor + offset, rounded to the mode's nearest value and clamped to its range.
 */
struct phantom_encoding {
    int mode; /* 0 int8, 1 int16, 2 float32, 6 uint16, 12 float16                          */
    bool big_endian;
    float factor, offset;
};

/* Densities from `low` (<= 0) to `high` (> 0) use the whole range of an integer mode; 0 stays 0
 * where the mode has signs. Float modes keep densities as they are. */
struct phantom_encoding phantom_encoding_make(int mode, bool big_endian, double low, double high);

enum { PHANTOM_VOXEL_BYTES_MOST = 4 };
int64_t phantom_voxel_bytes(int mode);

/* Of the stored values. */
struct phantom_stats {
    double min, max, sum, squares;
};

struct phantom_stats phantom_stats_none(void);
struct phantom_stats phantom_stats_merge(struct phantom_stats a, struct phantom_stats b);

void phantom_encode(const struct phantom_encoding *encoding, const float *density, int64_t n,
                    unsigned char *to, struct phantom_stats *stats);

/* `bits`, the lowest `bytes` bytes of it, in the file's order. */
void phantom_put(unsigned char *to, uint32_t bits, int64_t bytes, bool big_endian);

#endif
