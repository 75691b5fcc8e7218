/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "members.h"

#include "fuzz_check.h"

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

enum {
    GZIP_ONLY = 16,
    SMALL = 1, /* memory of the compressors, whose time goes into clearing it               */
};

/* ---- reading ---- */

static bool read_gzip(const unsigned char *stream, size_t bytes, unsigned char *plain, size_t room,
                      size_t *plain_bytes_ret, size_t *used_ret)
{
    z_stream z = {.next_in = (z_const Bytef *)(uintptr_t)stream,
                  .avail_in = (uInt)bytes,
                  .next_out = plain,
                  .avail_out = (uInt)room};
    if (inflateInit2(&z, MAX_WBITS + GZIP_ONLY) != Z_OK)
        return false;
    const int result = inflate(&z, Z_FINISH);
    *plain_bytes_ret = room - z.avail_out;
    *used_ret = bytes - z.avail_in;
    inflateEnd(&z);
    return result == Z_STREAM_END;
}

static bool read_bzip2(const unsigned char *stream, size_t bytes, unsigned char *plain, size_t room,
                       size_t *plain_bytes_ret, size_t *used_ret)
{
    bz_stream bz = {.next_in = (char *)(uintptr_t)stream,
                    .avail_in = (unsigned)bytes,
                    .next_out = (char *)plain,
                    .avail_out = (unsigned)room};
    if (BZ2_bzDecompressInit(&bz, 0, 0) != BZ_OK)
        return false;
    const int result = BZ2_bzDecompress(&bz);
    *plain_bytes_ret = room - bz.avail_out;
    *used_ret = bytes - bz.avail_in;
    BZ2_bzDecompressEnd(&bz);
    return result == BZ_STREAM_END;
}

static bool read_xz(const unsigned char *stream, size_t bytes, unsigned char *plain, size_t room,
                    size_t *plain_bytes_ret, size_t *used_ret)
{
    uint64_t most_memory = 64 << 20;
    *plain_bytes_ret = *used_ret = 0;
    return lzma_stream_buffer_decode(&most_memory, 0, NULL, stream, used_ret, bytes, plain,
                                     plain_bytes_ret, room) == LZMA_OK;
}

/* As a stream: the call for whole buffers refuses a last block that is compressed and empty, which
 * the other takes for what it is. */
static bool read_zstd(const unsigned char *stream, size_t bytes, unsigned char *plain, size_t room,
                      size_t *plain_bytes_ret, size_t *used_ret)
{
    ZSTD_DCtx *const context = ZSTD_createDCtx();
    FUZZ_CHECK(context);
    ZSTD_inBuffer in = {stream, bytes, 0};
    ZSTD_outBuffer out = {plain, room, 0};
    size_t result;
    do
        result = ZSTD_decompressStream(context, &out, &in);
    while (result != 0 && !ZSTD_isError(result) && in.pos < bytes && out.pos < room);
    ZSTD_freeDCtx(context);
    *plain_bytes_ret = out.pos;
    *used_ret = in.pos;
    return result == 0;
}

bool fuzz_member_read(enum ocs_codec codec, const unsigned char *stream, size_t bytes,
                      unsigned char *plain, size_t room, size_t *plain_bytes_ret, size_t *used_ret)
{
    switch (codec) {
    case OCS_CODEC_GZIP:
        return read_gzip(stream, bytes, plain, room, plain_bytes_ret, used_ret);
    case OCS_CODEC_BZIP2:
        return read_bzip2(stream, bytes, plain, room, plain_bytes_ret, used_ret);
    case OCS_CODEC_XZ:
        return read_xz(stream, bytes, plain, room, plain_bytes_ret, used_ret);
    case OCS_CODEC_ZSTD:
        return read_zstd(stream, bytes, plain, room, plain_bytes_ret, used_ret);
    case OCS_CODEC_NONE:
        break;
    }
    return false;
}

/* ---- writing ---- */

static bool write_gzip(unsigned variety, const unsigned char *plain, size_t bytes,
                       unsigned char *stream, size_t room, size_t *stream_bytes_ret)
{
    z_stream z = {.next_in = (z_const Bytef *)(uintptr_t)plain,
                  .avail_in = (uInt)bytes,
                  .next_out = stream,
                  .avail_out = (uInt)room};
    const int level = (int)(variety % 10), window = 9 + (int)(variety / 10 % 7);
    if (deflateInit2(&z, level, Z_DEFLATED, window + GZIP_ONLY, SMALL, (int)(variety / 70 % 5)) !=
        Z_OK)
        return false;
    gz_header header = {.name = (Bytef *)(uintptr_t) "map.mrc", .hcrc = 1};
    if (variety & 1)
        deflateSetHeader(&z, &header);
    const int result = deflate(&z, Z_FINISH);
    *stream_bytes_ret = room - z.avail_out;
    deflateEnd(&z);
    return result == Z_STREAM_END;
}

static bool write_bzip2(unsigned variety, const unsigned char *plain, size_t bytes,
                        unsigned char *stream, size_t room, size_t *stream_bytes_ret)
{
    unsigned written = (unsigned)room;
    const int result = BZ2_bzBuffToBuffCompress((char *)stream, &written, (char *)(uintptr_t)plain,
                                                (unsigned)bytes, variety % 16 ? SMALL : 9, 0, 0);
    *stream_bytes_ret = written;
    return result == BZ_OK;
}

static bool write_xz(unsigned variety, const unsigned char *plain, size_t bytes,
                     unsigned char *stream, size_t room, size_t *stream_bytes_ret)
{
    static const lzma_check checks[] = {LZMA_CHECK_NONE, LZMA_CHECK_CRC32, LZMA_CHECK_CRC64,
                                        LZMA_CHECK_SHA256};
    lzma_options_lzma options;
    FUZZ_CHECK(!lzma_lzma_preset(&options, 0));
    options.dict_size = LZMA_DICT_SIZE_MIN << variety / 4 % 6;
    lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    *stream_bytes_ret = 0;
    return lzma_stream_buffer_encode(filters, checks[variety % 4], NULL, plain, bytes, stream,
                                     stream_bytes_ret, room) == LZMA_OK;
}

static bool write_zstd(unsigned variety, const unsigned char *plain, size_t bytes,
                       unsigned char *stream, size_t room, size_t *stream_bytes_ret)
{
    ZSTD_CCtx *const context = ZSTD_createCCtx();
    FUZZ_CHECK(context);
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, -(int)(variety % 4));
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, (int)(variety / 4 % 2));
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, (int)(variety / 8 % 2));
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 10 + (int)(variety / 16 % 14));
    *stream_bytes_ret = ZSTD_compress2(context, stream, room, plain, bytes);
    ZSTD_freeCCtx(context);
    return !ZSTD_isError(*stream_bytes_ret);
}

bool fuzz_member_write(enum ocs_codec codec, unsigned variety, const unsigned char *plain,
                       size_t bytes, unsigned char *stream, size_t room, size_t *stream_bytes_ret)
{
    switch (codec) {
    case OCS_CODEC_GZIP:
        return write_gzip(variety, plain, bytes, stream, room, stream_bytes_ret);
    case OCS_CODEC_BZIP2:
        return write_bzip2(variety, plain, bytes, stream, room, stream_bytes_ret);
    case OCS_CODEC_XZ:
        return write_xz(variety, plain, bytes, stream, room, stream_bytes_ret);
    case OCS_CODEC_ZSTD:
        return write_zstd(variety, plain, bytes, stream, room, stream_bytes_ret);
    case OCS_CODEC_NONE:
        break;
    }
    return false;
}
