/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "budget.h"

#include "checked.h"
#include "fail.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*      |<- PREFIX ->|<---- what the caller asked for ---->|<- rounding ->|
 *      | struct block |                                                    |
 * From MAPPED_FROM on, the whole is an anonymous mapping; below, it is from the heap. */
enum { PREFIX = 64, MAPPED_FROM = 64 << 10, PAGE = 4096 };

struct block {
    uint64_t cost;
};
_Static_assert(sizeof(struct block) <= PREFIX, "the prefix holds the bookkeeping");

struct ocs_budget {
    uint64_t limit;
    _Atomic uint64_t in_use;
    _Atomic uint64_t high_water;
    _Atomic uint64_t fail_countdown;
};

enum ocs_status ocs_budget_create(uint64_t limit_bytes, struct ocs_budget **budget_ret,
                                  struct ocs_error *error)
{
    struct ocs_budget *budget = calloc(1, sizeof *budget);
    if (!budget)
        return ocs_fail(error, OCS_LIMIT, "starting", NULL, "no memory");
    budget->limit = limit_bytes;
    *budget_ret = budget;
    return OCS_OK;
}

void ocs_budget_destroy(struct ocs_budget *budget)
{
    assert(!budget || budget->in_use == 0);
    free(budget);
}

uint64_t ocs_budget_cost(uint64_t bytes)
{
    if (bytes > UINT64_MAX / 2)
        return UINT64_MAX;
    const uint64_t unit = bytes + PREFIX >= MAPPED_FROM ? PAGE : PREFIX;
    return (bytes + PREFIX + unit - 1) / unit * unit;
}

static bool must_fail(struct ocs_budget *budget)
{
    if (atomic_load_explicit(&budget->fail_countdown, memory_order_relaxed) == 0)
        return false;
    return atomic_fetch_sub(&budget->fail_countdown, 1) == 1;
}

static bool reserve(struct ocs_budget *budget, uint64_t cost)
{
    uint64_t before = atomic_load(&budget->in_use);
    do {
        if (cost > budget->limit || before > budget->limit - cost)
            return false;
    } while (!atomic_compare_exchange_weak(&budget->in_use, &before, before + cost));
    uint64_t high = atomic_load(&budget->high_water);
    while (before + cost > high &&
           !atomic_compare_exchange_weak(&budget->high_water, &high, before + cost))
        ;
    return true;
}

static void *obtain(uint64_t cost)
{
    if (cost >= MAPPED_FROM) {
        void *const mapped =
            mmap(NULL, cost, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return mapped == MAP_FAILED ? NULL : mapped;
    }
    void *const heap = aligned_alloc(PREFIX, cost);
    return heap ? memset(heap, 0, cost) : NULL;
}

void *ocs_budget_alloc(struct ocs_budget *budget, uint64_t bytes, struct ocs_error *error)
{
    const uint64_t cost = ocs_budget_cost(bytes);
    char *start = NULL;
    if (!must_fail(budget) && reserve(budget, cost)) {
        start = obtain(cost);
        if (!start)
            atomic_fetch_sub(&budget->in_use, cost);
    }
    if (!start) {
        ocs_fail(error, OCS_LIMIT, "allocating", NULL,
                 "%llu bytes do not fit the memory limit of %llu", (unsigned long long)bytes,
                 (unsigned long long)budget->limit);
        ocs_advise(error, "give more with --memory");
        return NULL;
    }
    ((struct block *)(void *)start)->cost = cost;
    return start + PREFIX;
}

void *ocs_budget_array(struct ocs_budget *budget, uint64_t count, uint64_t size,
                       struct ocs_error *error)
{
    uint64_t bytes;
    if (!ocs_mul_u64(count, size, &bytes))
        bytes = UINT64_MAX;
    return ocs_budget_alloc(budget, bytes, error);
}

void ocs_budget_free(struct ocs_budget *budget, void *block)
{
    if (!block)
        return;
    char *const start = (char *)block - PREFIX;
    const uint64_t cost = ((struct block *)(void *)start)->cost;
    if (cost >= MAPPED_FROM)
        munmap(start, cost);
    else
        free(start);
    atomic_fetch_sub(&budget->in_use, cost);
}

uint64_t ocs_budget_in_use(const struct ocs_budget *budget)
{
    return atomic_load(&budget->in_use);
}

uint64_t ocs_budget_high_water(const struct ocs_budget *budget)
{
    return atomic_load(&budget->high_water);
}

void ocs_budget_fail_nth(struct ocs_budget *budget, uint64_t n)
{
    atomic_store(&budget->fail_countdown, n);
}
