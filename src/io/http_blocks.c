/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http_blocks.h"

#include "checked.h"
#include "fail.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct block {
    uint64_t index; /* block i begins at byte i * OCS_HTTP_BLOCK_BYTES */
    uint64_t used;  /* a larger number: later */
    bool filled, filling;
    unsigned char *bytes; /* NULL until it is first filled */
};

struct ocs_http_blocks {
    uv_mutex_t
        lock; /* of what follows; the bytes of a block that is filling belong to its filler */
    uv_cond_t changed;
    uint64_t uses;
    struct block blocks[OCS_HTTP_BLOCKS];
};

enum ocs_status ocs_http_blocks_create(struct ocs_http_blocks **blocks_ret, struct ocs_error *error)
{
    struct ocs_http_blocks *const blocks = calloc(1, sizeof *blocks);
    if (!blocks)
        return ocs_fail(error, OCS_LIMIT, "opening", NULL, "no memory");
    if (uv_mutex_init(&blocks->lock) != 0) {
        free(blocks);
        return ocs_fail(error, OCS_LIMIT, "opening", NULL, "no more locks");
    }
    if (uv_cond_init(&blocks->changed) != 0) {
        uv_mutex_destroy(&blocks->lock);
        free(blocks);
        return ocs_fail(error, OCS_LIMIT, "opening", NULL, "no more locks");
    }
    *blocks_ret = blocks;
    return OCS_OK;
}

void ocs_http_blocks_destroy(struct ocs_http_blocks *blocks)
{
    if (!blocks)
        return;
    for (int i = 0; i < OCS_HTTP_BLOCKS; ++i)
        free(blocks->blocks[i].bytes);
    uv_cond_destroy(&blocks->changed);
    uv_mutex_destroy(&blocks->lock);
    free(blocks);
}

/* Under the lock. NULL: not here, nor on its way. */
static struct block *find(struct ocs_http_blocks *blocks, uint64_t index)
{
    for (int i = 0; i < OCS_HTTP_BLOCKS; ++i) {
        struct block *const block = &blocks->blocks[i];
        if (block->index == index && (block->filled || block->filling))
            return block;
    }
    return NULL;
}

/* Under the lock. The one that was not used for the longest time; NULL: all are filling. */
static struct block *oldest(struct ocs_http_blocks *blocks)
{
    struct block *found = NULL;
    for (int i = 0; i < OCS_HTTP_BLOCKS; ++i) {
        struct block *const block = &blocks->blocks[i];
        if (!block->filling && (!found || block->used < found->used))
            found = block;
    }
    return found;
}

/* Under the lock, which is let go meanwhile. */
static enum ocs_status fill(struct ocs_http_blocks *blocks, struct block *block, uint64_t index,
                            struct ocs_http *http, ocs_http_fetch *fetch, uint64_t file_bytes,
                            struct ocs_error *error)
{
    const uint64_t start = index * OCS_HTTP_BLOCK_BYTES;
    block->index = index;
    block->filled = false;
    block->filling = true;
    if (!block->bytes)
        block->bytes = malloc(OCS_HTTP_BLOCK_BYTES);
    uv_mutex_unlock(&blocks->lock);
    const enum ocs_status status =
        block->bytes ? fetch(http, start, block->bytes,
                             ocs_min_u64(OCS_HTTP_BLOCK_BYTES, file_bytes - start), error)
                     : ocs_fail(error, OCS_LIMIT, "reading", NULL, "no memory");
    uv_mutex_lock(&blocks->lock);
    block->filling = false;
    block->filled = status == OCS_OK;
    uv_cond_broadcast(&blocks->changed);
    return status;
}

/* A part of one block. Under the lock. */
static enum ocs_status read_part(struct ocs_http_blocks *blocks, struct ocs_http *http,
                                 ocs_http_fetch *fetch, uint64_t file_bytes, uint64_t offset,
                                 void *to, uint64_t bytes, struct ocs_error *error)
{
    const uint64_t index = offset / OCS_HTTP_BLOCK_BYTES;
    for (;;) {
        struct block *block = find(blocks, index);
        if (block && block->filled) {
            block->used = ++blocks->uses;
            memcpy(to, block->bytes + offset % OCS_HTTP_BLOCK_BYTES, bytes);
            return OCS_OK;
        }
        if (!block)
            block = oldest(blocks);
        if (!block || block->filling) {
            uv_cond_wait(&blocks->changed, &blocks->lock);
            continue;
        }
        const enum ocs_status status = fill(blocks, block, index, http, fetch, file_bytes, error);
        if (status != OCS_OK)
            return status;
    }
}

enum ocs_status ocs_http_blocks_read(struct ocs_http_blocks *blocks, struct ocs_http *http,
                                     ocs_http_fetch *fetch, uint64_t file_bytes, uint64_t offset,
                                     void *to, uint64_t bytes, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    unsigned char *at = to;
    uv_mutex_lock(&blocks->lock);
    while (bytes > 0 && status == OCS_OK) {
        const uint64_t now =
            ocs_min_u64(bytes, OCS_HTTP_BLOCK_BYTES - offset % OCS_HTTP_BLOCK_BYTES);
        status = read_part(blocks, http, fetch, file_bytes, offset, at, now, error);
        offset += now;
        at += now;
        bytes -= now;
    }
    uv_mutex_unlock(&blocks->lock);
    return status;
}
