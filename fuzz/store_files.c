/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_files.h"

#include "crc32c.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

enum { NAME_BYTES = 128, PLACE_BYTES = 16, PRESSED = 16, INDEXED = 32, BELOW = 8, METADATA = 5 };

/* ---- names ---- */

static void name_of(uint8_t what, uint8_t where, char name[NAME_BYTES])
{
    static const char *const texts[METADATA] = {"zarr.json", ".zarray", ".zattrs", "0/zarr.json",
                                                "0/.zarray"};
    static const char *const keys[] = {"%sc/%d/%d/%d", "%s%d.%d.%d", "%s%d/%d/%d"};
    const unsigned kind = what % 8;
    if (kind < METADATA) {
        snprintf(name, NAME_BYTES, "%s", texts[kind]);
        return;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(name, NAME_BYTES, keys[kind - METADATA], what & BELOW ? "0/" : "", where & 3,
             where >> 2 & 3, where >> 4 & 3);
#pragma GCC diagnostic pop
}

/* ---- bytes ---- */

/* What stands in the file: at most `bytes` and a little more. */
static size_t file_bytes(uint8_t what, uint8_t where, const unsigned char *from, size_t bytes,
                         unsigned char *to, size_t room)
{
    if (what & PRESSED) {
        const size_t pressed = ZSTD_compress(to, room, from, bytes, 1);
        FUZZ_CHECK(!ZSTD_isError(pressed));
        return pressed;
    }
    if (bytes > 0)
        memcpy(to, from, bytes);
    const size_t index = (size_t)PLACE_BYTES << (where >> 6);
    if (!(what & INDEXED) || bytes < index)
        return bytes;
    ocs_crc32c_append(to + bytes - index, index);
    return bytes + OCS_CRC32C_BYTES;
}

/* ---- files ---- */

static void make_file(const char *folder, char *name, const void *bytes, size_t count)
{
    char path[512];
    for (char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        snprintf(path, sizeof path, "%s/%s", folder, name);
        mkdir(path, 0700);
        *slash = '/';
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) /* a folder of that name */
        return;
    FUZZ_CHECK(write(file, bytes, count) == (ssize_t)count);
    close(file);
}

static void make_part(struct fuzz_input *input, const char *folder)
{
    const uint8_t what = fuzz_take_u8(input), where = fuzz_take_u8(input);
    const uint16_t wanted = fuzz_take_u16(input);
    const size_t bytes = wanted < input->size ? wanted : input->size;
    const size_t room = ZSTD_compressBound(bytes) + OCS_CRC32C_BYTES;
    unsigned char *const to = fuzz_room(room);
    char name[NAME_BYTES];
    name_of(what, where, name);
    make_file(folder, name, to, file_bytes(what, where, input->data, bytes, to, room));
    free(to);
    input->data += bytes;
    input->size -= bytes;
}

void fuzz_store_make(struct fuzz_input *input, const char *folder)
{
    FUZZ_CHECK(mkdir(folder, 0700) == 0);
    for (unsigned parts = 0; parts < FUZZ_STORE_PARTS && input->size > 0; ++parts)
        make_part(input, folder);
}
