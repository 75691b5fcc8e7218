/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FILTER_H
#define OCS_FILTER_H

/* Pass "filter": along z, from one store to another or in place: forward transform, mask, inverse
 * at the wanted size, scaling. A unit is a block of columns. Afterwards plane z of the second store
 * is ready for synthesis. */

#include "pass.h"
#include "spectral.h"
#include "spectrum_store.h"

struct ocs_filter {
    const struct ocs_run_context *context;
    const struct ocs_spectral *spectral;
    struct ocs_spectrum_store *store, *into; /* may be the same                               */
    uint64_t block_columns; /* columns of one unit                                         */
    struct ocs_fft *forward, *backward;
};

uint64_t ocs_filter_need(const struct ocs_spectral *spectral, uint64_t block_columns);
OCS_MUST_USE enum ocs_status ocs_filter_begin(struct ocs_filter *filter, struct ocs_error *error);
struct ocs_pass ocs_filter_pass(struct ocs_filter *filter);
void ocs_filter_end(struct ocs_filter *filter);

#endif
