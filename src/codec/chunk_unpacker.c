/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "blosc_buffer.h"
#include "blosc_library.h"
#include "chunk_codec.h"
#include "chunk_inflate.h"
#include "crc32c.h"
#include "shuffle.h"
#include "zstd_library.h"

#include "fail.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { SLACK = 64 << 10 };

struct ocs_chunk_unpacker {
    struct ocs_budget *budget;
    struct ocs_chunk_codec codec;
    uint64_t plain_bytes;
    unsigned char *shuffled; /* [plain_bytes], if there is a shuffle to undo */
    ZSTD_DCtx *zstd;
    struct ocs_blosc blosc;
    struct ocs_chunk_inflate inflater;
};

/* Encoders store in blocks what they cannot make smaller, with a few bytes for each. */
uint64_t ocs_chunk_packed_limit(uint64_t plain_bytes)
{
    return plain_bytes + plain_bytes / 8 + SLACK;
}

static uint64_t method_need(enum ocs_chunk_method method, uint64_t plain_bytes)
{
    switch (method) {
    case OCS_CHUNK_ZSTD:
        return ocs_zstd_opener_need();
    case OCS_CHUNK_BLOSC:
        return ocs_blosc_unpack_need(plain_bytes);
    case OCS_CHUNK_GZIP:
    case OCS_CHUNK_ZLIB:
        return ocs_chunk_inflate_need();
    default:
        return 0;
    }
}

uint64_t ocs_chunk_unpacker_need(const struct ocs_chunk_codec *codec, uint64_t plain_bytes)
{
    return ocs_budget_cost(sizeof(struct ocs_chunk_unpacker)) +
           (codec->shuffled ? ocs_budget_cost(plain_bytes) : 0) +
           method_need(codec->method, plain_bytes);
}

static enum ocs_status start_zstd(struct ocs_chunk_unpacker *unpacker, struct ocs_error *error)
{
    unpacker->zstd = ZSTD_createDCtx_advanced(ocs_zstd_memory(unpacker->budget));
    return unpacker->zstd ? OCS_OK : ocs_budget_fail_library("decompressing", error);
}

static enum ocs_status start(struct ocs_chunk_unpacker *unpacker, struct ocs_error *error)
{
    if (unpacker->codec.shuffled) {
        unpacker->shuffled = ocs_budget_alloc(unpacker->budget, unpacker->plain_bytes, error);
        if (!unpacker->shuffled)
            return error->status;
    }
    switch (unpacker->codec.method) {
    case OCS_CHUNK_ZSTD:
        return start_zstd(unpacker, error);
    case OCS_CHUNK_BLOSC:
        return ocs_blosc_load(&unpacker->blosc, error);
    case OCS_CHUNK_GZIP:
    case OCS_CHUNK_ZLIB:
        return ocs_chunk_inflate_open(&unpacker->inflater, unpacker->budget,
                                      unpacker->codec.method == OCS_CHUNK_GZIP, error);
    default:
        return OCS_OK;
    }
}

enum ocs_status ocs_chunk_unpacker_open(struct ocs_budget *budget,
                                        const struct ocs_chunk_codec *codec, uint64_t plain_bytes,
                                        struct ocs_chunk_unpacker **unpacker_ret,
                                        struct ocs_error *error)
{
    assert(plain_bytes > 0 && plain_bytes <= OCS_CHUNK_LARGEST &&
           plain_bytes % codec->element_bytes == 0);
    struct ocs_chunk_unpacker *const unpacker = ocs_budget_alloc(budget, sizeof *unpacker, error);
    if (!unpacker)
        return error->status;
    unpacker->budget = budget;
    unpacker->codec = *codec;
    unpacker->plain_bytes = plain_bytes;
    const enum ocs_status status = start(unpacker, error);
    if (status != OCS_OK) {
        ocs_chunk_unpacker_close(unpacker);
        return status;
    }
    *unpacker_ret = unpacker;
    return OCS_OK;
}

static const char no_memory[] = "no memory";

