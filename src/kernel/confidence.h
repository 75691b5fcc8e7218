/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CONFIDENCE_H
#define OCS_CONFIDENCE_H

/* Confidence as a function of grey value (algorithm.md step 8). */

#include "solvent.h"

struct ocs_confidence {
    double curve[OCS_BINS]; /* after the monotone fall and the hedge, not yet clipped to [0,1] */
    float table[OCS_BINS];  /* curve clipped to [0,1] */
    double limit_grey;      /* b[1000 - count(curve > 0.5)] */
    unsigned limit_bin;     /* that index */
};

/* `bins`, `density`: L over the whole box. `hedge` <= 1: none. */
void ocs_confidence_make(const struct ocs_bins *bins, const double density[OCS_BINS],
                         const struct ocs_gaussian *fit, bool reference, double hedge,
                         struct ocs_confidence *confidence_ret);

/* The lookup that the row kernel takes; borrows `confidence`. */
struct ocs_lookup ocs_confidence_lookup(const struct ocs_confidence *confidence,
                                        const struct ocs_bins *bins, bool reference);

#endif
