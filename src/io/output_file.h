/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_OUTPUT_FILE_H
#define OCS_OUTPUT_FILE_H

/* A file that appears under its name only when complete: written without a name (O_TMPFILE) where
 * the file system can, else under a hidden temporary one; then fsync and an atomic link or rename.
 */

#include "occustream/error.h"

#include <stdbool.h>

struct ocs_output_file;
struct ocs_watches;

/* Whether `path` may be written: OCS_IO if it exists and not `force` (advice: --force), if it is a
 * folder, or if its folder is missing or not writable. Changes nothing. */
OCS_MUST_USE enum ocs_status ocs_output_file_check(const char *path, bool force,
                                                   struct ocs_error *error);

/* `expected_bytes` are reserved at once, so that a full disk is met before the work (OCS_NO_SPACE).
 * 0: none. */
OCS_MUST_USE enum ocs_status ocs_output_file_create(const char *path, bool force,
                                                    uint64_t expected_bytes,
                                                    struct ocs_output_file **file_ret,
                                                    struct ocs_error *error);

/* Whether a later run may go on with it. A kept file is written under the hidden name
 * ".NAME.resume.part", which stays until it is published or abandoned, and is locked. Fresh ones
 * are made, or emptied; the others must be there. */
enum ocs_output_keeping { OCS_OUTPUT_NOT_KEPT, OCS_OUTPUT_KEPT_FRESH, OCS_OUTPUT_KEPT };

/* As ocs_output_file_create. OCS_IO when another process has a kept file open. */
OCS_MUST_USE enum ocs_status ocs_output_file_open(const char *path, bool force,
                                                  enum ocs_output_keeping keeping,
                                                  uint64_t expected_bytes,
                                                  struct ocs_output_file **file_ret,
                                                  struct ocs_error *error);

/* What tells the file, whatever its name. */
uint64_t ocs_output_file_inode(const struct ocs_output_file *file);

/* Takes up an interrupted publishing: the kept file `inode` has its name already, or gets it now.
 * OCS_IO when it is neither here nor there. */
OCS_MUST_USE enum ocs_status ocs_output_file_settle(const char *path, bool force, uint64_t inode,
                                                    struct ocs_error *error);

/* What goes through a writer from now on is noted in `watches`; NULL: no longer. */
void ocs_output_file_watch(struct ocs_output_file *file, struct ocs_watches *watches);

/* Writes all `bytes` at `offset`, waiting for it (headers, reports). */
OCS_MUST_USE enum ocs_status ocs_output_file_write(struct ocs_output_file *file, uint64_t offset,
                                                   const void *bytes, uint64_t count,
                                                   struct ocs_error *error);

/* Reads back `count` bytes that were written at `offset`. */
OCS_MUST_USE enum ocs_status ocs_output_file_read(struct ocs_output_file *file, uint64_t offset,
                                                  void *bytes, uint64_t count,
                                                  struct ocs_error *error);

/* Drops what was written, or reserved, from `bytes` on. */
OCS_MUST_USE enum ocs_status ocs_output_file_cut(struct ocs_output_file *file, uint64_t bytes,
                                                 struct ocs_error *error);

/* fsync, so that a later publish is quick. Optional. */
OCS_MUST_USE enum ocs_status ocs_output_file_sync(struct ocs_output_file *file,
                                                  struct ocs_error *error);

/* Makes the file appear under its name (without `force`, an existing file is never replaced). Until
 * it is left, abandoning it takes the name away again and gives it back to what was replaced. */
OCS_MUST_USE enum ocs_status ocs_output_file_appear(struct ocs_output_file *file,
                                                    struct ocs_error *error);

/* Closes and frees it; what appeared stays. NULL is fine. */
void ocs_output_file_leave(struct ocs_output_file *file);

/* Leaves nothing behind. NULL is fine. */
void ocs_output_file_abandon(struct ocs_output_file *file);

/* The same, but a kept file goes back to its hidden name for a later run. NULL is fine. */
void ocs_output_file_put_by(struct ocs_output_file *file);

const char *ocs_output_file_path(const struct ocs_output_file *file);

#endif
