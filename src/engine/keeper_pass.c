/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "keeper_internal.h"

#include "checked.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* | head | claims | lengths of the spans | spans | */
struct head {
    char name[16];
    uint64_t number, units;
    double seconds;
    uint64_t claims, spans;
};

/* ---- claims ---- */

static struct ocs_claim *find_claim(struct ocs_keeper *keeper, uint64_t file, uint64_t offset)
{
    for (unsigned i = 0; i < keeper->claim_count; ++i)
        if (keeper->claim[i].file == file && keeper->claim[i].offset == offset)
            return &keeper->claim[i];
    return NULL;
}

void ocs_keeper_forget(struct ocs_run_state *run, unsigned file, uint64_t offset)
{
    struct ocs_keeper *const keeper = run->keeper;
    struct ocs_claim *const claim = keeper ? find_claim(keeper, file, offset) : NULL;
    if (claim)
        *claim = keeper->claim[--keeper->claim_count];
}

static void put_claim(struct ocs_keeper *keeper, const struct ocs_claim *claim)
{
    struct ocs_claim *place = find_claim(keeper, claim->file, claim->offset);
    if (!place) {
        assert(keeper->claim_count < OCS_CLAIMS);
        place = &keeper->claim[keeper->claim_count++];
    }
    *place = *claim;
}

/* ---- from the journal ---- */

/* The last record of pass number `next`; false when there is none. */
static bool find_record(struct ocs_keeper *keeper, struct ocs_journal_record *record_ret,
                        struct head *head_ret, struct ocs_error *error)
{
    bool found = false;
    struct ocs_journal_record record;
    struct head head;
    while (ocs_journal_peek(keeper->journal, &record) && record.kind == OCS_KEEPER_PASS &&
           record.bytes >= sizeof head &&
           ocs_journal_read(keeper->journal, &record, 0, &head, sizeof head, error) == OCS_OK &&
           head.number == keeper->next) {
        found = true;
        *record_ret = record;
        *head_ret = head;
        ocs_journal_pass(keeper->journal);
    }
    return found;
}

static bool fits(const struct ocs_journal_record *record, const struct head *head, const char *name,
                 const struct ocs_found *found)
{
    uint64_t bytes = sizeof *head + found->place_count * sizeof(struct ocs_claim) +
                     found->span_count * sizeof(uint64_t);
    for (unsigned i = 0; i < found->span_count; ++i)
        bytes += found->span[i].bytes;
    return strncmp(head->name, name, sizeof head->name) == 0 &&
           head->claims == found->place_count && head->spans == found->span_count &&
           record->bytes == bytes;
}

static enum ocs_status take_claims(struct ocs_keeper *keeper,
                                   const struct ocs_journal_record *record,
                                   const struct ocs_found *found, struct ocs_error *error)
{
    struct ocs_claim claims[OCS_WATCHES];
    const enum ocs_status status =
        ocs_journal_read(keeper->journal, record, sizeof(struct head), claims,
                         found->place_count * sizeof *claims, error);
    if (status != OCS_OK)
        return status;
    for (unsigned i = 0; i < found->place_count; ++i) {
        const struct ocs_place *const place = &found->place[i];
        if (claims[i].file != place->file || claims[i].offset != place->offset ||
            claims[i].done > place->bytes)
            return ocs_keeper_fail_record(keeper, error);
        put_claim(keeper, &claims[i]);
    }
    return OCS_OK;
}

static enum ocs_status take_spans(const struct ocs_keeper *keeper,
                                  const struct ocs_journal_record *record,
                                  const struct ocs_found *found, struct ocs_error *error)
{
    uint64_t at = sizeof(struct head) + found->place_count * sizeof(struct ocs_claim);
    uint64_t lengths[OCS_FOUND_SPANS];
    enum ocs_status status = ocs_journal_read(keeper->journal, record, at, lengths,
                                              found->span_count * sizeof *lengths, error);
    at += found->span_count * sizeof *lengths;
    for (unsigned i = 0; i < found->span_count && status == OCS_OK; ++i) {
        if (lengths[i] != found->span[i].bytes)
            return ocs_keeper_fail_record(keeper, error);
        status =
            ocs_journal_read(keeper->journal, record, at, found->span[i].at, lengths[i], error);
        at += lengths[i];
    }
    return status;
}

enum ocs_status ocs_keeper_recall(struct ocs_run_state *run, const char *name,
                                  const struct ocs_found *found, uint64_t *units_ret,
                                  struct ocs_error *error)
{
    struct ocs_keeper *const keeper = run->keeper;
    *units_ret = 0;
    if (!keeper)
        return OCS_OK;
    keeper->seconds = 0;
    struct ocs_journal_record record;
    struct head head;
    const bool is_there = !keeper->live && find_record(keeper, &record, &head, error);
    ++keeper->next;
    if (!is_there)
        return OCS_OK;
    if (!fits(&record, &head, name, found))
        return ocs_keeper_fail_record(keeper, error);
    enum ocs_status status = take_claims(keeper, &record, found, error);
    if (status == OCS_OK)
        status = take_spans(keeper, &record, found, error);
    if (status == OCS_OK)
        ocs_run_note_time(run, name, head.seconds, true);
    *units_ret = head.units;
    keeper->seconds = head.seconds;
    return status;
}

