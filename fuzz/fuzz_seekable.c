/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file in zstd's seekable format, or nearly: it is not followed, or its plain bytes are at every
 * place those that its frames give one by one, or a frame is refused with a reason; in the memory
 * that was said. Input: a byte for how the table lies and where is read, then frames, each a byte
 * for its kind, two for the bytes that follow, and these. */
#include "frames.h"
#include "input.h"
#include "members.h"
#include "seek_table.h"
#include "temporary.h"

enum {
    MOST_FRAMES = 32,
    MOST_MEMORY = 4 << 20,
    ROOM = 256 << 10,
    MOST_PLAIN = 4 << 10,
    AS_IT_IS = 1,
    SKIPPABLE = 2,
    WRONG_SIZE = 4,
    SHORT_TABLE = 1,
    BEHIND = 2,
    SMALLEST_FRAME = 8
};

struct made {
    unsigned char *file; /* ROOM */
    size_t bytes;
    uint32_t count;
    struct ocs_seek_entry entry[MOST_FRAMES];
};

/* ---- the file ---- */

static size_t put_frame(unsigned kind, const uint8_t *from, size_t bytes, unsigned char *to)
{
    size_t written = 0;
    if (kind & SKIPPABLE) {
        const uint32_t head[2] = {0x184D2A50, (uint32_t)bytes};
        memcpy(to, head, sizeof head);
        if (bytes > 0)
            memcpy(to + sizeof head, from, bytes);
        return bytes + sizeof head;
    }
    if (kind & AS_IT_IS) {
        if (bytes > 0)
            memcpy(to, from, bytes);
        return bytes;
    }
    FUZZ_CHECK(
        fuzz_member_write(OCS_CODEC_ZSTD, kind >> 3, from, bytes, to, 2 * MOST_PLAIN, &written));
    return written;
}

static void make_frame(struct fuzz_input *input, struct made *made)
{
    const unsigned kind = fuzz_take_u8(input);
    const size_t wanted = fuzz_take_u16(input) % MOST_PLAIN;
    const size_t more = kind & WRONG_SIZE ? fuzz_take_u8(input) : 0;
    const size_t bytes = wanted < input->size ? wanted : input->size;
    const size_t packed = put_frame(kind, input->data, bytes, made->file + made->bytes);
    made->entry[made->count++] =
        (struct ocs_seek_entry){(uint32_t)packed, kind & SKIPPABLE ? 0 : (uint32_t)(bytes + more)};
    made->bytes += packed;
    input->data += bytes;
    input->size -= bytes;
}

/* The table, perhaps without the last frame, or with one byte behind it. */
static void make_file(struct fuzz_input *input, unsigned way, struct made *made)
{
    while (made->count < MOST_FRAMES && input->size > 0 && made->bytes < ROOM / 2)
        make_frame(input, made);
    const uint32_t listed = made->count - (way & SHORT_TABLE && made->count > 0);
    made->file[made->bytes] = 0;
    if (listed > 0) {
        ocs_seek_table_write(made->entry, listed, made->file + made->bytes);
        made->bytes += ocs_seek_table_bytes(listed);
    }
    made->file[made->bytes] = 0;
    made->bytes += (way & BEHIND) != 0;
}

/* ---- what its frames give ---- */

/* Whether the frame is one, whole, of as many plain bytes as the table says; these. */
static bool read_frame(const struct made *made, size_t at, uint32_t frame, unsigned char *plain)
{
    const struct ocs_seek_entry *const entry = &made->entry[frame];
    size_t bytes = 0, used = 0;
    return fuzz_member_read(OCS_CODEC_ZSTD, made->file + at, entry->packed_bytes, plain,
                            entry->plain_bytes, &bytes, &used) &&
           bytes == entry->plain_bytes && used == entry->packed_bytes;
}

