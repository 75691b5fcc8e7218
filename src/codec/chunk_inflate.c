/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chunk_inflate.h"

#include "fail.h"

enum { GZIP_ONLY = 16, NEED = 64 << 10 /* inflate takes about 7 kB and its 32 kB window */ };

static void *give(void *opaque, unsigned count, unsigned size)
{
    struct ocs_error refused; /* the library says it in its own way */
    return ocs_budget_array(opaque, count, size, &refused);
}

static void take(void *opaque, void *block)
{
    ocs_budget_free(opaque, block);
}

uint64_t ocs_chunk_inflate_need(void)
{
    return NEED;
}

enum ocs_status ocs_chunk_inflate_open(struct ocs_chunk_inflate *inflater,
                                       struct ocs_budget *budget, bool gzip,
                                       struct ocs_error *error)
{
    *inflater = (struct ocs_chunk_inflate){
        .z = {.zalloc = give, .zfree = take, .opaque = budget},
    };
    if (inflateInit2(&inflater->z, MAX_WBITS + (gzip ? GZIP_ONLY : 0)) != Z_OK)
        return ocs_budget_fail_library("decompressing", error);
    inflater->started = true;
    return OCS_OK;
}

const char *ocs_chunk_inflate_run(struct ocs_chunk_inflate *inflater, const unsigned char *bytes,
                                  uint64_t count, unsigned char *plain, uint64_t plain_bytes)
{
    z_stream *const z = &inflater->z;
    if (inflateReset(z) != Z_OK)
        return "zlib is in a wrong state";
    z->next_in = (z_const Bytef *)(uintptr_t)bytes;
    z->avail_in = (uInt)count;
    z->next_out = plain;
    z->avail_out = (uInt)plain_bytes;
    const int result = inflate(z, Z_FINISH);
    if (result == Z_STREAM_END && z->avail_out == 0)
        return z->avail_in == 0 ? NULL : "something follows its compressed data";
    if (result == Z_STREAM_END)
        return "it holds fewer bytes than a chunk";
    if (result == Z_BUF_ERROR)
        return z->avail_in == 0 ? "its compressed data are cut off"
                                : "it holds more bytes than a chunk";
    if (result == Z_MEM_ERROR)
        return "zlib got no memory";
    return z->msg ? z->msg : "its compressed data are damaged";
}

void ocs_chunk_inflate_close(struct ocs_chunk_inflate *inflater)
{
    if (inflater->started)
        inflateEnd(&inflater->z);
}
