/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "block.h"

#include "checked.h"
#include "fail.h"
#include "shuffle.h"
#include "zstd_library.h"

#include <assert.h>

enum { LEVEL = 1, ALLOWANCE = 16 << 10 /* rounding of what the library says it takes */ };

struct ocs_block_press {
    struct ocs_budget *budget;
    struct ocs_error short_of; /* the last allocation that the library was refused */
    ZSTD_CCtx *context;
    uint64_t largest;
    unsigned char *shuffled, *block;
};

uint64_t ocs_block_bound(uint64_t plain_bytes)
{
    return ZSTD_compressBound(plain_bytes);
}

/* Smaller blocks may have other tables than the largest; the library has three sets, by size. */
static uint64_t context_need(uint64_t largest)
{
    const uint64_t sizes[] = {largest, 128 << 10, 16 << 10};
    uint64_t need = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
        const ZSTD_compressionParameters tables =
            ZSTD_getCParams(LEVEL, ocs_min_u64(largest, sizes[i]), 0);
        need = ocs_max_u64(need, ZSTD_estimateCCtxSize_usingCParams(tables));
    }
    return need;
}

uint64_t ocs_block_press_need(uint64_t largest)
{
    return ocs_budget_cost(sizeof(struct ocs_block_press)) + ocs_budget_cost(largest) +
           ocs_budget_cost(ocs_block_bound(largest)) + context_need(largest) + ALLOWANCE;
}

static void *give(void *opaque, size_t size)
{
    struct ocs_block_press *const press = opaque;
    return ocs_budget_alloc(press->budget, size, &press->short_of);
}

static void take(void *opaque, void *block)
{
    const struct ocs_block_press *const press = opaque;
    ocs_budget_free(press->budget, block);
}

static enum ocs_status fail_memory(const struct ocs_block_press *press, struct ocs_error *error)
{
    if (press->short_of.status == OCS_OK)
        return ocs_fail(error, OCS_LIMIT, "compressing", NULL, "no memory");
    *error = press->short_of;
    return error->status;
}

static enum ocs_status open_parts(struct ocs_block_press *press, struct ocs_error *error)
{
    press->shuffled = ocs_budget_alloc(press->budget, press->largest, error);
    if (press->shuffled)
        press->block = ocs_budget_alloc(press->budget, ocs_block_bound(press->largest), error);
    if (!press->block)
        return error->status;
    press->context = ZSTD_createCCtx_advanced((ZSTD_customMem){give, take, press});
    if (!press->context)
        return fail_memory(press, error);
    ZSTD_CCtx_setParameter(press->context, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(press->context, ZSTD_c_checksumFlag, 1);
    return OCS_OK;
}

enum ocs_status ocs_block_press_open(struct ocs_budget *budget, uint64_t largest,
                                     struct ocs_block_press **press_ret, struct ocs_error *error)
{
    struct ocs_block_press *const press = ocs_budget_alloc(budget, sizeof *press, error);
    if (!press)
        return error->status;
    press->budget = budget;
    press->largest = largest;
    const enum ocs_status status = open_parts(press, error);
    if (status != OCS_OK) {
        ocs_block_press_close(press);
        return status;
    }
    *press_ret = press;
    return OCS_OK;
}

enum ocs_status ocs_block_press_run(struct ocs_block_press *press, const unsigned char *plain,
                                    uint64_t bytes, unsigned element_bytes,
                                    const unsigned char **block_ret, uint64_t *block_bytes_ret,
                                    struct ocs_error *error)
{
    assert(bytes <= press->largest);
    ocs_shuffle(plain, press->shuffled, bytes, element_bytes);
    const size_t made = ZSTD_compress2(press->context, press->block, ocs_block_bound(bytes),
                                       press->shuffled, bytes);
    if (ZSTD_getErrorCode(made) == ZSTD_error_memory_allocation)
        return fail_memory(press, error);
    if (ZSTD_isError(made))
        return ocs_fail(error, OCS_BUG, "compressing", NULL, "%s", ZSTD_getErrorName(made));
    *block_ret = press->block;
    *block_bytes_ret = made;
    return OCS_OK;
}

void ocs_block_press_close(struct ocs_block_press *press)
{
    if (!press)
        return;
    ZSTD_freeCCtx(press->context);
    ocs_budget_free(press->budget, press->shuffled);
    ocs_budget_free(press->budget, press->block);
    ocs_budget_free(press->budget, press);
}
