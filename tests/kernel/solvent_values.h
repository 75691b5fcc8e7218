/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SOLVENT_VALUES_H
#define SOLVENT_VALUES_H

/* A map's worth of grey values, exact in float32 so that record_solvent.py makes the same ones: a
 * bell of six uniform numbers, and content on top of every twelfth. The solvent region is the first
 * SOLVENT_REGION of them. */

#include "solvent.h"

enum { SOLVENT_VALUES = 60000, SOLVENT_REGION = 40000 };

static inline int solvent_uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (int)(*state >> 48);
}

static inline void solvent_fill(float values[SOLVENT_VALUES])
{
    uint64_t state = 1;
    for (int i = 0; i < SOLVENT_VALUES; ++i) {
        int value = -6 * 32768;
        for (int k = 0; k < 6; ++k)
            value += solvent_uniform(&state);
        if (i % 12 == 0)
            value += 8 * solvent_uniform(&state);
        values[i] = (float)value / (1 << 23);
    }
}

static inline void solvent_density(const float *values, uint64_t n, struct ocs_bins *bins,
                                   double density[OCS_BINS])
{
    const struct ocs_kernels *const kernels = ocs_kernels_for(OCS_SIMD_SCALAR);
    float min = values[0], max = values[0];
    uint64_t tables[OCS_COUNT_TABLES * OCS_BINS] = {0}, counts[OCS_BINS];
    kernels->range(values, n, &min, &max);
    ocs_bins_make(min, max, bins);
    const struct ocs_binning binning = ocs_bins_binning(bins);
    kernels->histogram(&binning, values, n, tables);
    ocs_counts_sum(tables, counts);
    ocs_bins_density(bins, counts, density);
}

#endif
