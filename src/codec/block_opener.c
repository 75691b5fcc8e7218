/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "block.h"

#include "fail.h"
#include "shuffle.h"
#include "zstd_library.h"

#include <assert.h>

struct ocs_block_opener {
    struct ocs_budget *budget;
    ZSTD_DCtx *context;
    uint64_t largest;
    unsigned char *room; /* the block, then the plain bytes                             */
    unsigned char *shuffled;
};

uint64_t ocs_block_opener_need(uint64_t largest)
{
    return ocs_budget_cost(sizeof(struct ocs_block_opener)) + ocs_budget_cost(largest) +
           ocs_budget_cost(ocs_block_bound(largest)) + ocs_zstd_opener_need();
}

static enum ocs_status open_parts(struct ocs_block_opener *opener, struct ocs_error *error)
{
    opener->shuffled = ocs_budget_alloc(opener->budget, opener->largest, error);
    if (opener->shuffled)
        opener->room = ocs_budget_alloc(opener->budget, ocs_block_bound(opener->largest), error);
    if (!opener->room)
        return error->status;
    opener->context = ZSTD_createDCtx_advanced(ocs_zstd_memory(opener->budget));
    return opener->context ? OCS_OK : ocs_budget_fail_library("decompressing", error);
}

enum ocs_status ocs_block_opener_open(struct ocs_budget *budget, uint64_t largest,
                                      struct ocs_block_opener **opener_ret, struct ocs_error *error)
{
    struct ocs_block_opener *const opener = ocs_budget_alloc(budget, sizeof *opener, error);
    if (!opener)
        return error->status;
    opener->budget = budget;
    opener->largest = largest;
    const enum ocs_status status = open_parts(opener, error);
    if (status != OCS_OK) {
        ocs_block_opener_close(opener);
        return status;
    }
    *opener_ret = opener;
    return OCS_OK;
}

unsigned char *ocs_block_opener_room(struct ocs_block_opener *opener)
{
    return opener->room;
}

enum ocs_status ocs_block_opener_run(struct ocs_block_opener *opener, uint64_t block_bytes,
                                     uint64_t bytes, unsigned element_bytes,
                                     const unsigned char **plain_ret, struct ocs_error *error)
{
    assert(bytes <= opener->largest);
    const size_t made =
        ZSTD_decompressDCtx(opener->context, opener->shuffled, bytes, opener->room, block_bytes);
    if (ZSTD_isError(made) || made != bytes)
        return ocs_fail(error, OCS_IO, "reading scratch", NULL,
                        "what was written there came back damaged (%s)",
                        ZSTD_isError(made) ? ZSTD_getErrorName(made) : "another size");
    ocs_unshuffle(opener->shuffled, opener->room, bytes, element_bytes);
    *plain_ret = opener->room;
    return OCS_OK;
}

void ocs_block_opener_close(struct ocs_block_opener *opener)
{
    if (!opener)
        return;
    ZSTD_freeDCtx(opener->context);
    ocs_budget_free(opener->budget, opener->shuffled);
    ocs_budget_free(opener->budget, opener->room);
    ocs_budget_free(opener->budget, opener);
}
