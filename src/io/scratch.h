/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SCRATCH_H
#define OCS_SCRATCH_H

/* One file for what does not fit the memory: nameless, so that it is gone with the process,
 * whatever ends it; or kept under a name for a run that is to be resumed. Positioned and
 * synchronous; any thread may use it. */

#include "occustream/error.h"

#include <stdbool.h>

struct ocs_scratch;
struct ocs_watches;

/* In folder `dir`. Checks first that `bytes` are free there (OCS_NO_SPACE, with both figures). */
OCS_MUST_USE enum ocs_status ocs_scratch_create(const char *dir, uint64_t bytes,
                                                struct ocs_scratch **scratch_ret,
                                                struct ocs_error *error);

/* The file `path`, which stays. `fresh`: made, or emptied; else it must be there. Nobody else may
 * use it (journal.h). */
OCS_MUST_USE enum ocs_status ocs_scratch_open_kept(const char *path, bool fresh, uint64_t bytes,
                                                   struct ocs_scratch **scratch_ret,
                                                   struct ocs_error *error);

/* What is written from now on is noted in `watches`; NULL: no longer. While nobody writes. */
void ocs_scratch_watch(struct ocs_scratch *scratch, struct ocs_watches *watches);

/* All that was written is on the disk. */
OCS_MUST_USE enum ocs_status ocs_scratch_sync(struct ocs_scratch *scratch, struct ocs_error *error);

OCS_MUST_USE enum ocs_status ocs_scratch_write(struct ocs_scratch *scratch, uint64_t offset,
                                               const void *bytes, uint64_t count,
                                               struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_scratch_read(struct ocs_scratch *scratch, uint64_t offset,
                                              void *bytes, uint64_t count, struct ocs_error *error);
void ocs_scratch_close(struct ocs_scratch *scratch);

#endif
