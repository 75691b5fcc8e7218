/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_BUDGET_H
#define OCS_BUDGET_H

/* The memory promise. Every allocation that grows with the input comes from one budget, which
 * refuses what would pass its limit and remembers its high-water mark. Blocks are zeroed and
 * 64-byte aligned; those of 64 KiB and more are whole mappings of their own, of which a few are
 * kept after they were freed, for the next request of their size. The high-water mark counts kept
 * ones. All functions may be called from any thread. */

#include "occustream/error.h"

#include <stdbool.h>

struct ocs_budget;

OCS_MUST_USE enum ocs_status ocs_budget_create(uint64_t limit_bytes, struct ocs_budget **budget_ret,
                                               struct ocs_error *error);

/* A limit for what is allocated from now on; what is in use stays. Opening files comes before the
 * plan that sets it. */
void ocs_budget_set_limit(struct ocs_budget *budget, uint64_t limit_bytes);

/* Every block must have been freed. NULL is fine. */
void ocs_budget_destroy(struct ocs_budget *budget);

/* NULL, with `error` filled (OCS_LIMIT), when the limit would be passed or the system has no more.
 * `bytes` 0 gives a valid block of the smallest size. */
OCS_MUST_USE void *ocs_budget_alloc(struct ocs_budget *budget, uint64_t bytes,
                                    struct ocs_error *error);

/* The same, but a large block becomes resident only where and when it is touched: for what may well
 * stay unused in part. */
OCS_MUST_USE void *ocs_budget_alloc_slowly(struct ocs_budget *budget, uint64_t bytes,
                                           struct ocs_error *error);

/* Makes the bytes [from, from + bytes) of such a block resident, whatever is in them: for a thread
 * that has nothing else to do, where another will write there. */
void ocs_budget_touch(void *block, uint64_t from, uint64_t bytes);

/* As ocs_budget_alloc for count * size, refused when the product does not fit. */
OCS_MUST_USE void *ocs_budget_array(struct ocs_budget *budget, uint64_t count, uint64_t size,
                                    struct ocs_error *error);

/* `block` as given by ocs_budget_alloc or NULL. */
void ocs_budget_free(struct ocs_budget *budget, void *block);

/* For a library whose memory comes from the budget and that only says it had too little: OCS_LIMIT.
 */
enum ocs_status ocs_budget_fail_library(const char *operation, struct ocs_error *error);

/* For a library that has its memory from the heap, takes up to `bytes`, and says the same when it
 * cannot have them as when its input is damaged: whether they cannot be had now. If they can, it
 * may be asked once more. */
bool ocs_heap_is_short(uint64_t bytes);

/* What a block of `bytes` costs the budget: rounding and bookkeeping included. Planners add these
 * up. */
uint64_t ocs_budget_cost(uint64_t bytes);

uint64_t ocs_budget_in_use(const struct ocs_budget *budget);
uint64_t ocs_budget_high_water(const struct ocs_budget *budget);

/* For tests: the n-th allocation from now (1 = the next) fails, once. 0 switches it off. */
void ocs_budget_fail_nth(struct ocs_budget *budget, uint64_t n);

#endif
