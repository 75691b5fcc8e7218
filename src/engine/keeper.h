/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_KEEPER_H
#define OCS_KEEPER_H

/* What lets a later run go on where this one was ended. A run is a fixed sequence of passes, and
 * all that happens between them follows from what they found. So what a pass found is recorded in
 * the journal when it is done, or, where its units are slabs, every now and then when some of them
 * are; and in a later run the pass takes it from there instead of being run.
 *
 *     record:  number, name, units done, seconds | places with checksums | spans
 *
 * No pass writes what it reads, so that the one that was under way can always be done again. What
 * the records say was written is read back and compared before the first pass that is really run.
 *
 * All functions do nothing, successfully, in a run without a journal. */

#include "found.h"
#include "journal.h"
#include "pass.h"

struct ocs_run_state;
struct ocs_keeper;

#define OCS_ALL_UNITS UINT64_MAX

/* How far a pass has come. */
struct ocs_done {
    uint64_t units;               /* or OCS_ALL_UNITS                                      */
    uint64_t planes, planes_done; /* this part of each place  is written                    */
    double seconds;               /* since the last record of it                            */
};

/* Opens the journal of the plan. *fresh_ret: there is nothing to go on from. *published_ret: the
 * interrupted run had finished everything but the names of its files, which have them now, and the
 * report is filled. Refuses a journal of other options or inputs. Must be closed in any case. */
OCS_MUST_USE enum ocs_status ocs_keeper_open(struct ocs_run_state *run, bool *fresh_ret,
                                             bool *published_ret, struct ocs_error *error);

/* After scratch and outputs were opened. */
void ocs_keeper_watch(struct ocs_run_state *run);

/* Whether there is anything that a later run could take over. */
bool ocs_keeper_has_records(const struct ocs_run_state *run);

/* `leave`: for a later run; else journal and scratch are removed. */
void ocs_keeper_close(struct ocs_run_state *run, bool leave);

/* The next pass of the sequence, called `name`: fills what `found` points to from the journal and
 * says how many units of it that stands for: 0 when it is not there. */
OCS_MUST_USE enum ocs_status ocs_keeper_recall(struct ocs_run_state *run, const char *name,
                                               const struct ocs_found *found, uint64_t *units_ret,
                                               struct ocs_error *error);

/* Something is really run now, from `first` on; it writes the places. */
OCS_MUST_USE enum ocs_status ocs_keeper_begin(struct ocs_run_state *run,
                                              const struct ocs_found *found, uint64_t first,
                                              struct ocs_error *error);

/* The pass called `name` has come so far. */
OCS_MUST_USE enum ocs_status ocs_keeper_record(struct ocs_run_state *run, const char *name,
                                               const struct ocs_found *found,
                                               const struct ocs_done *done,
                                               struct ocs_error *error);

/* Nobody reads what is at that place any more: others may be written over it. */
void ocs_keeper_forget(struct ocs_run_state *run, unsigned file, uint64_t offset);

/* Everything is complete and on the disk, and only wants its name. */
OCS_MUST_USE enum ocs_status ocs_keeper_record_publishing(struct ocs_run_state *run,
                                                          struct ocs_error *error);

/* Seconds from one record of a pass to the next. */
double ocs_keeper_interval(const struct ocs_run_state *run);

/* One worker's part of the budget for reading back. */
uint64_t ocs_keeper_need(void);

#endif
