/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_JOURNAL_H
#define OCS_JOURNAL_H

/* The folder of a run that can be resumed, and the journal in it: records that are appended, each
 * with a checksum and on the disk before the call returns.
 *
 *     SCRATCH/occustream-STEM-xxxxxxxx.resume/journal      locked by the process that uses it
 *                                            /scratch      see scratch.h
 *
 *     record:  | mark | kind | payload bytes | checksum | payload |
 *
 * Reading goes from record to record. A record that is torn or damaged ends the journal: it and
 * what follows do not count. One thread. */

#include "occustream/error.h"

#include <stdbool.h>

struct ocs_journal;

/* The folder's path; xxxxxxxx stands for the place of the results. OCS_USAGE when it is too long.
 */
OCS_MUST_USE enum ocs_status ocs_journal_folder(const char *scratch_dir, const char *stem,
                                                const char *output_dir, char *path_ret,
                                                uint64_t path_bytes, struct ocs_error *error);

/* Opens the journal in `folder` and takes its lock; `make`: makes both where they are missing.
 * Without, OCS_IO with ENOENT in error->system when there is none. OCS_IO with EWOULDBLOCK when
 * another process has it, OCS_IO when the folder is somebody else's. */
OCS_MUST_USE enum ocs_status ocs_journal_open(const char *folder, bool make,
                                              struct ocs_journal **journal_ret,
                                              struct ocs_error *error);

/* Closes it, and leaves the files for a later run. NULL is fine. */
void ocs_journal_close(struct ocs_journal *journal);

/* Removes folder and all, and closes it; one that still has records of work is to be cleared
 * before. NULL is fine. */
void ocs_journal_remove(struct ocs_journal *journal);

const char *ocs_journal_path(const struct ocs_journal *journal); /* of the folder */

/* ---- reading ---- */

struct ocs_journal_record {
    uint32_t kind;
    uint64_t bytes; /* of the payload                                                       */
    uint64_t at;    /* where it begins in the file                                          */
};

/* Looks at the next record without passing it; false at the end. */
bool ocs_journal_peek(const struct ocs_journal *journal, struct ocs_journal_record *record_ret);

/* Looks at the last record there was when the journal was opened; false when there was none. */
bool ocs_journal_peek_last(const struct ocs_journal *journal,
                           struct ocs_journal_record *record_ret);

/* Passes the next record. */
void ocs_journal_pass(struct ocs_journal *journal);

/* `count` bytes of a record's payload from `from` on, which are there. */
OCS_MUST_USE enum ocs_status ocs_journal_read(const struct ocs_journal *journal,
                                              const struct ocs_journal_record *record,
                                              uint64_t from, void *to, uint64_t count,
                                              struct ocs_error *error);

/* ---- writing ---- */

struct ocs_journal_piece {
    const void *at;
    uint64_t bytes;
};

/* Drops what was not passed yet, and appends a record of these pieces. */
OCS_MUST_USE enum ocs_status ocs_journal_append(struct ocs_journal *journal, uint32_t kind,
                                                const struct ocs_journal_piece *pieces,
                                                unsigned count, struct ocs_error *error);

/* Drops everything. */
OCS_MUST_USE enum ocs_status ocs_journal_clear(struct ocs_journal *journal,
                                               struct ocs_error *error);

/* ---- what others left ---- */

/* Folders of this form in `scratch_dir` that are ours and that no process uses: the first such
 * but `except` (may be NULL) into `path_ret`, their number returned. */
unsigned ocs_journal_find_left(const char *scratch_dir, const char *except, char *path_ret,
                               uint64_t path_bytes);

#endif
