/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "budget.h"

#include "checked.h"
#include "fail.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*      |<- PREFIX ->|<---- what the caller asked for ---->|<- rounding ->|
 *      | struct block |                                                    |
 * From MAPPED_FROM on, the whole is an anonymous mapping; below, it is from the heap.
 *
 * Passes free and allocate blocks of the same sizes over and over, and a fresh mapping costs a page
 * fault a page. So a few freed mappings are kept for the next request of their size; they count
 * against the limit, and go when the room is wanted. */
enum { PREFIX = 64, MAPPED_FROM = 64 << 10, PAGE = 4096, KEPT = 32, LARGE = 4 << 20 };

struct block {
    uint64_t cost;
};
_Static_assert(sizeof(struct block) <= PREFIX, "the prefix holds the bookkeeping");

struct ocs_budget {
    _Atomic uint64_t fail_countdown;

    pthread_mutex_t lock; /* guards what follows                                           */
    uint64_t limit, in_use, high_water;
    uint64_t kept_bytes;
    unsigned kept_count;
    struct block *kept[KEPT]; /* the longest kept first                                     */
};

enum ocs_status ocs_budget_create(uint64_t limit_bytes, struct ocs_budget **budget_ret,
                                  struct ocs_error *error)
{
    struct ocs_budget *budget = calloc(1, sizeof *budget);
    if (!budget)
        return ocs_fail(error, OCS_LIMIT, "starting", NULL, "no memory");
    budget->limit = limit_bytes;
    pthread_mutex_init(&budget->lock, NULL);
    *budget_ret = budget;
    return OCS_OK;
}

void ocs_budget_set_limit(struct ocs_budget *budget, uint64_t limit_bytes)
{
    pthread_mutex_lock(&budget->lock);
    budget->limit = limit_bytes;
    pthread_mutex_unlock(&budget->lock);
}

/* ---- kept mappings; the lock is held ---- */

static void drop_kept(struct ocs_budget *budget, unsigned index)
{
    struct block *const block = budget->kept[index];
    --budget->kept_count;
    memmove(budget->kept + index, budget->kept + index + 1,
            (budget->kept_count - index) * sizeof(struct block *));
    budget->kept_bytes -= block->cost;
    munmap(block, block->cost);
}

static void keep(struct ocs_budget *budget, struct block *block)
{
    if (budget->kept_count == KEPT)
        drop_kept(budget, 0);
    budget->kept[budget->kept_count++] = block;
    budget->kept_bytes += block->cost;
}

static struct block *take_kept(struct ocs_budget *budget, uint64_t cost)
{
    for (unsigned index = budget->kept_count; index-- > 0;) {
        struct block *const block = budget->kept[index];
        if (block->cost != cost)
            continue;
        --budget->kept_count;
        memmove(budget->kept + index, budget->kept + index + 1,
                (budget->kept_count - index) * sizeof(struct block *));
        budget->kept_bytes -= cost;
        return block;
    }
    return NULL;
}

void ocs_budget_destroy(struct ocs_budget *budget)
{
    if (!budget)
        return;
    assert(budget->in_use == 0);
    while (budget->kept_count > 0)
        drop_kept(budget, budget->kept_count - 1);
    pthread_mutex_destroy(&budget->lock);
    free(budget);
}

enum ocs_status ocs_budget_fail_library(const char *operation, struct ocs_error *error)
{
    ocs_fail(error, OCS_LIMIT, operation, NULL,
             "what the library for it takes does not fit the memory limit");
    ocs_advise(error, "give more with --memory");
    return OCS_LIMIT;
}

