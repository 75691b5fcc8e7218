/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_LOCATION_H
#define OCS_LOCATION_H

/* Telling paths from URLs. Pure functions on strings; see also "occustream/location.h". */

#include "occustream/location.h"

#include <stdbool.h>

enum ocs_location_kind {
    OCS_LOCATION_PATH, /* "-" too */
    OCS_LOCATION_HTTP, /* http:// and https:// */
    OCS_LOCATION_S3,   /* s3:// */
    OCS_LOCATION_EMDB, /* emdb: */
};

/* By the beginning alone, in upper or lower case: "./emdb:1" is a path. */
enum ocs_location_kind ocs_location_kind(const char *location);

/* What follows "s3://" or "emdb:", the location itself otherwise. */
const char *ocs_location_rest(const char *location);

/* The name of the file there, without folders, query and fragment: "stdin" for "-",
 * "emd_NNNN.map.gz" for emdb:NNNN. Returns the length it needed, as snprintf. */
size_t ocs_location_name(const char *location, char *buffer, size_t buffer_bytes);

/* The number of an EMDB entry, 4 to 6 digits, or NULL when it is none. `location` is emdb:... */
const char *ocs_location_emdb_entry(const char *location);

#endif
