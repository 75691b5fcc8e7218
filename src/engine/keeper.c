/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper_internal.h"

#include "fail.h"

#include <stdlib.h>
#include <string.h>

static const double default_interval = 20;

/* For tests and for storage that is slow to sync: OCCUSTREAM_CHECKPOINT, in seconds. */
static double chosen_interval(void)
{
    const char *const wish = getenv("OCCUSTREAM_CHECKPOINT");
    const double seconds = wish ? strtod(wish, NULL) : 0;
    return seconds > 0 && seconds < 1e6 ? seconds : default_interval;
}

double ocs_keeper_interval(const struct ocs_run_state *run)
{
    return run->keeper->interval;
}

/* ---- whose journal it is ---- */

/* Passes the key of a journal that is this run's. A journal that does not get further than its key
 * is as good as none. */
static enum ocs_status match_key(struct ocs_keeper *keeper, const char *key, bool *fresh_ret,
                                 struct ocs_error *error)
{
    struct ocs_journal_record record;
    *fresh_ret = true;
    if (!ocs_journal_peek(keeper->journal, &record) || record.kind != OCS_KEEPER_KEY ||
        record.bytes == 0 || record.bytes > OCS_KEY_BYTES)
        return OCS_OK;
    char was[OCS_KEY_BYTES];
    enum ocs_status status =
        ocs_journal_read(keeper->journal, &record, 0, was, record.bytes, error);
    if (status != OCS_OK)
        return status;
    was[record.bytes - 1] = '\0';
    ocs_journal_pass(keeper->journal);
    *fresh_ret = !ocs_journal_peek(keeper->journal, &record);
    keeper->has_records = !*fresh_ret;
    return *fresh_ret ? OCS_OK
                      : ocs_keeper_compare(ocs_journal_path(keeper->journal), was, key, error);
}

static enum ocs_status start_journal(struct ocs_keeper *keeper, const char *key,
                                     struct ocs_error *error)
{
    const enum ocs_status status = ocs_journal_clear(keeper->journal, error);
    const struct ocs_journal_piece piece = {key, strlen(key) + 1};
    return status == OCS_OK ? ocs_journal_append(keeper->journal, OCS_KEEPER_KEY, &piece, 1, error)
                            : status;
}

/* ---- files that only want their names ---- */

/* | inodes of maps, texts; 0: none | report | its targets | */
struct names {
    uint64_t map[OCS_OUTPUT_KINDS], text[OCS_TEXTS];
};

static enum ocs_status settle_names(struct ocs_results *results, const struct names *names,
                                    struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS && status == OCS_OK; ++i)
        if (names->map[i])
            status =
                ocs_output_file_settle(results->map_path[i], results->force, names->map[i], error);
    for (unsigned i = 0; i < OCS_TEXTS && status == OCS_OK; ++i)
        if (names->text[i])
            status = ocs_output_file_settle(results->text_path[i], results->force, names->text[i],
                                            error);
    return status;
}

/* Lists end inside their arrays, and the targets are as many as there are bytes of. */
static bool report_fits(const struct ocs_journal_record *record, const struct ocs_report *report)
{
    const uint64_t targets = record->bytes - sizeof(struct names) - sizeof *report;
    return report->pass_count <= OCS_REPORT_PASSES && report->output_count <= OCS_OUTPUT_KINDS &&
           report->warning_count <= OCS_REPORT_NOTES &&
           report->input.finding_count <= OCS_REPORT_NOTES &&
           targets == report->target_count * sizeof *report->targets;
}

static enum ocs_status read_report(const struct ocs_keeper *keeper,
                                   const struct ocs_journal_record *record,
                                   struct ocs_report *report, struct ocs_error *error)
{
    const uint64_t at = sizeof(struct names);
    enum ocs_status status =
        ocs_journal_read(keeper->journal, record, at, report, sizeof *report, error);
    if (status == OCS_OK && !report_fits(record, report))
        status = ocs_keeper_fail_record(keeper, error);
    report->targets = NULL;
    const unsigned targets = status == OCS_OK ? report->target_count : 0;
    report->target_count = 0;
    if (status != OCS_OK) {
        *report = (struct ocs_report){0};
        return status;
    }
    for (unsigned i = 0; i < report->pass_count; ++i)
        report->passes[i].taken_over = true;
    if (targets == 0)
        return OCS_OK;
    report->targets = calloc(targets, sizeof *report->targets);
    if (!report->targets)
        return ocs_fail(error, OCS_LIMIT, "resuming", NULL, "no memory");
    report->target_count = targets;
    return ocs_journal_read(keeper->journal, record, at + sizeof *report, report->targets,
                            targets * sizeof *report->targets, error);
}

