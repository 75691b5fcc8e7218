/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "blosc_library.h"
#include "chunk_codec.h"
#include "crc32c.h"
#include "zstd_library.h"

#include "checked.h"
#include "fail.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    BLOSC_LIBRARY_BYTES = 2 << 20, /* measured: libblosc and the libraries below it */
    BLOSC_OWN_BYTES = 512 << 10    /* what the library takes beside blocks and zstd */
};

struct ocs_chunk_packer {
    struct ocs_budget *budget;
    struct ocs_chunk_codec codec;
    uint64_t largest;
    ZSTD_CCtx *zstd;
    struct ocs_blosc blosc;
};

uint64_t ocs_chunk_process_need(const struct ocs_chunk_codec *codec)
{
    return codec->method == OCS_CHUNK_BLOSC ? BLOSC_LIBRARY_BYTES : 0;
}

uint64_t ocs_chunk_bound(const struct ocs_chunk_codec *codec, uint64_t plain_bytes)
{
    const uint64_t trailer = codec->crc32c ? OCS_CRC32C_BYTES : 0;
    switch (codec->method) {
    case OCS_CHUNK_ZSTD:
        return ZSTD_compressBound(plain_bytes) + trailer;
    case OCS_CHUNK_BLOSC:
        return plain_bytes + BLOSC_MAX_OVERHEAD + trailer;
    default:
        return plain_bytes + trailer;
    }
}

/* The library's levels 0 to 9 are other ones of zstd. */
static int blosc_zstd_level(int level)
{
    return level < 9 ? 2 * level - 1 : ZSTD_maxCLevel();
}

/* Up to three blocks beside what the inner library takes. Where blosc splits blocks by the bytes of
 * the elements, which it does for all but zstd, it makes them twice as large. */
static uint64_t blosc_need(const struct ocs_chunk_codec *codec, uint64_t largest)
{
    const uint64_t block = ocs_min_u64(largest, OCS_BLOSC_BLOCK_BYTES);
    if (codec->blosc_inner != OCS_BLOSC_ZSTD)
        return 3 * ocs_min_u64(largest, 2 * block) + BLOSC_OWN_BYTES;
    return 3 * block + ocs_zstd_press_need(blosc_zstd_level(codec->level), block) + BLOSC_OWN_BYTES;
}

uint64_t ocs_chunk_packer_need(const struct ocs_chunk_codec *codec, uint64_t largest)
{
    const uint64_t own = ocs_budget_cost(sizeof(struct ocs_chunk_packer));
    switch (codec->method) {
    case OCS_CHUNK_ZSTD:
        return own + ocs_zstd_press_need(codec->level, largest);
    case OCS_CHUNK_BLOSC:
        return own + blosc_need(codec, largest);
    default:
        return own;
    }
}

static enum ocs_status start_zstd(struct ocs_chunk_packer *packer, struct ocs_error *error)
{
    packer->zstd = ZSTD_createCCtx_advanced(ocs_zstd_memory(packer->budget));
    if (!packer->zstd)
        return ocs_budget_fail_library("compressing", error);
    ZSTD_CCtx_setParameter(packer->zstd, ZSTD_c_compressionLevel, packer->codec.level);
    ZSTD_CCtx_setParameter(packer->zstd, ZSTD_c_checksumFlag, 1);
    return OCS_OK;
}

enum ocs_status ocs_chunk_packer_open(struct ocs_budget *budget,
                                      const struct ocs_chunk_codec *codec, uint64_t largest,
                                      struct ocs_chunk_packer **packer_ret, struct ocs_error *error)
{
    assert(largest <= OCS_CHUNK_LARGEST && !codec->shuffled);
    struct ocs_chunk_packer *const packer = ocs_budget_alloc(budget, sizeof *packer, error);
    if (!packer)
        return error->status;
    packer->budget = budget;
    packer->codec = *codec;
    packer->largest = largest;
    enum ocs_status status = OCS_OK;
    if (codec->method == OCS_CHUNK_ZSTD)
        status = start_zstd(packer, error);
    else if (codec->method == OCS_CHUNK_BLOSC)
        status = ocs_blosc_load(&packer->blosc, error);
    if (status != OCS_OK) {
        ocs_chunk_packer_close(packer);
        return status;
    }
    *packer_ret = packer;
    return OCS_OK;
}

