/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SOURCE_INTERNAL_H
#define OCS_SOURCE_INTERNAL_H

/* What streams need to know of a source. */

#include "http.h"
#include "http_stock.h"
#include "mapping.h"
#include "source.h"

/* NULL when it is a file; what follows is for files only. */
struct ocs_http *ocs_source_http(const struct ocs_source *source);

/* NULL: there is none. */
struct ocs_http_stock *ocs_source_stocked(const struct ocs_source *source);

int ocs_source_descriptor(const struct ocs_source *source);

/* Its start is NULL when the source is read, not mapped. */
const struct ocs_mapping *ocs_source_mapping(const struct ocs_source *source);

/* OCS_BAD_INPUT when the file is shorter now than when it was opened (within the last page that is
 * all one sees of a cut, a mapping shows zeros there) or was written to since. OCS_IO when a mapped
 * page could not be read. */
OCS_MUST_USE enum ocs_status ocs_source_check(const struct ocs_source *source,
                                              struct ocs_error *error);

/* For a read of a part the source had, that met the end of the file at byte `at`. */
enum ocs_status ocs_source_fail_cut(const struct ocs_source *source, uint64_t at,
                                    struct ocs_error *error);

/* For a read at byte `at` that failed with a positive errno. */
enum ocs_status ocs_source_fail_read(const struct ocs_source *source, uint64_t at, int system,
                                     struct ocs_error *error);

#endif
