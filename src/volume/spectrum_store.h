/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SPECTRUM_STORE_H
#define OCS_SPECTRUM_STORE_H

/* The kept part of a spectrum: `planes` planes of `columns` complex numbers, in memory or in
 * scratch. Written and read by plane (survey, synthesis) and by blocks of columns over all planes
 * (filter). Different threads may use different planes or different columns at once. */

#include "budget.h"

#include <complex.h>

struct ocs_scratch;
struct ocs_spectrum_store;

/* `scratch` NULL: in memory. Otherwise at `scratch_offset` of it, ocs_spectrum_store_bytes() long.
 */
OCS_MUST_USE enum ocs_status
ocs_spectrum_store_create(struct ocs_budget *budget, struct ocs_scratch *scratch,
                          uint64_t scratch_offset, uint64_t planes, uint64_t columns,
                          struct ocs_spectrum_store **store_ret, struct ocs_error *error);
void ocs_spectrum_store_destroy(struct ocs_spectrum_store *store);

uint64_t ocs_spectrum_store_bytes(uint64_t planes, uint64_t columns);

OCS_MUST_USE enum ocs_status ocs_spectrum_store_put(struct ocs_spectrum_store *store,
                                                    uint64_t plane, const float complex *columns,
                                                    struct ocs_error *error);

/* *columns_ret is the stored plane itself or a copy in `buffer`, which has room for one plane. */
OCS_MUST_USE enum ocs_status ocs_spectrum_store_get(const struct ocs_spectrum_store *store,
                                                    uint64_t plane, float complex *buffer,
                                                    const float complex **columns_ret,
                                                    struct ocs_error *error);

/* Columns [first, first + count) of planes [0, planes): block[plane * count + column]. */
OCS_MUST_USE enum ocs_status ocs_spectrum_store_get_block(const struct ocs_spectrum_store *store,
                                                          uint64_t first, uint64_t count,
                                                          uint64_t planes, float complex *block,
                                                          struct ocs_error *error);
OCS_MUST_USE enum ocs_status
ocs_spectrum_store_put_block(struct ocs_spectrum_store *store, uint64_t first, uint64_t count,
                             uint64_t planes, const float complex *block, struct ocs_error *error);

#endif
