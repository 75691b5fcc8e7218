/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SOLVENT_H
#define OCS_SOLVENT_H

/* The Gaussian solvent model (algorithm.md step 6) by Levenberg-Marquardt (MINPACK's lmdif). */

#include "histogram.h"
#include "occustream/error.h"

#include <stdbool.h>

struct ocs_gaussian {
    double scale, mean, sigma; /* scale in 1/grey, mean and sigma in grey values; sigma > 0 */
};

struct ocs_solvent_model {
    struct ocs_gaussian fit;
    bool poor; /* the histogram has no flank right of its peak, or the fit did not settle */
    double content_at_1pct; /* grey value: edge after the highest bin of content fraction <= 0.01 */
    double solvent_edge;    /* grey value: left edge of the highest bin the model still reaches */
};

/* Fits the density of the solvent region. `reference`: tolerance 1e-3, else 1e-5 of the fitted
 * scale. Both limits compare bin i with the model at the i-th point of the fit, not at a bin edge.
 * A fit that does not settle leaves the start values. OCS_BAD_INPUT when a density is not finite.
 */
OCS_MUST_USE enum ocs_status ocs_solvent_fit(const struct ocs_bins *bins,
                                             const double density[OCS_BINS], bool reference,
                                             struct ocs_solvent_model *model_ret,
                                             struct ocs_error *error);

double ocs_gaussian_at(const struct ocs_gaussian *gaussian, double grey);

#endif