bool ocs_heap_is_short(uint64_t bytes)
{
    void *volatile block = malloc(bytes); /* volatile: or the compiler would leave it out */
    const bool is_short = !block;
    free(block);
    return is_short;
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

/* Counts `cost` as used, dropping kept mappings for it where needed. *kept_ret: a mapping of just
 * that cost, or NULL. */
static bool reserve(struct ocs_budget *budget, uint64_t cost, bool from_kept,
                    struct block **kept_ret)
{
    *kept_ret = NULL;
    if (cost > budget->limit || budget->in_use > budget->limit - cost)
        return false;
    if (from_kept && cost >= MAPPED_FROM)
        *kept_ret = take_kept(budget, cost);
    while (budget->kept_bytes > budget->limit - cost - budget->in_use)
        drop_kept(budget, 0);
    budget->in_use += cost;
    budget->high_water = ocs_max_u64(budget->high_water, budget->in_use + budget->kept_bytes);
    return true;
}

static void *map_block(uint64_t cost, bool at_once)
{
    void *const mapped =
        mmap(NULL, cost, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        return NULL;
    /* Both only save time; older kernels refuse the second. */
    if (cost >= LARGE)
        madvise(mapped, cost, MADV_HUGEPAGE);
#ifdef MADV_POPULATE_WRITE
    if (at_once)
        madvise(mapped, cost, MADV_POPULATE_WRITE);
#endif
    return mapped;
}

void ocs_budget_touch(void *block, uint64_t from, uint64_t bytes)
{
    const uint64_t skew = ((uintptr_t)block + from) % PAGE;
#ifdef MADV_POPULATE_WRITE
    madvise((char *)block + from - skew, bytes + skew, MADV_POPULATE_WRITE);
#else
    (void)skew;
    (void)bytes;
#endif
}

static void *obtain(uint64_t cost, bool at_once)
{
    if (cost >= MAPPED_FROM)
        return map_block(cost, at_once);
    void *const heap = aligned_alloc(PREFIX, cost);
    return heap ? memset(heap, 0, cost) : NULL;
}

/* `at_once`: its pages are made resident here, or may be already. */
static struct block *take(struct ocs_budget *budget, uint64_t cost, bool at_once)
{
    struct block *kept;
    pthread_mutex_lock(&budget->lock);
    const bool fits = reserve(budget, cost, at_once, &kept);
    pthread_mutex_unlock(&budget->lock);
    if (!fits)
        return NULL;
    if (kept)
        return memset(kept, 0, cost);
    struct block *const fresh = obtain(cost, at_once);
    if (!fresh) {
        pthread_mutex_lock(&budget->lock);
        budget->in_use -= cost;
        pthread_mutex_unlock(&budget->lock);
    }
    return fresh;
}

static void *alloc(struct ocs_budget *budget, uint64_t bytes, bool at_once, struct ocs_error *error)
{
    const uint64_t cost = ocs_budget_cost(bytes);
    struct block *const block = must_fail(budget) ? NULL : take(budget, cost, at_once);
    if (!block) {
        ocs_fail(error, OCS_LIMIT, "allocating", NULL,
                 "%llu bytes do not fit the memory limit of %llu", (unsigned long long)bytes,
                 (unsigned long long)budget->limit);
        ocs_advise(error, "give more with --memory");
        return NULL;
    }
    block->cost = cost;
    return (char *)block + PREFIX;
}

void *ocs_budget_alloc(struct ocs_budget *budget, uint64_t bytes, struct ocs_error *error)
{
    return alloc(budget, bytes, true, error);
}

void *ocs_budget_alloc_slowly(struct ocs_budget *budget, uint64_t bytes, struct ocs_error *error)
{
    return alloc(budget, bytes, false, error);
}

void *ocs_budget_array(struct ocs_budget *budget, uint64_t count, uint64_t size,
                       struct ocs_error *error)
{
    uint64_t bytes;
    if (!ocs_mul_u64(count, size, &bytes))
        bytes = UINT64_MAX;
    return ocs_budget_alloc(budget, bytes, error);
}

void ocs_budget_free(struct ocs_budget *budget, void *memory)
{
    if (!memory)
        return;
    struct block *const block = (struct block *)(void *)((char *)memory - PREFIX);
    const uint64_t cost = block->cost;
    if (cost < MAPPED_FROM)
        free(block);
    pthread_mutex_lock(&budget->lock);
    budget->in_use -= cost;
    if (cost >= MAPPED_FROM)
        keep(budget, block);
    pthread_mutex_unlock(&budget->lock);
}

static uint64_t read_locked(const struct ocs_budget *budget, const uint64_t *value)
{
    pthread_mutex_t *const lock = &((struct ocs_budget *)(uintptr_t)budget)->lock;
    pthread_mutex_lock(lock);
    const uint64_t result = *value;
    pthread_mutex_unlock(lock);
    return result;
}

uint64_t ocs_budget_in_use(const struct ocs_budget *budget)
{
    return read_locked(budget, &budget->in_use);
}

uint64_t ocs_budget_high_water(const struct ocs_budget *budget)
{
    return read_locked(budget, &budget->high_water);
}

void ocs_budget_fail_nth(struct ocs_budget *budget, uint64_t n)
{
    atomic_store(&budget->fail_countdown, n);
}
