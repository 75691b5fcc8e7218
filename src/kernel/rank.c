/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rank.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { HALF_BITS = 16 };

/* Order-preserving: negative floats get all bits turned, others the sign bit. Adding zero makes -0
 * into +0. */
static uint32_t key_of(float value)
{
    const float plain = value + 0.0f;
    uint32_t bits;
    memcpy(&bits, &plain, sizeof bits);
    return bits >> 31 ? ~bits : bits | UINT32_C(0x80000000);
}

void ocs_rank_count_tops(const float *row, uint64_t n, uint64_t counts[OCS_RANK_TOPS])
{
    for (uint64_t i = 0; i < n; ++i)
        ++counts[key_of(row[i]) >> HALF_BITS];
}

static int compare_counts(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* The largest count of a bin that is listed: as many bins, the emptiest first, as fit `allowance`
 * values. */
static uint64_t listing_limit(const uint64_t counts[OCS_RANK_TOPS], uint64_t allowance,
                              uint64_t sorted[OCS_RANK_TOPS])
{
    memcpy(sorted, counts, OCS_RANK_TOPS * sizeof *sorted);
    qsort(sorted, OCS_RANK_TOPS, sizeof *sorted, compare_counts);
    uint64_t total = 0, limit = 0;
    for (uint32_t i = 0; i < OCS_RANK_TOPS; ++i) {
        uint32_t end = i;
        while (end < OCS_RANK_TOPS && sorted[end] == sorted[i])
            ++end;
        total += (end - i) * sorted[i];
        if (total > allowance)
            break;
        limit = sorted[i];
        i = end - 1;
    }
    return limit;
}

static unsigned split_bits(const uint64_t counts[OCS_RANK_TOPS], uint64_t limit, uint64_t allowance)
{
    uint64_t split = 0;
    for (uint32_t top = 0; top < OCS_RANK_TOPS; ++top)
        split += counts[top] > limit;
    unsigned bits = HALF_BITS;
    while (bits > 0 && (split << bits) > allowance)
        --bits;
    return bits;
}

void ocs_rank_bins_make(const uint64_t counts[OCS_RANK_TOPS], uint32_t allowance,
                        struct ocs_rank_bins *bins_ret)
{
    assert(allowance >= 4 * OCS_RANK_TOPS);
    uint64_t sorted[OCS_RANK_TOPS];
    const uint64_t limit = listing_limit(counts, allowance / 2, sorted);
    const unsigned bits = split_bits(counts, limit, allowance / 2);
    uint32_t first = 0;
    for (uint32_t top = 0; top < OCS_RANK_TOPS; ++top) {
        const bool listed = counts[top] <= limit;
        bins_ret->first[top] = first;
        bins_ret->shift[top] = listed ? OCS_RANK_LISTED : (uint8_t)(HALF_BITS - bits);
        first += listed ? (uint32_t)counts[top] : UINT32_C(1) << bits;
    }
    bins_ret->first[OCS_RANK_TOPS] = bins_ret->cells = first;
}

static void add_to_cell(struct ocs_rank_cell *cell, uint64_t count, float low, float high)
{
    if (count == 0)
        return;
    cell->low = cell->count == 0 || low < cell->low ? low : cell->low;
    cell->high = cell->count == 0 || high > cell->high ? high : cell->high;
    cell->count += count;
}

static uint32_t split_cell(const struct ocs_rank_bins *bins, uint32_t key)
{
    const uint32_t top = key >> HALF_BITS;
    return bins->first[top] + ((key & UINT32_C(0xffff)) >> bins->shift[top]);
}

/* A bin that grew since it was counted (the input was changed under way) keeps what it has room
 * for. */
static void list_value(const struct ocs_rank_bins *bins, uint32_t top, float value,
                       struct ocs_rank_cell *shared, _Atomic uint32_t filled[OCS_RANK_TOPS])
{
    const uint32_t at = atomic_fetch_add_explicit(&filled[top], 1, memory_order_relaxed);
    if (at < bins->first[top + 1] - bins->first[top])
        shared[bins->first[top] + at] = (struct ocs_rank_cell){1, value, value};
}

void ocs_rank_count_cells(const struct ocs_rank_bins *bins, const float *row, uint64_t n,
                          struct ocs_rank_cell *own, struct ocs_rank_cell *shared,
                          _Atomic uint32_t filled[OCS_RANK_TOPS])
{
    for (uint64_t i = 0; i < n; ++i) {
        const uint32_t key = key_of(row[i]), top = key >> HALF_BITS;
        if (bins->shift[top] == OCS_RANK_LISTED)
            list_value(bins, top, row[i], shared, filled);
        else
            add_to_cell(&own[split_cell(bins, key)], 1, row[i], row[i]);
    }
}

static int compare_cells(const void *a, const void *b)
{
    const struct ocs_rank_cell *const left = a, *const right = b;
    return (left->low > right->low) - (left->low < right->low);
}

/* The first of several equal values takes the count of all: only the last rank of a value is a
 * knot. */
static void join_equal(struct ocs_rank_cell *cells, uint32_t count)
{
    uint32_t first = 0;
    for (uint32_t cell = 1; cell < count; ++cell) {
        if (cells[cell].low == cells[first].low) {
            cells[first].count += cells[cell].count;
            cells[cell].count = 0;
        } else {
            first = cell;
        }
    }
}

void ocs_rank_settle(const struct ocs_rank_bins *bins, struct ocs_rank_cell *cells)
{
    for (uint32_t top = 0; top < OCS_RANK_TOPS; ++top) {
        if (bins->shift[top] != OCS_RANK_LISTED)
            continue;
        struct ocs_rank_cell *const list = cells + bins->first[top];
        const uint32_t count = bins->first[top + 1] - bins->first[top];
        qsort(list, count, sizeof *list, compare_cells);
        join_equal(list, count);
    }
}

void ocs_rank_merge_cells(struct ocs_rank_cell *into, const struct ocs_rank_cell *from,
                          uint32_t cells)
{
    for (uint32_t cell = 0; cell < cells; ++cell)
        add_to_cell(&into[cell], from[cell].count, from[cell].low, from[cell].high);
}

/* Ranks count from 1. A cell's lowest value has the first rank of the cell, its highest the last;
 * when they are equal all its voxels share the last. */
static uint64_t low_rank(const struct ocs_rank_cell *cell, uint64_t before)
{
    return cell->low < cell->high ? before + 1 : before + cell->count;
}

/* A walk over the template's knots (rank, value), two a cell, with rising rank. */
struct walk {
    const struct ocs_rank_cell *cells;
    uint32_t count, cell;
    bool at_high;
    uint64_t before;            /* voxels in cells before `cell`                            */
    double rank, previous_rank; /* of this knot and the one before                          */
    float value, previous_value;
};

static void set_knot(struct walk *walk)
{
    const struct ocs_rank_cell *const cell = &walk->cells[walk->cell];
    walk->rank =
        (double)(walk->at_high ? walk->before + cell->count : low_rank(cell, walk->before));
    walk->value = walk->at_high ? cell->high : cell->low;
}

/* The next cell that has voxels; false at the end. */
static bool next_cell(struct walk *walk)
{
    uint32_t cell = walk->cell + 1;
    while (cell < walk->count && walk->cells[cell].count == 0)
        ++cell;
    if (cell == walk->count)
        return false;
    walk->before += walk->cells[walk->cell].count;
    walk->cell = cell;
    walk->at_high = false;
    return true;
}

static bool next_knot(struct walk *walk)
{
    walk->previous_rank = walk->rank;
    walk->previous_value = walk->value;
    if (!walk->at_high)
        walk->at_high = true;
    else if (!next_cell(walk))
        return false;
    set_knot(walk);
    return true;
}

static void start_walk(struct walk *walk, const struct ocs_rank_cell *cells, uint32_t count)
{
    *walk = (struct walk){.cells = cells, .count = count};
    while (walk->cell < count && cells[walk->cell].count == 0)
        ++walk->cell;
    assert(walk->cell < count);
    set_knot(walk);
    walk->previous_rank = walk->rank;
    walk->previous_value = walk->value;
}

/* The template's value at a rank not below the last one asked for. */
static float value_at(struct walk *walk, double rank)
{
    while (walk->rank < rank && next_knot(walk))
        ;
    if (rank >= walk->rank || walk->rank == walk->previous_rank)
        return walk->value;
    if (rank <= walk->previous_rank)
        return walk->previous_value;
    const double part = (rank - walk->previous_rank) / (walk->rank - walk->previous_rank);
    return (float)((double)walk->previous_value +
                   part * ((double)walk->value - (double)walk->previous_value));
}

void ocs_rank_steps(const struct ocs_rank_cell *source, uint32_t source_cells,
                    const struct ocs_rank_cell *template_cells, uint32_t template_count,
                    struct ocs_rank_step *steps)
{
    struct walk walk;
    start_walk(&walk, template_cells, template_count);
    uint64_t before = 0;
    for (uint32_t cell = 0; cell < source_cells; ++cell) {
        const struct ocs_rank_cell *const from = &source[cell];
        if (from->count == 0) {
            /* One of several equal listed values, or nothing at all. */
            steps[cell] = cell > 0 ? steps[cell - 1] : (struct ocs_rank_step){0};
            continue;
        }
        steps[cell].low = from->low;
        steps[cell].high = from->high;
        steps[cell].to_low = value_at(&walk, (double)low_rank(from, before));
        before += from->count;
        steps[cell].to_high = value_at(&walk, (double)before);
    }
}

/* The cell of a value in a listed bin, by halving. */
static uint32_t listed_cell(const struct ocs_rank_bins *bins, const struct ocs_rank_step *steps,
                            uint32_t top, float value)
{
    uint32_t low = bins->first[top], high = bins->first[top + 1];
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (steps[middle].low <= value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static uint32_t cell_of(const struct ocs_rank_bins *bins, const struct ocs_rank_step *steps,
                        float value)
{
    const uint32_t key = key_of(value), top = key >> HALF_BITS;
    return bins->shift[top] == OCS_RANK_LISTED ? listed_cell(bins, steps, top, value)
                                               : split_cell(bins, key);
}

void ocs_rank_map_row(const struct ocs_rank_bins *source_bins, const struct ocs_rank_step *steps,
                      float *row, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i) {
        const struct ocs_rank_step *const step = &steps[cell_of(source_bins, steps, row[i])];
        const double width = (double)step->high - (double)step->low;
        const double part = width > 0 ? ((double)row[i] - (double)step->low) / width : 1;
        row[i] =
            (float)((double)step->to_low + part * ((double)step->to_high - (double)step->to_low));
    }
}
