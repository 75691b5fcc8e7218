/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the journal of an interrupted run: the records taken are whole ones from its front,
 * exactly those that a plain walk over the bytes finds, and what is appended comes behind those
 * that were passed. Input: a byte for how many records are passed before one is appended, then
 * parts of the file, each a byte for its kind, two for the bytes that follow, and these: as they
 * are, or with a record's head and checksum before them. */
#include "input.h"
#include "journal.h"
#include "place_sum.h"
#include "temporary.h"

#include <sys/stat.h>
#include <unistd.h>

enum { MOST_PARTS = 64, MOST_FILE = 256 << 10, RAW = 1, TORN = 2, MOST_KIND = 7 };

struct head {
    uint64_t mark, kind, bytes, sum;
};

struct file {
    unsigned char *bytes;
    uint64_t count;
};

static char folder[256], path[sizeof folder + 16];

static uint64_t sum_of(const struct head *head, const unsigned char *payload)
{
    const uint64_t start[2] = {head->kind, head->bytes};
    return ocs_place_sum(0, start, sizeof start) +
           ocs_place_sum(sizeof start, payload, head->bytes);
}

/* ---- the file ---- */

static void put(struct file *file, const void *from, uint64_t bytes)
{
    if (bytes > 0)
        memcpy(file->bytes + file->count, from, bytes);
    file->count += bytes;
}

static void make_part(struct fuzz_input *input, struct file *file)
{
    const uint8_t kind = fuzz_take_u8(input);
    const uint64_t wanted = fuzz_take_u16(input);
    const uint64_t bytes = wanted < input->size ? wanted : input->size;
    if (!(kind & RAW)) {
        struct head head = {UINT64_C(0x0a314e524a53434f), kind >> 2 & MOST_KIND, bytes, 0};
        head.sum = sum_of(&head, input->data) + (kind & TORN ? fuzz_take_u8(input) : 0);
        put(file, &head, sizeof head);
    }
    const uint64_t left = bytes < input->size ? bytes : input->size;
    put(file, input->data, left);
    input->data += left;
    input->size -= left;
}

static struct file make_file(struct fuzz_input *input)
{
    struct file file = {.bytes = fuzz_room(MOST_FILE)};
    for (unsigned parts = 0; parts < MOST_PARTS && input->size > 0; ++parts)
        if (file.count < MOST_FILE - (UINT16_MAX + sizeof(struct head)))
            make_part(input, &file);
    return file;
}

static void save(const struct file *file)
{
    FILE *const to = fopen(path, "wb");
    FUZZ_CHECK(to && fwrite(file->bytes, 1, file->count, to) == file->count);
    FUZZ_CHECK(fclose(to) == 0);
}

/* ---- records, by a plain walk ---- */

static bool next_record(const struct file *file, uint64_t *at, struct ocs_journal_record *record)
{
    struct head head;
    if (file->count - *at < sizeof head)
        return false;
    memcpy(&head, file->bytes + *at, sizeof head);
    const uint64_t left = file->count - *at - sizeof head;
    if (head.mark != UINT64_C(0x0a314e524a53434f) || head.kind > UINT32_MAX || head.bytes > left ||
        sum_of(&head, file->bytes + *at + sizeof head) != head.sum)
        return false;
    *record = (struct ocs_journal_record){(uint32_t)head.kind, head.bytes, *at + sizeof head};
    *at = record->at + record->bytes;
    return true;
}

static void check_payload(const struct ocs_journal *journal, const struct file *file,
                          const struct ocs_journal_record *record)
{
    struct ocs_error error;
    unsigned char *const payload = fuzz_room(record->bytes);
    FUZZ_CHECK(ocs_journal_read(journal, record, 0, payload, record->bytes, &error) == OCS_OK);
    FUZZ_CHECK(memcmp(payload, file->bytes + record->at, record->bytes) == 0);
    free(payload);
}

static bool same(const struct ocs_journal_record *a, const struct ocs_journal_record *b)
{
    return a->kind == b->kind && a->bytes == b->bytes && a->at == b->at;
}

/* Passes up to `most` records; how many there were. */
static unsigned walk(struct ocs_journal *journal, const struct file *file, unsigned most)
{
    uint64_t at = 0;
    struct ocs_journal_record right, record;
    for (unsigned count = 0; count < most; ++count) {
        const bool is_there = next_record(file, &at, &right);
        FUZZ_CHECK(ocs_journal_peek(journal, &record) == is_there);
        if (!is_there)
            return count;
        FUZZ_CHECK(same(&record, &right));
        check_payload(journal, file, &record);
        ocs_journal_pass(journal);
    }
    return most;
}

static void check_last(const struct ocs_journal *journal, const struct file *file)
{
    uint64_t at = 0;
    struct ocs_journal_record right, record;
    bool any = false;
    while (next_record(file, &at, &right))
        any = true;
    FUZZ_CHECK(ocs_journal_peek_last(journal, &record) == any);
    FUZZ_CHECK(!any || same(&record, &right));
}

/* ---- one journal ---- */

static struct ocs_journal *open_journal(void)
{
    struct ocs_error error;
    struct ocs_journal *journal;
    FUZZ_CHECK(ocs_journal_open(folder, true, &journal, &error) == OCS_OK);
    return journal;
}

/* The records passed, and one more. */
static struct file read_file(void)
{
    size_t bytes;
    char *const all = fuzz_read_file(path, &bytes);
    return (struct file){(unsigned char *)all, bytes};
}

static void append(struct ocs_journal *journal, unsigned passed)
{
    static const char text[] = "a record that is appended";
    const struct ocs_journal_piece pieces[] = {{text, 9}, {text, 0}, {text + 9, sizeof text - 9}};
    struct ocs_error error;
    struct ocs_journal_record record;
    FUZZ_CHECK(ocs_journal_append(journal, MOST_KIND, pieces, 3, &error) == OCS_OK);
    FUZZ_CHECK(!ocs_journal_peek(journal, &record));
    ocs_journal_close(journal);
    struct ocs_journal *const again = open_journal();
    struct file file = read_file();
    FUZZ_CHECK(walk(again, &file, UINT32_MAX) == passed + 1);
    FUZZ_CHECK(ocs_journal_peek_last(again, &record) && record.kind == MOST_KIND);
    FUZZ_CHECK(record.bytes == sizeof text &&
               memcmp(file.bytes + record.at, text, sizeof text) == 0);
    free(file.bytes);
    FUZZ_CHECK(ocs_journal_clear(again, &error) == OCS_OK);
    ocs_journal_remove(again);
    FUZZ_CHECK(fuzz_folder_files() == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    const unsigned passes = fuzz_take_u8(&input);
    struct file file = make_file(&input);
    snprintf(folder, sizeof folder, "%s/occustream-map-00000000.resume", fuzz_folder());
    snprintf(path, sizeof path, "%s/journal", folder);
    FUZZ_CHECK(mkdir(folder, 0700) == 0);
    save(&file);
    struct ocs_journal *const journal = open_journal();
    check_last(journal, &file);
    append(journal, walk(journal, &file, passes));
    free(file.bytes);
    return 0;
}
