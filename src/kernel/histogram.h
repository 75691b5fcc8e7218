/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_HISTOGRAM_H
#define OCS_HISTOGRAM_H

/* NumPy's histogram of float32 data, bin for bin: 1000 bins between min and max (algorithm.md step
 * 6). */

#include "kernels.h"

enum { OCS_BINS = 1000 };

struct ocs_bins {
    float min, max;
    float edge[OCS_BINS + 1]; /* numpy.linspace(min, max, 1001) as float32 */
    float factor, doubt;      /* as in struct ocs_binning */
};

/* min < max, both finite. */
void ocs_bins_make(float min, float max, struct ocs_bins *bins_ret);

/* For the row kernel. Points to `bins`. */
static inline struct ocs_binning ocs_bins_binning(const struct ocs_bins *bins)
{
    return (struct ocs_binning){bins->edge, OCS_BINS, bins->factor, bins->doubt};
}

/* The same for any edges. `edge` is pointed to. */
struct ocs_binning ocs_binning_make(const float *edge, int32_t bins, float factor);

/* counts[i] / width_i / total, with the float32 widths NumPy uses. Infinite or NaN where edges
 * coincide because the range is too small for its distance from 0. */
void ocs_bins_density(const struct ocs_bins *bins, const uint64_t counts[OCS_BINS],
                      double density_ret[OCS_BINS]);

/* What the row kernel counted, its tables added up. */
static inline void ocs_counts_sum(const uint64_t tables[OCS_COUNT_TABLES * OCS_BINS],
                                  uint64_t counts_ret[OCS_BINS])
{
    for (int bin = 0; bin < OCS_BINS; ++bin) {
        counts_ret[bin] = 0;
        for (int table = 0; table < OCS_COUNT_TABLES; ++table)
            counts_ret[bin] += tables[table * OCS_BINS + bin];
    }
}

#endif
