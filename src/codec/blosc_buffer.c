/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "blosc_buffer.h"

#include "checked.h"
#include "chunk_codec.h"
#include "little_endian.h"
#include "zstd_library.h"

enum {
    FORMAT = 2,
    INNER_FORMAT = 1,
    PLAIN_COPY = 0x2,
    RESERVED = 0x8,
    INNER_SHIFT = 5,
    INNER_LAST = 4, /* zstd */
    ELEMENT_MAX = 255,
    ALLOWANCE = 512 << 10 /* what the inner libraries other than zstd take */
};

/* Every block begins behind the list of their beginnings, with room for the size it starts with. */
static const char *check_blocks(const unsigned char *bytes, uint64_t count, uint64_t blocks)
{
    const uint64_t first = OCS_BLOSC_HEADER_BYTES + blocks * sizeof(uint32_t);
    if (first + sizeof(uint32_t) > count)
        return "its blosc buffer is too short for its blocks";
    for (uint64_t i = 0; i < blocks; ++i) {
        const uint32_t start = ocs_get_u32(bytes + OCS_BLOSC_HEADER_BYTES + i * sizeof(uint32_t));
        if (start < first || start > count - sizeof(uint32_t))
            return "a block of its blosc buffer lies outside of it";
    }
    return NULL;
}

const char *ocs_blosc_check(const unsigned char *bytes, uint64_t count, uint64_t plain_bytes)
{
    if (count < OCS_BLOSC_HEADER_BYTES)
        return "it is too short for a blosc buffer";
    const unsigned flags = bytes[2];
    if (bytes[0] != FORMAT || bytes[1] != INNER_FORMAT || flags & RESERVED ||
        flags >> INNER_SHIFT > INNER_LAST || bytes[3] == 0)
        return "it is not a blosc buffer of a kind that is known";
    const uint64_t block = ocs_get_u32(bytes + 8);
    if (ocs_get_u32(bytes + 4) != plain_bytes)
        return "its blosc buffer holds another number of bytes than a chunk";
    if (ocs_get_u32(bytes + 12) != count)
        return "its blosc buffer is of another size than it says";
    if (block == 0 || block > plain_bytes)
        return "its blosc buffer has blocks of an impossible size";
    if (flags & PLAIN_COPY)
        return count == OCS_BLOSC_HEADER_BYTES + plain_bytes
                   ? NULL
                   : "its blosc buffer is of another size than it says";
    return check_blocks(bytes, count, ocs_div_up_u64(plain_bytes, block));
}

const char *ocs_blosc_inner_name(enum ocs_blosc_inner inner)
{
    static const char *const names[OCS_BLOSC_INNERS] = {"zstd", "lz4",     "lz4hc",
                                                        "zlib", "blosclz", "snappy"};
    return names[inner];
}

/* Up to three blocks, and a block may be as large as the whole. */
uint64_t ocs_blosc_unpack_need(uint64_t plain_bytes)
{
    return 3 * plain_bytes + ocs_zstd_opener_need() + ALLOWANCE;
}
