/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rank.h"

#include <assert.h>
#include <string.h>

enum { HALF_BITS = 16, CELLS_PER_VOXEL = 8 };

/* Order-preserving: negative floats get all bits turned, others the sign bit. Adding zero makes -0 into +0. */
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

/* log2 of the cells a bin should have: some for every voxel, so that few share one. */
static unsigned wanted_bits(uint64_t count)
{
    unsigned bits = 0;
    while (bits < HALF_BITS && (UINT64_C(1) << bits) < count * CELLS_PER_VOXEL)
        ++bits;
    return bits;
}

static uint64_t total_cells(const uint64_t counts[OCS_RANK_TOPS], unsigned most_bits)
{
    uint64_t total = 0;
    for (uint32_t top = 0; top < OCS_RANK_TOPS; ++top) {
        const unsigned bits = wanted_bits(counts[top]);
        total += UINT64_C(1) << (bits < most_bits ? bits : most_bits);
    }
    return total;
}

void ocs_rank_bins_make(const uint64_t counts[OCS_RANK_TOPS], uint32_t allowance,
                        struct ocs_rank_bins *bins_ret)
{
    assert(allowance >= OCS_RANK_TOPS);
    unsigned most_bits = HALF_BITS;
    while (total_cells(counts, most_bits) > allowance)
        --most_bits;
    uint32_t first = 0;
    for (uint32_t top = 0; top < OCS_RANK_TOPS; ++top) {
        const unsigned wanted = wanted_bits(counts[top]);
        const unsigned bits = wanted < most_bits ? wanted : most_bits;
        bins_ret->first[top] = first;
        bins_ret->shift[top] = (uint8_t)(HALF_BITS - bits);
        first += UINT32_C(1) << bits;
    }
    bins_ret->cells = first;
}

static uint32_t cell_of(const struct ocs_rank_bins *bins, float value)
{
    const uint32_t key = key_of(value), top = key >> HALF_BITS;
    return bins->first[top] + ((key & UINT32_C(0xffff)) >> bins->shift[top]);
}

static void add_to_cell(struct ocs_rank_cell *cell, uint64_t count, float low, float high)
{
    if (count == 0)
        return;
    cell->low = cell->count == 0 || low < cell->low ? low : cell->low;
    cell->high = cell->count == 0 || high > cell->high ? high : cell->high;
    cell->count += count;
}

void ocs_rank_count_cells(const struct ocs_rank_bins *bins, const float *row, uint64_t n,
                          struct ocs_rank_cell *cells)
{
    for (uint64_t i = 0; i < n; ++i)
        add_to_cell(&cells[cell_of(bins, row[i])], 1, row[i], row[i]);
}

void ocs_rank_merge_cells(struct ocs_rank_cell *into, const struct ocs_rank_cell *from,
                          uint32_t cells)
{
    for (uint32_t cell = 0; cell < cells; ++cell)
        add_to_cell(&into[cell], from[cell].count, from[cell].low, from[cell].high);
}

/* Ranks count from 1. A cell's lowest value has the first rank of the cell, its highest the last; when they are equal all its
 * voxels share the last. */
static uint64_t low_rank(const struct ocs_rank_cell *cell, uint64_t before)
{
    return cell->low < cell->high ? before + 1 : before + cell->count;
}

/* A walk over the template's knots (rank, value), two a cell, with rising rank. */
struct walk {
    const struct ocs_rank_cell *cells;
    uint32_t count, cell;
    bool at_high;
    uint64_t before;             /* voxels in cells before `cell`                            */
    double rank, previous_rank;  /* of this knot and the one before                          */
    float value, previous_value;
};

static void set_knot(struct walk *walk)
{
    const struct ocs_rank_cell *const cell = &walk->cells[walk->cell];
    walk->rank = (double)(walk->at_high ? walk->before + cell->count
                                        : low_rank(cell, walk->before));
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
        if (from->count == 0)
            continue;
        steps[cell].low = from->low;
        steps[cell].high = from->high;
        steps[cell].to_low = value_at(&walk, (double)low_rank(from, before));
        before += from->count;
        steps[cell].to_high = value_at(&walk, (double)before);
    }
}

void ocs_rank_map_row(const struct ocs_rank_bins *source_bins, const struct ocs_rank_step *steps,
                      float *row, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i) {
        const struct ocs_rank_step *const step = &steps[cell_of(source_bins, row[i])];
        const double width = (double)step->high - (double)step->low;
        const double part = width > 0 ? ((double)row[i] - (double)step->low) / width : 1;
        row[i] = (float)((double)step->to_low +
                         part * ((double)step->to_high - (double)step->to_low));
    }
}
