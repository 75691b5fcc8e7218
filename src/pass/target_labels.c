/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "target_labels.h"

#include "fail.h"

#include <math.h>
#include <string.h>

static const float furthest_label = OCS_LABEL_FURTHEST, label_tolerance = 1e-3f;

struct state {
    struct ocs_label_table table;
    uint64_t bad_at;
    float bad_value;
};

/* ---- one label ---- */

/* False for what is no whole number, NaN included. */
static bool to_label(float value, int32_t *label_ret)
{
    if (!(fabsf(value) <= furthest_label))
        return false;
    const float whole = rintf(value);
    *label_ret = (int32_t)whole;
    return fabsf(value - whole) <= label_tolerance;
}

/* Where a label is among ascending ones, or belongs. */
static unsigned place_of(const int32_t *labels, unsigned count, int32_t label)
{
    unsigned from = 0;
    while (count > 0) {
        const unsigned half = count / 2;
        const bool behind = labels[from + half] < label;
        from += behind ? half + 1 : 0;
        count = behind ? count - half - 1 : half;
    }
    return from;
}

static void insert_label(struct ocs_label_table *table, unsigned place, int32_t label)
{
    const unsigned behind = table->count - place;
    memmove(&table->label[place + 1], &table->label[place], behind * sizeof *table->label);
    memmove(&table->voxels[place + 1], &table->voxels[place], behind * sizeof *table->voxels);
    table->label[place] = label;
    table->voxels[place] = 0;
    ++table->count;
}

static void count_label(struct ocs_label_table *table, int32_t label, uint64_t voxels)
{
    const unsigned place = place_of(table->label, table->count, label);
    if (place == table->count || table->label[place] != label) {
        if (table->count == OCS_LABELS_MAX) {
            table->overflow = true;
            return;
        }
        insert_label(table, place, label);
    }
    table->voxels[place] += voxels;
}

/* ---- the sweep ---- */

uint64_t ocs_label_scan_state_bytes(void)
{
    return sizeof(struct state);
}

static void start(void *self, void *state)
{
    (void)self;
    ((struct state *)state)->bad_at = UINT64_MAX;
}

static uint64_t end_of_equal(const float *row, uint64_t x, uint64_t n)
{
    const float value = row[x];
    do
        ++x;
    while (x < n && row[x] == value);
    return x;
}

static uint64_t end_of_side(const float *row, uint64_t x, uint64_t n)
{
    const bool inside = row[x] > OCS_TARGET_THRESHOLD;
    do
        ++x;
    while (x < n && (row[x] > OCS_TARGET_THRESHOLD) == inside);
    return x;
}

static void do_mask_row(void *self, void *state, uint64_t z, uint64_t y, const float *row,
                        const float *none, uint64_t nx)
{
    (void)self, (void)z, (void)y, (void)none;
    struct state *const mine = state;
    uint64_t end;
    for (uint64_t x = 0; x < nx; x = end) {
        end = end_of_side(row, x, nx);
        if (row[x] > OCS_TARGET_THRESHOLD)
            count_label(&mine->table, 1, end - x);
    }
}

static void do_label_row(void *self, void *state, uint64_t z, uint64_t y, const float *row,
                         const float *none, uint64_t nx)
{
    (void)none, (void)nx;
    const struct ocs_label_scan *const scan = self;
    struct state *const mine = state;
    uint64_t end;
    for (uint64_t x = 0; x < nx; x = end) {
        end = end_of_equal(row, x, nx);
        const uint64_t at = (z * scan->box.y + y) * nx + x;
        int32_t label;
        if (to_label(row[x], &label)) {
            if (label != 0)
                count_label(&mine->table, label, end - x);
        } else if (at < mine->bad_at) {
            mine->bad_at = at;
            mine->bad_value = row[x];
        }
    }
}

static void merge(void *self, void *state)
{
    struct ocs_label_scan *const scan = self;
    const struct state *const from = state;
    for (unsigned i = 0; i < from->table.count; ++i)
        count_label(&scan->table, from->table.label[i], from->table.voxels[i]);
    scan->table.overflow |= from->table.overflow;
    if (from->bad_at < scan->bad_at) {
        scan->bad_at = from->bad_at;
        scan->bad_value = from->bad_value;
    }
}

void ocs_label_scan_begin(struct ocs_label_scan *scan, struct ocs_sweep *sweep)
{
    scan->bad_at = UINT64_MAX;
    scan->box = sweep->slabs.box;
    sweep->name = "targets";
    sweep->self = scan;
    sweep->state_bytes = sizeof(struct state);
    sweep->start = start;
    sweep->row = scan->is_mask ? do_mask_row : do_label_row;
    sweep->merge = merge;
}

/* ---- the set ---- */

static enum ocs_status judge(const struct ocs_label_scan *scan, const char *path,
                             struct ocs_error *error)
{
    if (scan->bad_at != UINT64_MAX) {
        const uint64_t at = scan->bad_at;
        ocs_fail(error, OCS_BAD_INPUT, "reading", path,
                 "the voxel at section %llu, row %llu, column %llu is %.9g, which is no label",
                 (unsigned long long)(at / scan->box.x / scan->box.y),
                 (unsigned long long)(at / scan->box.x % scan->box.y),
                 (unsigned long long)(at % scan->box.x), (double)scan->bad_value);
        ocs_advise(error, "labels are whole numbers up to 2^24; a mask goes with --target-mask");
        return OCS_BAD_INPUT;
    }
    if (scan->table.overflow) {
        ocs_fail(error, OCS_BAD_INPUT, "reading", path, "it has more than %d different labels",
                 OCS_LABELS_MAX);
        ocs_advise(error, "merge some; a mask goes with --target-mask");
        return OCS_BAD_INPUT;
    }
    if (scan->table.count > 0)
        return OCS_OK;
    ocs_fail(error, OCS_BAD_INPUT, "reading", path, "%s",
             scan->is_mask ? "no voxel of it is above 0.5" : "every voxel is 0: it has no label");
    ocs_advise(error, "check that this is the map you meant");
    return OCS_BAD_INPUT;
}

enum ocs_status ocs_label_scan_settle(const struct ocs_label_scan *scan, const char *path,
                                      struct ocs_label_set *set_ret, struct ocs_error *error)
{
    const enum ocs_status status = judge(scan, path, error);
    if (status != OCS_OK)
        return status;
    const struct ocs_label_table *const table = &scan->table;
    *set_ret = (struct ocs_label_set){.is_mask = scan->is_mask, .count = table->count};
    memcpy(set_ret->label, table->label, sizeof table->label);
    memcpy(set_ret->voxels, table->voxels, sizeof table->voxels);
    return OCS_OK;
}

static uint32_t index_of(const struct ocs_label_set *set, float value)
{
    int32_t label;
    if (!to_label(value, &label) || label == 0)
        return OCS_NO_LABEL;
    const unsigned place = place_of(set->label, set->count, label);
    return place < set->count && set->label[place] == label ? place : OCS_NO_LABEL;
}

struct ocs_label_run ocs_label_run_at(const struct ocs_label_set *set, const float *row, uint64_t x,
                                      uint64_t n)
{
    if (set->is_mask)
        return (struct ocs_label_run){row[x] > OCS_TARGET_THRESHOLD ? 0 : OCS_NO_LABEL,
                                      end_of_side(row, x, n)};
    return (struct ocs_label_run){index_of(set, row[x]), end_of_equal(row, x, n)};
}
