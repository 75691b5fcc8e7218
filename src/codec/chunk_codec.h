/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CHUNK_CODEC_H
#define OCS_CHUNK_CODEC_H

/* Chunks of tiled files in one shot: plain bytes <-> the bytes that are stored. One packer or one
 * unpacker serves one thread and one kind of chunk; chunks follow one another through it. No I/O.
 *
 * Their memory comes from the budget, except what libblosc takes from malloc() during a call and
 * gives back at its end: ocs_chunk_packer_need and ocs_chunk_unpacker_need count that too. What the
 * library itself takes of the process, once, is ocs_chunk_process_need. It is loaded when the first
 * packer or unpacker that wants it is opened, and stays. */

#include "budget.h"

#include "occustream/limits.h"

#include <stdbool.h>

enum ocs_chunk_method {
    OCS_CHUNK_PLAIN, /* stored as they are                                                */
    OCS_CHUNK_ZSTD,  /* one frame that says its size and carries a checksum               */
    OCS_CHUNK_BLOSC, /* one buffer of blosc 1                                             */
    OCS_CHUNK_GZIP,  /* read only                                                         */
    OCS_CHUNK_ZLIB,  /* read only                                                         */
};

/* What is inside blosc buffers that are made; those that are read say it themselves. */
enum ocs_blosc_inner {
    OCS_BLOSC_ZSTD,
    OCS_BLOSC_LZ4,
    OCS_BLOSC_LZ4HC,
    OCS_BLOSC_ZLIB,
    OCS_BLOSC_BLOSCLZ,
    OCS_BLOSC_SNAPPY
};
#define OCS_BLOSC_INNERS 6

/* Buffers are made of blocks of so many bytes. Measured: at low levels smaller and faster than what
 * the library chooses; larger ones gain nothing. */
enum { OCS_BLOSC_BLOCK_BYTES = 512 << 10 };

const char *ocs_blosc_inner_name(enum ocs_blosc_inner inner); /* as blosc and Zarr call it */

enum ocs_blosc_shuffle { OCS_BLOSC_NO_SHUFFLE, OCS_BLOSC_BYTE_SHUFFLE, OCS_BLOSC_BIT_SHUFFLE };

struct ocs_chunk_codec {
    enum ocs_chunk_method method;
    int level;              /* zstd 1..22, blosc 0..9; of no meaning for reading            */
    unsigned element_bytes; /* of a voxel: 1, 2 or 4                                       */
    bool shuffled;          /* bytes of the elements are shuffled (codec/shuffle.h) before `method`;
                               read only                                                   */
    bool crc32c;            /* behind what `method` makes: four bytes, little-endian       */
    enum ocs_blosc_inner blosc_inner;
    enum ocs_blosc_shuffle blosc_shuffle;
};

/* No plain chunk may be larger than OCS_CHUNK_LARGEST (limits.h), read or written. */

/* Once for the process, beside what packers and unpackers need. */
uint64_t ocs_chunk_process_need(const struct ocs_chunk_codec *codec);

/* ---- packing: PLAIN, ZSTD and BLOSC, not shuffled ---- */

struct ocs_chunk_packer;

/* `plain_bytes` become at most so many. */
uint64_t ocs_chunk_bound(const struct ocs_chunk_codec *codec, uint64_t plain_bytes);

/* What a packer for chunks of up to `largest_plain_bytes` takes. */
uint64_t ocs_chunk_packer_need(const struct ocs_chunk_codec *codec, uint64_t largest_plain_bytes);

/* `codec` is copied. OCS_LIMIT when there is no memory. */
OCS_MUST_USE enum ocs_status ocs_chunk_packer_open(struct ocs_budget *budget,
                                                   const struct ocs_chunk_codec *codec,
                                                   uint64_t largest_plain_bytes,
                                                   struct ocs_chunk_packer **packer_ret,
                                                   struct ocs_error *error);

/* Packs `bytes` plain bytes, a multiple of the element, into `packed`, which has room for
 * ocs_chunk_bound() of them. */
OCS_MUST_USE enum ocs_status ocs_chunk_pack(struct ocs_chunk_packer *packer,
                                            const unsigned char *plain, uint64_t bytes,
                                            unsigned char *packed, uint64_t *packed_bytes_ret,
                                            struct ocs_error *error);
void ocs_chunk_packer_close(struct ocs_chunk_packer *packer); /* NULL is fine */

/* ---- unpacking: bytes that may be anything ---- */

struct ocs_chunk_unpacker;

/* A stored chunk that is larger than this is not worth reading: no encoder makes so much of
 * `plain_bytes`. */
uint64_t ocs_chunk_packed_limit(uint64_t plain_bytes);

/* What an unpacker for chunks of exactly `plain_bytes` takes. */
uint64_t ocs_chunk_unpacker_need(const struct ocs_chunk_codec *codec, uint64_t plain_bytes);

/* `codec` is copied; `plain_bytes` is a multiple of the element. OCS_LIMIT when there is no memory.
 */
OCS_MUST_USE enum ocs_status ocs_chunk_unpacker_open(struct ocs_budget *budget,
                                                     const struct ocs_chunk_codec *codec,
                                                     uint64_t plain_bytes,
                                                     struct ocs_chunk_unpacker **unpacker_ret,
                                                     struct ocs_error *error);

/* Unpacks `packed_bytes` bytes into `plain`, which has room for the plain_bytes of the unpacker.
 * OCS_BAD_INPUT, naming `path`, when the bytes are damaged or do not give exactly so many. `packed`
 * and `plain` do not overlap. On failure `plain` holds anything. */
OCS_MUST_USE enum ocs_status ocs_chunk_unpack(struct ocs_chunk_unpacker *unpacker, const char *path,
                                              const unsigned char *packed, uint64_t packed_bytes,
                                              unsigned char *plain, struct ocs_error *error);
void ocs_chunk_unpacker_close(struct ocs_chunk_unpacker *unpacker); /* NULL is fine */

#endif