/* ---- into the journal ---- */

/* Each file's places are watched in the order in which they are found. */
static void watch(struct ocs_run_state *run, const struct ocs_found *found)
{
    struct ocs_keeper *const keeper = run->keeper;
    for (unsigned file = 0; file < OCS_FILES; ++file)
        keeper->watches[file].count = 0;
    for (unsigned i = 0; i < found->place_count; ++i) {
        const struct ocs_place *const place = &found->place[i];
        struct ocs_watches *const watches = &keeper->watches[place->file];
        struct ocs_watch *const next = &watches->watch[watches->count++];
        next->offset = place->offset;
        next->bytes = place->bytes;
        atomic_store(&next->sum, 0);
    }
}

/* What is written now may lie where records have other bytes: they go, and a later run begins from
 * the front. */
static enum ocs_status start_over(struct ocs_keeper *keeper, struct ocs_error *error)
{
    if (!keeper->has_records)
        return OCS_OK;
    keeper->has_records = false;
    return ocs_journal_clear(keeper->journal, error);
}

enum ocs_status ocs_keeper_begin(struct ocs_run_state *run, const struct ocs_found *found,
                                 uint64_t first, struct ocs_error *error)
{
    struct ocs_keeper *const keeper = run->keeper;
    if (!keeper)
        return OCS_OK;
    if (!keeper->live) {
        const enum ocs_status status = ocs_keeper_check(run, error);
        if (status != OCS_OK)
            return status;
        keeper->live = true;
    }
    if (keeper->closed)
        return found->place_count > 0 ? start_over(keeper, error) : OCS_OK;
    keeper->closed = found->lost;
    if (first == 0)
        for (unsigned i = 0; i < found->place_count; ++i)
            ocs_keeper_forget(run, (unsigned)found->place[i].file, found->place[i].offset);
    watch(run, found);
    return OCS_OK;
}

static enum ocs_status sync_files(struct ocs_run_state *run, const struct ocs_found *found,
                                  struct ocs_error *error)
{
    bool written[OCS_FILES] = {false};
    for (unsigned i = 0; i < found->place_count; ++i)
        written[found->place[i].file] = true;
    enum ocs_status status = run->writer ? ocs_writer_drain(run->writer, error) : OCS_OK;
    for (unsigned file = 0; file < OCS_FILES && status == OCS_OK; ++file)
        if (written[file])
            status = file == OCS_SCRATCH_FILE
                         ? ocs_scratch_sync(run->scratch, error)
                         : ocs_output_file_sync(ocs_run_output(run, file), error);
    return status;
}

static uint64_t watched_sum(struct ocs_keeper *keeper, const struct ocs_place *place)
{
    struct ocs_watches *const watches = &keeper->watches[place->file];
    for (unsigned i = 0; i < watches->count; ++i)
        if (watches->watch[i].offset == place->offset)
            return atomic_exchange(&watches->watch[i].sum, 0);
    return 0;
}

static struct ocs_claim new_claim(struct ocs_keeper *keeper, const struct ocs_place *place,
                                  const struct ocs_done *done)
{
    const struct ocs_claim *const before = find_claim(keeper, place->file, place->offset);
    return (struct ocs_claim){
        .file = place->file,
        .offset = place->offset,
        .done = place->bytes / done->planes * done->planes_done,
        .sum = (before ? before->sum : 0) + watched_sum(keeper, place),
    };
}

static enum ocs_status append(struct ocs_keeper *keeper, const struct head *head,
                              const struct ocs_claim *claims, const struct ocs_found *found,
                              struct ocs_error *error)
{
    uint64_t lengths[OCS_FOUND_SPANS];
    struct ocs_journal_piece pieces[3 + OCS_FOUND_SPANS] = {
        {head, sizeof *head},
        {claims, found->place_count * sizeof *claims},
        {lengths, found->span_count * sizeof *lengths},
    };
    for (unsigned i = 0; i < found->span_count; ++i) {
        lengths[i] = found->span[i].bytes;
        pieces[3 + i] = (struct ocs_journal_piece){found->span[i].at, found->span[i].bytes};
    }
    return ocs_journal_append(keeper->journal, OCS_KEEPER_PASS, pieces, 3 + found->span_count,
                              error);
}

enum ocs_status ocs_keeper_record(struct ocs_run_state *run, const char *name,
                                  const struct ocs_found *found, const struct ocs_done *done,
                                  struct ocs_error *error)
{
    struct ocs_keeper *const keeper = run->keeper;
    if (!keeper || keeper->closed)
        return OCS_OK;
    const enum ocs_status status = sync_files(run, found, error);
    if (status != OCS_OK)
        return status;
    struct ocs_claim claims[OCS_WATCHES];
    for (unsigned i = 0; i < found->place_count; ++i) {
        claims[i] = new_claim(keeper, &found->place[i], done);
        put_claim(keeper, &claims[i]);
    }
    keeper->seconds += done->seconds;
    struct head head = {
        .number = keeper->next - 1,
        .units = done->units,
        .seconds = keeper->seconds,
        .claims = found->place_count,
        .spans = found->span_count,
    };
    snprintf(head.name, sizeof head.name, "%s", name);
    keeper->has_records = true;
    return append(keeper, &head, claims, found, error);
}
