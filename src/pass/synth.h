/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SYNTH_H
#define OCS_SYNTH_H

/* Planes of a filtered volume, computed from its kept spectrum when they are wanted: the inverse
 * transforms along y and x of one stored plane. Recomputing a plane beats storing the volume. */

#include "pass.h"
#include "spectral.h"
#include "spectrum_store.h"

/* Shared by all workers, immutable. */
struct ocs_synth;

OCS_MUST_USE enum ocs_status ocs_synth_create(struct ocs_budget *budget,
                                              const struct ocs_spectral *spectral,
                                              const struct ocs_spectrum_store *store,
                                              struct ocs_synth **synth_ret,
                                              struct ocs_error *error);
void ocs_synth_destroy(struct ocs_synth *synth);

/* One worker's buffers. */
struct ocs_synth_desk;

uint64_t ocs_synth_need(const struct ocs_spectral *spectral);
OCS_MUST_USE enum ocs_status ocs_synth_open(const struct ocs_synth *synth,
                                            struct ocs_synth_desk **desk_ret,
                                            struct ocs_error *error);
void ocs_synth_close(struct ocs_synth_desk *desk);

/* Makes plane z the one that rows are taken from. Loading the same plane again costs nothing. */
OCS_MUST_USE enum ocs_status ocs_synth_load(struct ocs_synth_desk *desk, uint64_t z,
                                            struct ocs_error *error);

/* Rows y .. y + rows of the loaded plane, x.n_out floats each. */
void ocs_synth_rows(struct ocs_synth_desk *desk, uint64_t y, uint64_t rows, float *to);

#endif
