/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PHANTOM_NOISE_H
#define PHANTOM_NOISE_H

/* Band-limited noise: white noise that is a hash of the voxel's position, smoothed by a Gaussian
 * along each axis. The Gaussian's amplitude has fallen to 2 % at the band limit. */

#include "block.h"

enum { PHANTOM_MAX_HALF = 24 }; /* voxels of smoothing on each side */

struct phantom_noise {
    uint64_t key;
    int64_t box[3];
    int64_t half[3];                     /* taps on each side                            */
    float taps[3][PHANTOM_MAX_HALF + 1]; /* the middle one, then outwards                */
};

/* The coarsest band limit that can be made, in voxels. */
#define PHANTOM_COARSEST_BAND 16.0

/* Standard deviation `sigma`; `band` in angstrom, 0 for white noise. */
struct phantom_noise phantom_noise_make(double sigma, double band, const int64_t box[3],
                                        const double voxel[3], uint64_t seed);

/* Floats of working space that phantom_noise_add needs for blocks up to this size. */
int64_t phantom_noise_work(const struct phantom_noise *noise, const struct phantom_block *block);

/* Adds noise to the block. */
void phantom_noise_add(const struct phantom_noise *noise, const struct phantom_block *block,
                       float *work, float *density);

#endif