static enum ocs_status pack_zstd(struct ocs_chunk_packer *packer, const unsigned char *plain,
                                 uint64_t bytes, unsigned char *packed, uint64_t *packed_bytes_ret,
                                 struct ocs_error *error)
{
    const size_t made =
        ZSTD_compress2(packer->zstd, packed, ZSTD_compressBound(bytes), plain, bytes);
    if (ZSTD_isError(made))
        return ocs_zstd_fail_press(made, error);
    *packed_bytes_ret = made;
    return OCS_OK;
}

/* Refused memory, libblosc leaves what it could not compress as it is, or says something negative,
 * which stands for nothing else here (blosc_library.h). */
static enum ocs_status pack_blosc(const struct ocs_chunk_packer *packer, const unsigned char *plain,
                                  uint64_t bytes, unsigned char *packed, uint64_t *packed_bytes_ret,
                                  struct ocs_error *error)
{
    const struct ocs_chunk_codec *const codec = &packer->codec;
    if (ocs_heap_is_short(blosc_need(codec, bytes)))
        return ocs_fail(error, OCS_LIMIT, "compressing", NULL, "no memory");
    errno = 0;
    const int made = packer->blosc.compress_ctx(
        codec->level, (int)codec->blosc_shuffle, codec->element_bytes, bytes, plain, packed,
        bytes + BLOSC_MAX_OVERHEAD, ocs_blosc_inner_name(codec->blosc_inner), OCS_BLOSC_BLOCK_BYTES,
        1);
    if (made < 0 || errno == ENOMEM)
        return ocs_fail(error, OCS_LIMIT, "compressing", NULL, "no memory");
    if (made == 0)
        return ocs_fail(error, OCS_BUG, "compressing", NULL, "blosc wants more room");
    *packed_bytes_ret = (uint64_t)made;
    return OCS_OK;
}

static enum ocs_status pack(struct ocs_chunk_packer *packer, const unsigned char *plain,
                            uint64_t bytes, unsigned char *packed, uint64_t *packed_bytes_ret,
                            struct ocs_error *error)
{
    switch (packer->codec.method) {
    case OCS_CHUNK_PLAIN:
        memcpy(packed, plain, bytes);
        *packed_bytes_ret = bytes;
        return OCS_OK;
    case OCS_CHUNK_ZSTD:
        return pack_zstd(packer, plain, bytes, packed, packed_bytes_ret, error);
    case OCS_CHUNK_BLOSC:
        return pack_blosc(packer, plain, bytes, packed, packed_bytes_ret, error);
    default:
        return ocs_fail(error, OCS_BUG, "compressing", NULL, "not a method for writing");
    }
}

enum ocs_status ocs_chunk_pack(struct ocs_chunk_packer *packer, const unsigned char *plain,
                               uint64_t bytes, unsigned char *packed, uint64_t *packed_bytes_ret,
                               struct ocs_error *error)
{
    assert(bytes <= packer->largest && bytes % packer->codec.element_bytes == 0);
    uint64_t made = 0;
    const enum ocs_status status = pack(packer, plain, bytes, packed, &made, error);
    if (status != OCS_OK)
        return status;
    if (packer->codec.crc32c) {
        ocs_crc32c_append(packed, made);
        made += OCS_CRC32C_BYTES;
    }
    *packed_bytes_ret = made;
    return OCS_OK;
}

void ocs_chunk_packer_close(struct ocs_chunk_packer *packer)
{
    if (!packer)
        return;
    ZSTD_freeCCtx(packer->zstd);
    if (packer->codec.method == OCS_CHUNK_BLOSC)
        ocs_blosc_let_go();
    ocs_budget_free(packer->budget, packer);
}
