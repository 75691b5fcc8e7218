/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zstd_library.h"

#include "checked.h"
#include "fail.h"

enum { ALLOWANCE = 16 << 10 /* rounding of what the library says it takes */ };

static void *give(void *opaque, size_t size)
{
    struct ocs_error refused; /* the library says it in its own way */
    return ocs_budget_alloc(opaque, size, &refused);
}

static void take(void *opaque, void *block)
{
    ocs_budget_free(opaque, block);
}

ZSTD_customMem ocs_zstd_memory(struct ocs_budget *budget)
{
    return (ZSTD_customMem){give, take, budget};
}

/* Fewer bytes may have other tables than the most; the library has three sets, by size. */
uint64_t ocs_zstd_press_need(int level, uint64_t largest)
{
    const uint64_t sizes[] = {largest, 256 << 10, 128 << 10, 16 << 10};
    uint64_t need = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
        const ZSTD_compressionParameters tables =
            ZSTD_getCParams(level, ocs_min_u64(largest, sizes[i]), 0);
        need = ocs_max_u64(need, ZSTD_estimateCCtxSize_usingCParams(tables));
    }
    return need + ALLOWANCE;
}

enum ocs_status ocs_zstd_fail_press(size_t returned, struct ocs_error *error)
{
    if (ZSTD_getErrorCode(returned) == ZSTD_error_memory_allocation)
        return ocs_budget_fail_library("compressing", error);
    return ocs_fail(error, OCS_BUG, "compressing", NULL, "%s", ZSTD_getErrorName(returned));
}

uint64_t ocs_zstd_opener_need(void)
{
    return ZSTD_estimateDCtxSize() + ALLOWANCE;
}
