/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_TALLY_H
#define OCS_ZARR_TALLY_H

/* What the stored bytes of a Zarr store give, so that a few of them cannot stand for more than
 * anyone has the time to read. What is refused does not depend on the order in which chunks come.
 * Any number of threads. */

#include "occustream/error.h"

struct ocs_zarr_input;

struct ocs_zarr_tally {
    uint64_t expansion; /* how many plain bytes a stored one may give                       */
    _Atomic uint64_t stored, excess;
};

/* A chunk was found. OCS_LIMIT, naming `path`, when chunks give too much: each on its own may be up
 * to its share, and what is beyond that in all of them, up to OCS_EXPANSION_FREE_BYTES. */
OCS_MUST_USE enum ocs_status ocs_zarr_tally_add(const struct ocs_zarr_input *input, uint64_t stored,
                                                const char *path, struct ocs_error *error);

/* All chunks there are were found: OCS_LIMIT when the array, with what is fill, is too large for
 * them. */
OCS_MUST_USE enum ocs_status ocs_zarr_tally_check(const struct ocs_zarr_input *input,
                                                  struct ocs_error *error);

#endif
