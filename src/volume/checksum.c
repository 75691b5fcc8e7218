/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checksum.h"

#include "half.h"

#include <string.h>

/* Odd, with their bits spread. */
static const uint64_t of_place = UINT64_C(0x9e3779b97f4a7c15);
static const uint64_t of_bits = UINT64_C(0xd6e8feb86659fd93);

static inline uint64_t mix(uint64_t place, uint32_t bits)
{
    uint64_t x = place * of_place ^ (bits + UINT64_C(1)) * of_bits;
    x = (x ^ x >> 32) * of_bits;
    return x ^ x >> 29;
}

uint64_t ocs_checksum_row(struct ocs_box box, uint64_t z, uint64_t y, uint64_t x,
                          const float *voxels, uint64_t n)
{
    const uint64_t first = (z * box.y + y) * box.x + x;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < n; ++i) {
        uint32_t bits;
        memcpy(&bits, &voxels[i], sizeof bits);
        sum += mix(first + i, bits);
    }
    return sum;
}

struct pen {
    struct ocs_checksum_sink *owner;
    void *inner;
    float *row; /* as stored, with halves                                                  */
    uint64_t sum;
};

uint64_t ocs_checksum_pen_need(struct ocs_box box)
{
    return ocs_budget_cost(sizeof(struct pen)) + ocs_budget_cost(box.x * sizeof(float));
}

static void free_pen(struct pen *pen)
{
    struct ocs_budget *const budget = pen->owner->budget;
    ocs_budget_free(budget, pen->row);
    ocs_budget_free(budget, pen);
}

static enum ocs_status open_pen(void *self, void **pen_ret, struct ocs_error *error)
{
    struct ocs_checksum_sink *const owner = self;
    struct pen *const pen = ocs_budget_alloc(owner->budget, sizeof *pen, error);
    if (!pen)
        return error->status;
    pen->owner = owner;
    pen->row = ocs_budget_array(owner->budget, owner->box.x, sizeof(float), error);
    const enum ocs_status status =
        pen->row ? owner->sink->open(owner->sink->self, &pen->inner, error) : error->status;
    if (status != OCS_OK) {
        free_pen(pen);
        return status;
    }
    *pen_ret = pen;
    return OCS_OK;
}

/* As float16 has it. */
static const float *stored(struct pen *pen, const float *voxels)
{
    if (!pen->owner->halves)
        return voxels;
    for (uint64_t i = 0; i < pen->owner->box.x; ++i)
        pen->row[i] = ocs_float_of_bits(
            ocs_half_to_float_bits(ocs_float_bits_to_half(ocs_bits_of_float(voxels[i]))));
    return pen->row;
}

static enum ocs_status put_rows(void *self, uint64_t z, uint64_t y, uint64_t rows,
                                const float *voxels, struct ocs_error *error)
{
    struct pen *const pen = self;
    const struct ocs_box box = pen->owner->box;
    for (uint64_t row = 0; row < rows; ++row)
        pen->sum += ocs_checksum_row(box, z, y + row, 0, stored(pen, voxels + row * box.x), box.x);
    return pen->owner->sink->rows(pen->inner, z, y, rows, voxels, error);
}

static enum ocs_status close_pen(void *self, bool keep, struct ocs_error *error)
{
    struct pen *const pen = self;
    atomic_fetch_add(&pen->owner->sum, pen->sum);
    const enum ocs_status status = pen->owner->sink->close(pen->inner, keep, error);
    free_pen(pen);
    return status;
}

struct ocs_sink ocs_checksum_sink(struct ocs_checksum_sink *self)
{
    return (struct ocs_sink){.self = self, .open = open_pen, .rows = put_rows, .close = close_pen};
}