static enum ocs_status publish_again(struct ocs_run_state *run,
                                     const struct ocs_journal_record *record,
                                     struct ocs_error *error)
{
    struct names names;
    if (record->bytes < sizeof names + sizeof *run->report)
        return ocs_keeper_fail_record(run->keeper, error);
    enum ocs_status status =
        ocs_journal_read(run->keeper->journal, record, 0, &names, sizeof names, error);
    if (status == OCS_OK)
        status = settle_names(&run->plan->results, &names, error);
    if (status == OCS_OK)
        status = read_report(run->keeper, record, run->report, error);
    else
        ocs_keeper_advise(ocs_journal_path(run->keeper->journal), error);
    return status;
}

/* ---- opening and closing ---- */

static enum ocs_status open_journal(struct ocs_run_state *run, struct ocs_error *error)
{
    struct ocs_plan *const plan = run->plan;
    if (plan->journal)
        return OCS_OK;
    return ocs_journal_open(plan->resume_folder, true, &plan->journal, error);
}

static enum ocs_status open_keeper(struct ocs_run_state *run, bool *fresh_ret,
                                   struct ocs_error *error)
{
    struct ocs_keeper *const keeper = run->keeper;
    enum ocs_status status = open_journal(run, error);
    if (status != OCS_OK)
        return status;
    keeper->journal = run->plan->journal;
    char *const key = malloc(OCS_KEY_BYTES);
    if (!key)
        return ocs_fail(error, OCS_LIMIT, "resuming", NULL, "no memory");
    status = ocs_keeper_make_key(run, key, error);
    if (status == OCS_OK)
        status = match_key(keeper, key, fresh_ret, error);
    if (status == OCS_OK && *fresh_ret)
        status = start_journal(keeper, key, error);
    free(key);
    return status;
}

enum ocs_status ocs_keeper_open(struct ocs_run_state *run, bool *fresh_ret, bool *published_ret,
                                struct ocs_error *error)
{
    *published_ret = false;
    struct ocs_keeper *const keeper = calloc(1, sizeof *keeper);
    if (!keeper)
        return ocs_fail(error, OCS_LIMIT, "resuming", NULL, "no memory");
    keeper->interval = chosen_interval();
    run->keeper = keeper;
    const enum ocs_status status = open_keeper(run, fresh_ret, error);
    struct ocs_journal_record last;
    if (status != OCS_OK || *fresh_ret || !ocs_journal_peek_last(keeper->journal, &last) ||
        last.kind != OCS_KEEPER_PUBLISHING)
        return status;
    *published_ret = true;
    return publish_again(run, &last, error);
}

bool ocs_keeper_has_records(const struct ocs_run_state *run)
{
    return run->keeper && run->keeper->has_records;
}

void ocs_keeper_watch(struct ocs_run_state *run)
{
    struct ocs_keeper *const keeper = run->keeper;
    if (run->scratch)
        ocs_scratch_watch(run->scratch, &keeper->watches[OCS_SCRATCH_FILE]);
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        if (ocs_run_output(run, i))
            ocs_output_file_watch(ocs_run_output(run, i), &keeper->watches[i]);
}

void ocs_keeper_close(struct ocs_run_state *run, bool leave)
{
    struct ocs_keeper *const keeper = run->keeper;
    if (!keeper)
        return;
    if (keeper->journal && !leave) {
        struct ocs_error error;
        if (!run->complete && ocs_journal_clear(keeper->journal, &error) != OCS_OK)
            leave = true;
    }
    if (keeper->journal && !leave) {
        ocs_journal_remove(keeper->journal);
        run->plan->journal = NULL;
    }
    run->keeper = NULL;
    free(keeper);
}

/* ---- publishing ---- */

static struct names names_of(const struct ocs_results *results)
{
    struct names names = {.map = {0}};
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        if (results->map[i].file)
            names.map[i] = ocs_output_file_inode(ocs_map_file_output(results->map[i].file));
    for (unsigned i = 0; i < OCS_TEXTS; ++i)
        if (results->text[i])
            names.text[i] = ocs_output_file_inode(results->text[i]);
    return names;
}

enum ocs_status ocs_keeper_record_publishing(struct ocs_run_state *run, struct ocs_error *error)
{
    if (!run->keeper || run->keeper->closed)
        return OCS_OK;
    const struct names names = names_of(&run->plan->results);
    const struct ocs_report *const report = run->report;
    const struct ocs_journal_piece pieces[] = {
        {&names, sizeof names},
        {report, sizeof *report},
        {report->targets, report->target_count * sizeof *report->targets},
    };
    return ocs_journal_append(run->keeper->journal, OCS_KEEPER_PUBLISHING, pieces, 3, error);
}