/* The room is exactly as large as the plain bytes, so that a frame that would give more fails. */
static const char *open_zstd(const struct ocs_chunk_unpacker *unpacker, const unsigned char *bytes,
                             uint64_t count, unsigned char *to)
{
    const size_t made =
        ZSTD_decompressDCtx(unpacker->zstd, to, unpacker->plain_bytes, bytes, count);
    if (ZSTD_isError(made))
        return ZSTD_getErrorCode(made) == ZSTD_error_dstSize_tooSmall
                   ? "it holds more bytes than a chunk"
                   : ZSTD_getErrorName(made);
    return made == unpacker->plain_bytes ? NULL : "it holds fewer bytes than a chunk";
}

static const char *open_blosc(const struct ocs_chunk_unpacker *unpacker, const unsigned char *bytes,
                              uint64_t count, unsigned char *to)
{
    const uint64_t room = unpacker->plain_bytes;
    const char *const why = ocs_blosc_check(bytes, count, room);
    if (why)
        return why;
    if (ocs_heap_is_short(ocs_blosc_unpack_need(room)))
        return no_memory;
    errno = 0;
    const int made = unpacker->blosc.decompress_ctx(bytes, to, room, 1);
    if (errno == ENOMEM)
        return no_memory;
    return made > 0 && (uint64_t)made == room ? NULL : "its blosc buffer is damaged";
}

static const char *open_plain(const struct ocs_chunk_unpacker *unpacker, const unsigned char *bytes,
                              uint64_t count, unsigned char *to)
{
    if (count != unpacker->plain_bytes)
        return count < unpacker->plain_bytes ? "it holds fewer bytes than a chunk"
                                             : "it holds more bytes than a chunk";
    memcpy(to, bytes, count);
    return NULL;
}

/* NULL, or what is wrong, in one clause. */
static const char *open_method(struct ocs_chunk_unpacker *unpacker, const unsigned char *bytes,
                               uint64_t count, unsigned char *to)
{
    switch (unpacker->codec.method) {
    case OCS_CHUNK_ZSTD:
        return open_zstd(unpacker, bytes, count, to);
    case OCS_CHUNK_BLOSC:
        return open_blosc(unpacker, bytes, count, to);
    case OCS_CHUNK_GZIP:
    case OCS_CHUNK_ZLIB:
        return ocs_chunk_inflate_run(&unpacker->inflater, bytes, count, to, unpacker->plain_bytes);
    default:
        return open_plain(unpacker, bytes, count, to);
    }
}

/* Takes the trailer off. */
static const char *check_crc(const unsigned char *bytes, uint64_t *count)
{
    if (*count < OCS_CRC32C_BYTES)
        return "it is too short for its checksum";
    *count -= OCS_CRC32C_BYTES;
    return ocs_crc32c_follows(bytes, *count) ? NULL : "its checksum is wrong";
}

enum ocs_status ocs_chunk_unpack(struct ocs_chunk_unpacker *unpacker, const char *path,
                                 const unsigned char *packed, uint64_t packed_bytes,
                                 unsigned char *plain, struct ocs_error *error)
{
    const struct ocs_chunk_codec *const codec = &unpacker->codec;
    uint64_t count = packed_bytes;
    const char *why = count > ocs_chunk_packed_limit(unpacker->plain_bytes)
                          ? "it is larger than any encoder makes a chunk"
                          : NULL;
    if (!why && codec->crc32c)
        why = check_crc(packed, &count);
    if (!why)
        why = open_method(unpacker, packed, count, codec->shuffled ? unpacker->shuffled : plain);
    if (why)
        return ocs_fail(error, why == no_memory ? OCS_LIMIT : OCS_BAD_INPUT, "decompressing", path,
                        "%s", why);
    if (codec->shuffled)
        ocs_unshuffle(unpacker->shuffled, plain, unpacker->plain_bytes, codec->element_bytes);
    return OCS_OK;
}

void ocs_chunk_unpacker_close(struct ocs_chunk_unpacker *unpacker)
{
    if (!unpacker)
        return;
    ZSTD_freeDCtx(unpacker->zstd);
    if (unpacker->codec.method == OCS_CHUNK_BLOSC)
        ocs_blosc_let_go();
    ocs_chunk_inflate_close(&unpacker->inflater);
    ocs_budget_free(unpacker->budget, unpacker->shuffled);
    ocs_budget_free(unpacker->budget, unpacker);
}
