/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "histogram.h"

#include <assert.h>
#include <math.h>

/* NumPy makes the edges in double and the factor from the float32 difference. */
void ocs_bins_make(float min, float max, struct ocs_bins *bins_ret)
{
    assert(isfinite(min) && isfinite(max) && min < max);
    const double step = ((double)max - (double)min) / OCS_BINS;
    for (int i = 0; i < OCS_BINS; ++i)
        bins_ret->edge[i] = (float)(i * step + (double)min);
    bins_ret->edge[OCS_BINS] = max;
    bins_ret->min = min;
    bins_ret->max = max;
    bins_ret->factor = (float)(OCS_BINS / (double)(max - min));
}

void ocs_bins_density(const struct ocs_bins *bins, const uint64_t counts[OCS_BINS],
                      double density_ret[OCS_BINS])
{
    uint64_t total = 0;
    for (int i = 0; i < OCS_BINS; ++i)
        total += counts[i];
    for (int i = 0; i < OCS_BINS; ++i) {
        const float width = bins->edge[i + 1] - bins->edge[i];
        density_ret[i] = (double)counts[i] / (double)width / (double)total;
    }
}
