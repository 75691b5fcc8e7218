/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "histogram.h"

#include <assert.h>
#include <math.h>

/* t(v) = (v - edge[0]) * factor, as the row kernel rounds it, never falls as v grows. So it is at
 * least t(edge[b]) for all values of bin b and at most t(edge[b + 1]): where these are no further
 * than `doubt` from b and b + 1, a t that is further from both is in no other bin. */
static float doubt_of(const float *edge, int32_t bins, float factor)
{
    double doubt = 0;
    for (int32_t b = 1; b < bins; ++b) {
        const float t = (edge[b] - edge[0]) * factor;
        const double away = fabs((double)t - (double)b);
        if (!(away <= doubt)) /* NaN stays */
            doubt = away;
        if (isnan(doubt))
            break;
    }
    return nextafterf((float)doubt, INFINITY);
}

struct ocs_binning ocs_binning_make(const float *edge, int32_t bins, float factor)
{
    return (struct ocs_binning){edge, bins, factor, doubt_of(edge, bins, factor)};
}

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
    bins_ret->doubt = doubt_of(bins_ret->edge, OCS_BINS, bins_ret->factor);
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
