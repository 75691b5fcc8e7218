/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "block.h"

#include "fail.h"
#include "shuffle.h"
#include "zstd_library.h"

#include <assert.h>

enum { LEVEL = 1 };

struct ocs_block_press {
    struct ocs_budget *budget;
    ZSTD_CCtx *context;
    uint64_t largest;
    unsigned char *shuffled, *block;
};

uint64_t ocs_block_bound(uint64_t plain_bytes)
{
    return ZSTD_compressBound(plain_bytes);
}

uint64_t ocs_block_press_need(uint64_t largest)
{
    return ocs_budget_cost(sizeof(struct ocs_block_press)) + ocs_budget_cost(largest) +
           ocs_budget_cost(ocs_block_bound(largest)) + ocs_zstd_press_need(LEVEL, largest);
}

static enum ocs_status open_parts(struct ocs_block_press *press, struct ocs_error *error)
{
    press->shuffled = ocs_budget_alloc(press->budget, press->largest, error);
    if (press->shuffled)
        press->block = ocs_budget_alloc(press->budget, ocs_block_bound(press->largest), error);
    if (!press->block)
        return error->status;
    press->context = ZSTD_createCCtx_advanced(ocs_zstd_memory(press->budget));
    if (!press->context)
        return ocs_budget_fail_library("compressing", error);
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
    if (ZSTD_isError(made))
        return ocs_zstd_fail_press(made, error);
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
