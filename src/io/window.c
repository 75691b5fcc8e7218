/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "window.h"

#include "checked.h"
#include "fail.h"
#include "source_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* One fault may make more resident than the page touched, but nothing outside the aligned 2 MiB
 * that share a page table. So whole grains of that size are dropped, and kept as long as the chunk
 * in use reaches into them:
 *
 *     |      grain      |      grain      |      grain      |
 *           [-- chunk before --][------- chunk in use -------]
 *     |<----- dropped -->|<------------ resident ----------->|
 *
 * Streams that share a source may drop each other's pages: touching them again brings them back. */
#define GRAIN (UINT64_C(2) << 20)

struct span {
    uintptr_t from, to; /* addresses, whole grains */
};

struct ocs_window {
    struct ocs_budget *budget;
    const struct ocs_source *source;
    const struct ocs_mapping *mapping;
    void *reservation; /* never touched: it makes the budget count the resident pages */
    struct ocs_chunks chunks;
    struct span resident;
};

/* A chunk reaches into the grains at both its ends. */
static uint64_t window_bytes(uint64_t chunk_bytes)
{
    return chunk_bytes > UINT64_MAX / 2 ? UINT64_MAX : chunk_bytes + 2 * GRAIN;
}

uint64_t ocs_window_need(uint64_t chunk_bytes)
{
    return ocs_budget_cost(window_bytes(chunk_bytes));
}

static struct span grains_of(const struct ocs_window *window, uint64_t offset, uint64_t bytes)
{
    const uintptr_t from = (uintptr_t)window->mapping->start + offset;
    return (struct span){from / GRAIN * GRAIN, ocs_div_up_u64(from + bytes, GRAIN) * GRAIN};
}

/* Advice about the part of a span that is mapped. Only advice: failing costs time or memory, not
 * correctness. */
static void advise(const struct ocs_window *window, uintptr_t from, uintptr_t to, int advice)
{
    const uintptr_t start = (uintptr_t)window->mapping->start;
    from = ocs_max_u64(from, start);
    to = ocs_min_u64(to, start + window->mapping->bytes);
    if (from < to)
        madvise((void *)from, to - from, advice);
}

/* Drops what is resident and not in `next`. */
static void move_to(struct ocs_window *window, struct span next)
{
    const struct span old = window->resident;
    advise(window, old.from, ocs_min_u64(old.to, next.from), MADV_DONTNEED);
    advise(window, ocs_max_u64(old.from, next.to), old.to, MADV_DONTNEED);
    window->resident = next;
}

/* Maps a chunk's pages at once, which costs less than a fault for every few; the system reads on by
 * itself. Asking it for chunks to come (MADV_WILLNEED) fills its cache with single pages, and
 * mapping those takes several times as long as mapping the large ones it reads otherwise. */
static void bring_in(const struct ocs_window *window, uint64_t offset, uint64_t bytes)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t from = (uintptr_t)window->mapping->start + offset;
    advise(window, from / page * page, from + bytes, MADV_POPULATE_READ);
}

enum ocs_status ocs_window_open(struct ocs_budget *budget, const struct ocs_source *source,
                                const struct ocs_chunks *chunks, struct ocs_window **window_ret,
                                struct ocs_error *error)
{
    struct ocs_window *const window = calloc(1, sizeof *window);
    if (!window)
        return ocs_fail_system(error, "reading", ocs_source_path(source), ENOMEM);
    window->reservation = ocs_budget_alloc(budget, window_bytes(chunks->chunk_bytes), error);
    if (!window->reservation) {
        free(window);
        return error->status;
    }
    window->budget = budget;
    window->source = source;
    window->mapping = ocs_source_mapping(source);
    window->chunks = *chunks;
    *window_ret = window;
    return OCS_OK;
}

enum ocs_status ocs_window_next(struct ocs_window *window, const unsigned char **chunk_ret,
                                uint64_t *bytes_ret, struct ocs_error *error)
{
    const enum ocs_status status = ocs_source_check(window->source, error);
    if (status != OCS_OK)
        return status;
    uint64_t offset;
    if (!ocs_chunks_next(&window->chunks, &offset, bytes_ret)) {
        move_to(window, (struct span){0, 0});
        *chunk_ret = NULL;
        *bytes_ret = 0;
        return OCS_OK;
    }
    move_to(window, grains_of(window, offset, *bytes_ret));
    bring_in(window, offset, *bytes_ret);
    *chunk_ret = window->mapping->start + offset;
    return OCS_OK;
}

void ocs_window_close(struct ocs_window *window)
{
    move_to(window, (struct span){0, 0});
    ocs_budget_free(window->budget, window->reservation);
    free(window);
}
