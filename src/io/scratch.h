/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SCRATCH_H
#define OCS_SCRATCH_H

/* One nameless file for what does not fit the memory: gone with the process, whatever ends it.
 * Positioned and synchronous; any thread may use it. */

#include "occustream/error.h"

struct ocs_scratch;

/* In folder `dir`. Checks first that `bytes` are free there (OCS_NO_SPACE, with both figures). */
OCS_MUST_USE enum ocs_status ocs_scratch_create(const char *dir, uint64_t bytes,
                                                struct ocs_scratch **scratch_ret,
                                                struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_scratch_write(struct ocs_scratch *scratch, uint64_t offset,
                                               const void *bytes, uint64_t count,
                                               struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_scratch_read(struct ocs_scratch *scratch, uint64_t offset,
                                              void *bytes, uint64_t count, struct ocs_error *error);
void ocs_scratch_close(struct ocs_scratch *scratch);

#endif
