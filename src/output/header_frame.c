/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "header_frame.h"

#include "chunk_codec.h"
#include "little_endian.h"

#include <string.h>

enum {
    MAGIC_BYTES = 4,
    CHECKSUM_BYTES = 4,
    /* size in two bytes, one segment, a checksum at the end */
    DESCRIPTOR = 1 << 6 | 1 << 5 | 1 << 2,
    SIZE_BIAS = 256,    /* two bytes count from here on                                      */
    LAST_RAW_BLOCK = 1, /* type 0, last                                                      */
    PACKED_ROOM = 2048,
};

static const struct ocs_chunk_codec codec = {
    .method = OCS_CHUNK_ZSTD, .level = 1, .element_bytes = 1};

uint64_t ocs_header_frame_need(void)
{
    return ocs_chunk_packer_need(&codec, OCS_MRC_HEADER_BYTES);
}

/* The checksum that an ordinary frame of the same content ends with. */
static enum ocs_status find_checksum(struct ocs_budget *budget, const unsigned char *content,
                                     unsigned char checksum[CHECKSUM_BYTES],
                                     struct ocs_error *error)
{
    unsigned char packed[PACKED_ROOM];
    struct ocs_chunk_packer *packer;
    enum ocs_status status =
        ocs_chunk_packer_open(budget, &codec, OCS_MRC_HEADER_BYTES, &packer, error);
    if (status != OCS_OK)
        return status;
    uint64_t bytes;
    status = ocs_chunk_pack(packer, content, OCS_MRC_HEADER_BYTES, packed, &bytes, error);
    ocs_chunk_packer_close(packer);
    if (status == OCS_OK)
        memcpy(checksum, packed + bytes - CHECKSUM_BYTES, CHECKSUM_BYTES);
    return status;
}

enum ocs_status ocs_header_frame_make(struct ocs_budget *budget,
                                      const struct ocs_mrc_header *header,
                                      unsigned char frame[OCS_HEADER_FRAME_BYTES],
                                      struct ocs_error *error)
{
    unsigned char *at = frame;
    ocs_put_u32(at, 0xFD2FB528);
    at += MAGIC_BYTES;
    *at++ = DESCRIPTOR;
    ocs_put_bytes(at, 2, OCS_MRC_HEADER_BYTES - SIZE_BIAS);
    at += 2;
    ocs_put_bytes(at, 3, OCS_MRC_HEADER_BYTES << 3 | LAST_RAW_BLOCK);
    at += 3;
    ocs_mrc_pack(header, at);
    return find_checksum(budget, at, at + OCS_MRC_HEADER_BYTES, error);
}
