/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "seek_table.h"

#include "checked.h"
#include "fail.h"
#include "little_endian.h"

#include <assert.h>

enum {
    HEAD_BYTES = 8,
    ENTRY_BYTES = 8,
    CHECKSUM_BYTES = 4,
    SMALLEST_FRAME = 8, /* an empty skippable one */
    HAS_CHECKSUMS = 0x80,
    RESERVED = 0x7c
};
#define SKIPPABLE_MAGIC UINT32_C(0x184D2A5E)
#define SEEKABLE_MAGIC UINT32_C(0x8F92EAB1)

static uint64_t entry_bytes(bool checksums)
{
    return ENTRY_BYTES + (checksums ? CHECKSUM_BYTES : 0);
}

bool ocs_seek_place_read(const unsigned char footer[OCS_SEEK_FOOTER_BYTES], uint64_t file_bytes,
                         struct ocs_seek_place *place_ret)
{
    const uint32_t frames = ocs_get_u32(footer);
    const unsigned descriptor = footer[4];
    if (ocs_get_u32(footer + 5) != SEEKABLE_MAGIC || descriptor & RESERVED || frames == 0 ||
        frames > OCS_SEEK_FRAMES_MAX)
        return false;
    const bool checksums = descriptor & HAS_CHECKSUMS;
    const uint64_t bytes = HEAD_BYTES + frames * entry_bytes(checksums) + OCS_SEEK_FOOTER_BYTES;
    if (bytes + (uint64_t)frames * SMALLEST_FRAME > file_bytes)
        return false;
    *place_ret = (struct ocs_seek_place){frames, checksums, file_bytes - bytes, bytes};
    return true;
}

uint64_t ocs_seek_table_need(const struct ocs_seek_place *place)
{
    return 2 * ocs_budget_cost((place->frames + UINT64_C(1)) * sizeof(uint64_t));
}

static bool frame_is_right(const struct ocs_seek_place *place, const unsigned char *bytes)
{
    struct ocs_seek_place again;
    return ocs_get_u32(bytes) == SKIPPABLE_MAGIC &&
           ocs_get_u32(bytes + 4) == place->bytes - HEAD_BYTES &&
           ocs_seek_place_read(bytes + place->bytes - OCS_SEEK_FOOTER_BYTES,
                               place->offset + place->bytes, &again) &&
           again.frames == place->frames && again.checksums == place->checksums;
}

/* Sums of at most 2^27 sizes below 2^32 do not overflow. */
static bool read_entries(const struct ocs_seek_place *place, const unsigned char *bytes,
                         struct ocs_seek_table *table)
{
    const uint64_t step = entry_bytes(place->checksums);
    for (uint32_t i = 0; i < place->frames; ++i) {
        const unsigned char *const entry = bytes + HEAD_BYTES + i * step;
        const uint32_t packed = ocs_get_u32(entry);
        const uint32_t plain = ocs_get_u32(entry + 4);
        if (packed < SMALLEST_FRAME)
            return false;
        table->packed_at[i + 1] = table->packed_at[i] + packed;
        table->plain_at[i + 1] = table->plain_at[i] + plain;
        table->largest_packed = ocs_max_u64(table->largest_packed, packed);
        table->largest_plain = ocs_max_u64(table->largest_plain, plain);
    }
    return table->packed_at[place->frames] == place->offset;
}

static enum ocs_status allocate(struct ocs_budget *budget, struct ocs_seek_table *table,
                                struct ocs_error *error)
{
    const uint64_t count = table->frames + UINT64_C(1);
    table->packed_at = ocs_budget_array(budget, count, sizeof *table->packed_at, error);
    if (table->packed_at)
        table->plain_at = ocs_budget_array(budget, count, sizeof *table->plain_at, error);
    return table->plain_at ? OCS_OK : error->status;
}

enum ocs_status ocs_seek_table_read(struct ocs_budget *budget, const struct ocs_seek_place *place,
                                    const unsigned char *bytes, const char *path,
                                    struct ocs_seek_table *table_ret, struct ocs_error *error)
{
    struct ocs_seek_table table = {.frames = place->frames};
    enum ocs_status status = OCS_OK;
    if (!frame_is_right(place, bytes))
        return ocs_fail(error, OCS_BAD_INPUT, "reading", path, "its seek table is damaged");
    status = allocate(budget, &table, error);
    if (status == OCS_OK && !read_entries(place, bytes, &table))
        status = ocs_fail(error, OCS_BAD_INPUT, "reading", path,
                          "its seek table does not describe the frames before it");
    if (status != OCS_OK) {
        ocs_seek_table_free(budget, &table);
        return status;
    }
    *table_ret = table;
    return OCS_OK;
}

void ocs_seek_table_free(struct ocs_budget *budget, struct ocs_seek_table *table)
{
    ocs_budget_free(budget, table->packed_at);
    ocs_budget_free(budget, table->plain_at);
    *table = (struct ocs_seek_table){0};
}

/* The last frame that begins at or before the offset; empty ones begin where the next one does. */
uint32_t ocs_seek_table_find(const struct ocs_seek_table *table, uint64_t offset)
{
    assert(offset < table->plain_at[table->frames]);
    uint32_t first = 0, end = table->frames;
    while (end - first > 1) {
        const uint32_t middle = first + (end - first) / 2;
        if (table->plain_at[middle] <= offset)
            first = middle;
        else
            end = middle;
    }
    return first;
}

uint64_t ocs_seek_table_bytes(uint32_t frames)
{
    return HEAD_BYTES + (uint64_t)frames * ENTRY_BYTES + OCS_SEEK_FOOTER_BYTES;
}

void ocs_seek_table_write(const struct ocs_seek_entry *entries, uint32_t frames,
                          unsigned char *bytes)
{
    const uint64_t all = ocs_seek_table_bytes(frames);
    ocs_put_u32(bytes, SKIPPABLE_MAGIC);
    ocs_put_u32(bytes + 4, (uint32_t)(all - HEAD_BYTES));
    for (uint32_t i = 0; i < frames; ++i) {
        unsigned char *const entry = bytes + HEAD_BYTES + i * (uint64_t)ENTRY_BYTES;
        ocs_put_u32(entry, entries[i].packed_bytes);
        ocs_put_u32(entry + 4, entries[i].plain_bytes);
    }
    unsigned char *const footer = bytes + all - OCS_SEEK_FOOTER_BYTES;
    ocs_put_u32(footer, frames);
    footer[4] = 0;
    ocs_put_u32(footer + 5, SEEKABLE_MAGIC);
}
