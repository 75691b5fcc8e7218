/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "journal_internal.h"

#include "fail.h"
#include "place_sum.h"
#include "positioned.h"
#include "retry.h"

#include <errno.h>
#include <unistd.h>

enum { SCAN_BYTES = OCS_JOURNAL_SCAN_BYTES, MOST_PAYLOAD_BITS = 48 };

/* "OCSJRN1\n" */
static const uint64_t mark = UINT64_C(0x0a314e524a53434f);

struct head {
    uint64_t mark, kind, bytes;
    uint64_t sum; /* of the kind and the bytes, as if they stood before the payload           */
};

/* What a record's checksum begins with. */
static uint64_t head_sum(const struct head *head)
{
    const uint64_t start[2] = {head->kind, head->bytes};
    return ocs_place_sum(0, start, sizeof start);
}

static uint64_t payload_sum(uint64_t from, const void *bytes, uint64_t count)
{
    return ocs_place_sum(2 * sizeof(uint64_t) + from, bytes, count);
}

/* ---- reading ---- */

static bool read_exactly(const struct ocs_journal *journal, uint64_t at, void *to, uint64_t count)
{
    uint64_t done;
    return ocs_read_at(journal->descriptor, at, to, count, &done) == 0 && done == count;
}

static bool is_whole(const struct ocs_journal *journal, uint64_t at, const struct head *head)
{
    unsigned char *const buffer = journal->scan;
    uint64_t sum = head_sum(head);
    for (uint64_t from = 0; from < head->bytes; from += SCAN_BYTES) {
        const uint64_t now = head->bytes - from < SCAN_BYTES ? head->bytes - from : SCAN_BYTES;
        if (!read_exactly(journal, at + sizeof *head + from, buffer, now))
            return false;
        sum += payload_sum(from, buffer, now);
    }
    return sum == head->sum;
}

static bool read_head(const struct ocs_journal *journal, uint64_t at, struct head *head)
{
    return read_exactly(journal, at, head, sizeof *head) && head->mark == mark &&
           head->bytes >> MOST_PAYLOAD_BITS == 0 && head->kind <= UINT32_MAX;
}

void ocs_journal_find_end(struct ocs_journal *journal)
{
    struct head head;
    journal->end = 0;
    while (read_head(journal, journal->end, &head) && is_whole(journal, journal->end, &head)) {
        journal->last = journal->end;
        journal->end += sizeof head + head.bytes;
    }
}

static bool peek_at(const struct ocs_journal *journal, uint64_t at,
                    struct ocs_journal_record *record_ret)
{
    struct head head;
    if (at >= journal->end || !read_head(journal, at, &head))
        return false;
    *record_ret = (struct ocs_journal_record){(uint32_t)head.kind, head.bytes, at + sizeof head};
    return true;
}

bool ocs_journal_peek(const struct ocs_journal *journal, struct ocs_journal_record *record_ret)
{
    return peek_at(journal, journal->cursor, record_ret);
}

bool ocs_journal_peek_last(const struct ocs_journal *journal, struct ocs_journal_record *record_ret)
{
    return peek_at(journal, journal->last, record_ret);
}

void ocs_journal_pass(struct ocs_journal *journal)
{
    struct ocs_journal_record record;
    if (ocs_journal_peek(journal, &record))
        journal->cursor = record.at + record.bytes;
}

enum ocs_status ocs_journal_read(const struct ocs_journal *journal,
                                 const struct ocs_journal_record *record, uint64_t from, void *to,
                                 uint64_t count, struct ocs_error *error)
{
    uint64_t done;
    int failure = ocs_read_at(journal->descriptor, record->at + from, to, count, &done);
    if (!failure && done < count)
        failure = EIO;
    return failure ? ocs_fail_system(error, "reading the journal in", journal->folder, failure)
                   : OCS_OK;
}

/* ---- writing ---- */

static enum ocs_status fail_writing(const struct ocs_journal *journal, int system,
                                    struct ocs_error *error)
{
    return ocs_fail_system(error, "writing the journal in", journal->folder, system);
}

static enum ocs_status cut_here(struct ocs_journal *journal, struct ocs_error *error)
{
    journal->end = journal->cursor;
    if (ocs_truncate(journal->descriptor, (off_t)journal->end) != 0)
        return fail_writing(journal, errno, error);
    return OCS_OK;
}

/* The head comes last, so that a record is torn until all of it is there. */
static int write_record(const struct ocs_journal *journal, struct head *head,
                        const struct ocs_journal_piece *pieces, unsigned count)
{
    uint64_t from = 0;
    head->sum = head_sum(head);
    for (unsigned i = 0; i < count; ++i) {
        const int failure = ocs_write_at(journal->descriptor, journal->end + sizeof *head + from,
                                         pieces[i].at, pieces[i].bytes, NULL);
        if (failure)
            return failure;
        head->sum += payload_sum(from, pieces[i].at, pieces[i].bytes);
        from += pieces[i].bytes;
    }
    return ocs_write_at(journal->descriptor, journal->end, head, sizeof *head, NULL);
}

enum ocs_status ocs_journal_append(struct ocs_journal *journal, uint32_t kind,
                                   const struct ocs_journal_piece *pieces, unsigned count,
                                   struct ocs_error *error)
{
    const enum ocs_status status = cut_here(journal, error);
    if (status != OCS_OK)
        return status;
    struct head head = {.mark = mark, .kind = kind};
    for (unsigned i = 0; i < count; ++i)
        head.bytes += pieces[i].bytes;
    const int failure = write_record(journal, &head, pieces, count);
    if (failure)
        return fail_writing(journal, failure, error);
    if (ocs_sync_data(journal->descriptor) != 0)
        return fail_writing(journal, errno, error);
    journal->end += sizeof head + head.bytes;
    journal->cursor = journal->end;
    return OCS_OK;
}

enum ocs_status ocs_journal_clear(struct ocs_journal *journal, struct ocs_error *error)
{
    journal->cursor = 0;
    const enum ocs_status status = cut_here(journal, error);
    if (status == OCS_OK && ocs_sync_data(journal->descriptor) != 0)
        return fail_writing(journal, errno, error);
    return status;
}