/* One read of a frame's bytes from `from` on. */
static void try_frame(struct ocs_frame_desk *desk, uint64_t plain_at,
                      const struct ocs_seek_entry *entry, const unsigned char *right, uint64_t from)
{
    struct ocs_error error = {.status = OCS_OK};
    const uint64_t bytes = entry->plain_bytes - from;
    unsigned char *const to = fuzz_room(bytes);
    const enum ocs_status status = ocs_frame_desk_read(desk, plain_at + from, to, bytes, &error);
    FUZZ_CHECK(status == (right ? OCS_OK : OCS_BAD_INPUT) && status == error.status);
    FUZZ_CHECK(right ? memcmp(to, right + from, bytes) == 0 : error.what[0] != '\0');
    free(to);
}

/* From the last frame to the first, each from two places. */
static void try_frames(struct ocs_frame_desk *desk, const struct made *made, uint32_t count,
                       uint64_t bytes)
{
    size_t at = 0;
    for (uint32_t i = 0; i < count; ++i)
        at += made->entry[i].packed_bytes;
    for (uint32_t i = count; i-- > 0;) {
        const struct ocs_seek_entry *const entry = &made->entry[i];
        at -= entry->packed_bytes;
        bytes -= entry->plain_bytes;
        if (entry->plain_bytes == 0)
            continue;
        unsigned char *const plain = fuzz_room(entry->plain_bytes);
        const unsigned char *const right = read_frame(made, at, i, plain) ? plain : NULL;
        try_frame(desk, bytes, entry, right, entry->plain_bytes / 3);
        try_frame(desk, bytes, entry, right, 0);
        free(plain);
    }
    FUZZ_CHECK(at == 0 && bytes == 0);
}

static void read_frames(const struct ocs_frames *frames, const struct made *made)
{
    struct ocs_error error;
    struct ocs_budget *budget;
    struct ocs_frame_desk *desk;
    if (ocs_frame_desk_need(frames) > MOST_MEMORY)
        return;
    FUZZ_CHECK(ocs_budget_create(ocs_frame_desk_need(frames), &budget, &error) == OCS_OK);
    FUZZ_CHECK(ocs_frame_desk_open(budget, frames, &desk, &error) == OCS_OK);
    try_frames(desk, made, (uint32_t)ocs_frames_count(frames), ocs_frames_bytes(frames));
    ocs_frame_desk_close(desk);
    FUZZ_CHECK(ocs_budget_in_use(budget) == 0);
    ocs_budget_destroy(budget);
}

/* ---- the file ---- */

/* A table that is right is followed; a wrong one is not, and is no error. */
static void try_file(const struct made *made, bool right)
{
    struct fuzz_memory_file file = fuzz_memory_file(made->file, made->bytes, made->bytes);
    struct ocs_error error = {.status = OCS_OK};
    struct ocs_budget *budget;
    struct ocs_source *source;
    struct ocs_frames *frames;
    FUZZ_CHECK(ocs_budget_create(MOST_MEMORY, &budget, &error) == OCS_OK);
    FUZZ_CHECK(ocs_source_open(file.path, OCS_IO_READ, &source, &error) == OCS_OK);
    FUZZ_CHECK(ocs_frames_open(budget, source, &frames, &error) == OCS_OK);
    FUZZ_CHECK(frames || !right);
    if (frames && right) {
        FUZZ_CHECK(ocs_budget_in_use(budget) == ocs_frames_need(frames));
        read_frames(frames, made);
    }
    ocs_frames_close(frames);
    ocs_source_close(source);
    FUZZ_CHECK(ocs_budget_in_use(budget) == 0);
    ocs_budget_destroy(budget);
    fuzz_memory_file_close(&file);
}

/* Whether every frame listed has room for a frame. */
static bool is_right(const struct made *made, unsigned way)
{
    bool right = made->count > 0 && !(way & (SHORT_TABLE | BEHIND));
    for (uint32_t i = 0; i < made->count; ++i)
        right = right && made->entry[i].packed_bytes >= SMALLEST_FRAME;
    return right;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    const unsigned way = fuzz_take_u8(&input);
    struct made made = {.file = fuzz_room(ROOM)};
    make_file(&input, way, &made);
    try_file(&made, is_right(&made, way));
    free(made.file);
    return 0;
}
