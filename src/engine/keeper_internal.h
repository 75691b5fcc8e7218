/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_KEEPER_INTERNAL_H
#define OCS_KEEPER_INTERNAL_H

/* The keeper from inside: keeper.c keeps the order, keeper_pass.c has the records of passes,
 * keeper_check.c reads back, keeper_key.c tells whether a journal is of this run. */

#include "keeper.h"
#include "run_internal.h"

enum ocs_keeper_kind { OCS_KEEPER_KEY = 1, OCS_KEEPER_PASS, OCS_KEEPER_PUBLISHING };

enum { OCS_CLAIMS = 48, OCS_KEY_BYTES = 8192 };

/* Bytes that passes to come may read, as they were written: `done` of them from `offset` on. */
struct ocs_claim {
    uint64_t file, offset, done, sum;
};

struct ocs_keeper {
    struct ocs_journal *journal;
    bool has_records;
    bool closed;   /* nothing is recorded any more: it would stand on what gets lost              */
    bool live;     /* the journal is used up, and what it claims was compared                     */
    uint64_t next; /* number of the pass that comes next                                     */
    double interval;
    double seconds; /* of that pass before this one, in all the runs so far                    */
    unsigned claim_count;
    struct ocs_claim claim[OCS_CLAIMS];
    struct ocs_watches watches[OCS_FILES];
};

/* What the run is, as lines "name=value" of what must not change between the runs. */
OCS_MUST_USE enum ocs_status ocs_keeper_make_key(const struct ocs_run_state *run,
                                                 char key_ret[OCS_KEY_BYTES],
                                                 struct ocs_error *error);

/* OCS_USAGE or OCS_BAD_INPUT, naming the first thing that differs from the journal's. */
OCS_MUST_USE enum ocs_status ocs_keeper_compare(const char *folder, const char *was,
                                                const char *now, struct ocs_error *error);

/* Memory and threads of an interrupted run; left alone when the journal does not say. */
void ocs_keeper_read_resources(const struct ocs_journal *journal, uint64_t *memory_ret,
                               unsigned *threads_ret);

/* Compares all claims with what is there. OCS_IO when anything is not as it was written. */
OCS_MUST_USE enum ocs_status ocs_keeper_check(struct ocs_run_state *run, struct ocs_error *error);

/* How to start afresh. */
void ocs_keeper_advise(const char *folder, struct ocs_error *error);

/* With that advice. */
enum ocs_status ocs_keeper_fail(enum ocs_status status, const char *folder, const char *what,
                                struct ocs_error *error);

/* OCS_IO, with that advice: what was read is no record of such a run. */
enum ocs_status ocs_keeper_fail_record(const struct ocs_keeper *keeper, struct ocs_error *error);

/* The open output, NULL: not wanted. */
struct ocs_output_file *ocs_run_output(const struct ocs_run_state *run, unsigned index);

#endif
