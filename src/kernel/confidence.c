/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "confidence.h"

#include <math.h>

/* The reference evaluates the model in float32, edges being float32. */
static double reference_gaussian_at(const struct ocs_gaussian *gaussian, float grey)
{
    const float from_mean = grey - (float)gaussian->mean;
    const float spread = (float)(2 * gaussian->sigma * gaussian->sigma);
    return (double)((float)gaussian->scale * expf(-(from_mean * from_mean) / spread));
}

/* The part of each bin that the solvent does not explain. */
static void raw_curve(const struct ocs_bins *bins, const double *density,
                      const struct ocs_gaussian *fit, bool reference, double *curve)
{
    const double small = reference ? 0.01 : 1e-4 * fit->scale;
    for (int i = 0; i < OCS_BINS; ++i) {
        const float edge = bins->edge[i];
        const double solvent =
            reference ? reference_gaussian_at(fit, edge) : ocs_gaussian_at(fit, (double)edge);
        curve[i] = (density[i] + small - fmax(solvent, 0)) / (density[i] + small);
    }
}

/* From the top down neither the curve nor its slope may rise again, until the solvent explains
 * everything. */
static void fall_monotonously(double *curve)
{
    double slope = 0;
    for (int i = OCS_BINS - 2; i >= 0; --i) {
        const double above = curve[i + 1];
        curve[i] = fmin(fmin(curve[i], above), above - slope);
        slope = above - curve[i];
        if (i > 0 && curve[i - 1] <= 0) {
            for (int below = 0; below < i - 1; ++below)
                curve[below] = 0;
            return;
        }
    }
}

/* NaN becomes 0. */
static double to_unit(double v)
{
    return v > 1 ? 1 : v > 0 ? v : 0;
}

static void apply_hedge(double *curve, bool reference, double hedge)
{
    for (int i = 0; i < OCS_BINS; ++i)
        curve[i] = pow(reference ? curve[i] : to_unit(curve[i]), hedge);
}

void ocs_confidence_make(const struct ocs_bins *bins, const double density[OCS_BINS],
                         const struct ocs_gaussian *fit, bool reference, double hedge,
                         struct ocs_confidence *confidence_ret)
{
    double *const curve = confidence_ret->curve;
    raw_curve(bins, density, fit, reference, curve);
    fall_monotonously(curve);
    if (hedge > 1)
        apply_hedge(curve, reference, hedge);
    unsigned confident = 0;
    for (int i = 0; i < OCS_BINS; ++i) {
        confident += curve[i] > 0.5;
        confidence_ret->table[i] = (float)to_unit(curve[i]);
    }
    confidence_ret->limit_bin = OCS_BINS - confident;
    confidence_ret->limit_grey = (double)bins->edge[OCS_BINS - confident];
}

struct ocs_lookup ocs_confidence_lookup(const struct ocs_confidence *confidence,
                                        const struct ocs_bins *bins, bool reference)
{
    const float range = bins->max - bins->min;
    return (struct ocs_lookup){.table = confidence->table,
                               .bins = OCS_BINS,
                               .range = range,
                               .min = reference ? bins->min / range : bins->min,
                               .reference = reference};
}
