/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A seek table is refused, or its frames fill exactly the file before it; what it takes was said,
 * and is backed by the size of the file. Input: eight bytes for how many more the file has before
 * the rest, which is its end. */
#include "fuzz_check.h"
#include "seek_table.h"

#include <string.h>

enum { MORE = 8, ENTRY_BYTES = 8, SMALLEST_FRAME = 8 };

static void check_place(const struct ocs_seek_place *place, uint64_t file_bytes)
{
    FUZZ_CHECK(place->frames > 0 && place->frames <= OCS_SEEK_FRAMES_MAX);
    FUZZ_CHECK(place->offset <= file_bytes && place->bytes == file_bytes - place->offset);
    FUZZ_CHECK(place->offset >= (uint64_t)place->frames * SMALLEST_FRAME);
    FUZZ_CHECK(ocs_seek_table_need(place) <= 2 * place->bytes + (128 << 10));
}

static void check_find(const struct ocs_seek_table *table, uint64_t offset)
{
    if (offset >= table->plain_at[table->frames])
        return;
    const uint32_t frame = ocs_seek_table_find(table, offset);
    FUZZ_CHECK(frame < table->frames);
    FUZZ_CHECK(table->plain_at[frame] <= offset && offset < table->plain_at[frame + 1]);
}

static void check_table(const struct ocs_seek_place *place, const struct ocs_seek_table *table)
{
    FUZZ_CHECK(table->frames == place->frames);
    FUZZ_CHECK(table->packed_at[0] == 0 && table->plain_at[0] == 0);
    FUZZ_CHECK(table->packed_at[table->frames] == place->offset);
    for (uint32_t i = 0; i < table->frames; ++i) {
        const uint64_t packed = table->packed_at[i + 1] - table->packed_at[i];
        const uint64_t plain = table->plain_at[i + 1] - table->plain_at[i];
        FUZZ_CHECK(packed >= SMALLEST_FRAME && packed <= table->largest_packed);
        FUZZ_CHECK(plain <= table->largest_plain && table->largest_plain <= UINT32_MAX);
        check_find(table, table->plain_at[i]);
        check_find(table, table->plain_at[i + 1] - (plain > 0));
    }
}

/* Without checksums it is what we write, but for two bits that mean nothing. */
static void check_again(const struct ocs_seek_place *place, const struct ocs_seek_table *table,
                        unsigned char *bytes)
{
    if (place->checksums)
        return;
    struct ocs_seek_entry *const entries = malloc(table->frames * sizeof *entries);
    unsigned char *const again = malloc(place->bytes);
    FUZZ_CHECK(entries && again && ocs_seek_table_bytes(table->frames) == place->bytes);
    for (uint32_t i = 0; i < table->frames; ++i)
        entries[i] = (struct ocs_seek_entry){
            (uint32_t)(table->packed_at[i + 1] - table->packed_at[i]),
            (uint32_t)(table->plain_at[i + 1] - table->plain_at[i]),
        };
    ocs_seek_table_write(entries, table->frames, again);
    bytes[place->bytes - 5] &= 0xfc;
    FUZZ_CHECK(memcmp(again, bytes, place->bytes) == 0);
    free(entries);
    free(again);
}

static void try_table(const struct ocs_seek_place *place, const uint8_t *end)
{
    struct ocs_error error = {0};
    struct ocs_budget *budget;
    struct ocs_seek_table table;
    /* A copy of its own, so that a sanitizer sees reads past its end. */
    unsigned char *const bytes = malloc(place->bytes);
    FUZZ_CHECK(bytes);
    memcpy(bytes, end - place->bytes, place->bytes);
    FUZZ_CHECK(ocs_budget_create(ocs_seek_table_need(place), &budget, &error) == OCS_OK);
    const enum ocs_status status =
        ocs_seek_table_read(budget, place, bytes, "fuzz", &table, &error);
    FUZZ_CHECK(status == OCS_OK || (status == OCS_BAD_INPUT && error.what[0] != '\0'));
    if (status == OCS_OK) {
        check_table(place, &table);
        check_again(place, &table, bytes);
        ocs_seek_table_free(budget, &table);
    }
    FUZZ_CHECK(ocs_budget_in_use(budget) == 0);
    ocs_budget_destroy(budget);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < MORE + OCS_SEEK_FOOTER_BYTES)
        return 0;
    uint64_t more;
    memcpy(&more, data, sizeof more);
    const uint64_t here = size - MORE;
    const uint64_t file_bytes = more > UINT64_MAX - here ? UINT64_MAX : here + more;
    struct ocs_seek_place place;
    if (!ocs_seek_place_read(data + size - OCS_SEEK_FOOTER_BYTES, file_bytes, &place))
        return 0;
    check_place(&place, file_bytes);
    if (place.bytes <= here)
        try_table(&place, data + size);
    return 0;
}
