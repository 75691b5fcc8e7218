/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZSTD_LIBRARY_H
#define OCS_ZSTD_LIBRARY_H

/* zstd with the part of its interface that lets the memory come from the budget: allocators and
 * estimates. */

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include "budget.h"

/* The library's memory from `budget`, which must outlive what is made with it. */
ZSTD_customMem ocs_zstd_memory(struct ocs_budget *budget);

/* What a context takes at most that compresses up to `largest` bytes at once at `level`. */
uint64_t ocs_zstd_press_need(int level, uint64_t largest);

/* For what a compressing call returned, an error: OCS_LIMIT or OCS_BUG. */
enum ocs_status ocs_zstd_fail_press(size_t returned, struct ocs_error *error);

/* What a context takes that decompresses whole frames at once. */
uint64_t ocs_zstd_opener_need(void);

#endif
