/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The row kernel of normal deviates, part of rows_body.h. A counter's four random words make two
 * pairs of deviates after Box and Muller, sqrt(-2 log u) times the cosine and the sine of a random
 * angle. Sixteen counters make the deviates of 64 voxels: the first deviate of each, then the
 * second of each and so on, so that vectors are written as they are. A deviate depends on the seed
 * and the voxel's index only. Coefficients: tests/kernel/fit_polynomials.py. */

#include "noise_lanes.h"

#include <string.h>

enum {
    DRAWS = 4,               /* deviates a counter                         */
    DRAW_RUN = 16,           /* counters of which voxels take turns        */
    GROUP = DRAWS * DRAW_RUN /* voxels of these counters                   */
};

static inline uint32_t bits_of(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static inline float float_of(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* -2 log u, u the middle of one of 2^31 equal parts of (0,1); u may round to 1. With u = m * 2^e
 * and m in [sqrt(1/2), sqrt(2)) it is -2 e log 2 - 4 atanh s, s = (m - 1)/(m + 1). */
static inline float minus_two_log(uint32_t random)
{
    enum { ROOT_HALF = 0x3F3504F3, MANTISSA = 0x007FFFFF, BIAS = 64 };
    const float u = ((float)(int32_t)(random >> 1) + 0.5F) * 0x1p-31F;
    const uint32_t offset = bits_of(u) - ROOT_HALF + ((uint32_t)BIAS << 23);
    const float e = (float)((int32_t)(offset >> 23) - BIAS);
    const float m = float_of((offset & MANTISSA) + ROOT_HALF);
    const float s = (m - 1.0F) / (m + 1.0F), z = s * s;
    const float p = -4.0F + z * (-1.33333635F + z * (-0.799497008F + z * -0.598487794F));
    return e * -1.38629436F + s * p;
}

/* cos and sin of 2 pi random / 2^32: the nearest quarter turn, and the rest within an eighth. */
static inline void turn(uint32_t random, float *cosine, float *sine)
{
    const uint32_t eighth = 0x20000000U, quarters = (random + eighth) >> 30;
    const float x = (float)(int32_t)(random - (quarters << 30)) * 1.46291808e-9F, z = x * x;
    const float s = x + x * z * (-0.166666642F + z * (0.00833274797F + z * -0.000195878907F));
    const float c =
        1.0F + z * (-0.5F + z * (0.0416666493F + z * (-0.00138875889F + z * 2.44637886e-05F)));
    const float along = quarters & 1 ? s : c, across = quarters & 1 ? c : s;
    *cosine = float_of(bits_of(along) ^ ((quarters + 1) & 2) << 30);
    *sine = float_of(bits_of(across) ^ (quarters & 2) << 30);
}

/* DRAW_RUN deviates and as many that go with them. */
static inline void two_normals(const uint32_t *random_radius, const uint32_t *random_angle,
                               float *restrict normals)
{
    for (int i = 0; i < DRAW_RUN; ++i) {
        const float radius = sqrtf(minus_two_log(random_radius[i]));
        float cosine, sine;
        turn(random_angle[i], &cosine, &sine);
        normals[i] = radius * cosine;
        normals[DRAW_RUN + i] = radius * sine;
    }
}

static void draw_block(uint64_t seed, uint64_t counter, float *restrict normals, uint32_t count)
{
    uint32_t words[DRAWS][PHILOX_ROW];
    philox_row(counter, seed, words, count);
    for (uint32_t i = 0; i < count; i += DRAW_RUN) {
        two_normals(words[0] + i, words[1] + i, normals + (size_t)DRAWS * i);
        two_normals(words[2] + i, words[3] + i, normals + (size_t)DRAWS * i + GROUP / 2);
    }
}

/* `normals` has room for whole multiples of what is found at once. */
static void normal(uint64_t seed, uint64_t first, float *to, uint64_t n)
{
    float normals[DRAWS * PHILOX_ROW];
    while (n > 0) {
        const uint64_t skip = first % GROUP;
        const uint64_t most = sizeof normals / sizeof *normals - skip, some = n < most ? n : most;
        const uint64_t multiple = (uint64_t)DRAWS * PHILOX_MULTIPLE;
        const uint64_t multiples = (skip + some + multiple - 1) / multiple;
        draw_block(seed, first / GROUP * DRAW_RUN, normals, (uint32_t)multiples * PHILOX_MULTIPLE);
        memcpy(to, normals + skip, some * sizeof *to);
        first += some;
        to += some;
        n -= some;
    }
}
