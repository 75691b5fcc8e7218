/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_IDENTITY_H
#define OCS_IDENTITY_H

/* By what an input is known again in a later run. */

#include "source.h"

struct ocs_identity {
    uint64_t bytes;      /* UINT64_MAX: not known                                           */
    int64_t modified_ns; /* since 1970; 0: not known                                        */
    char state[OCS_SOURCE_STATE_BYTES]; /* what a server says; see ocs_source_state        */
    uint64_t digest; /* place_sum.h of pieces here and there, the first and the last among them */
};

/* Of the regular file `path`, where "-" is standard input, or of a folder: names, sizes and times
 * of all files in it. Nothing is known of anything else. OCS_IO when it cannot be read. */
OCS_MUST_USE enum ocs_status
ocs_identity_of_file(const char *path, struct ocs_identity *identity_ret, struct ocs_error *error);

/* Size, state and digest of a URL that can be read at any place. */
OCS_MUST_USE enum ocs_status ocs_identity_of_source(const struct ocs_source *source,
                                                    struct ocs_identity *identity_ret,
                                                    struct ocs_error *error);

#endif
