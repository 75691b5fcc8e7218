/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The labels found in any map, by any number of workers, are those that a plain list of its whole
 * numbers has; what is no label, or too many, is refused. Runs of a row cover it once. Input: a
 * byte for mask or labels and the number of workers, two for the length of a row, one for how
 * values are made of bytes, then the values. */
#include "input.h"
#include "target_labels.h"

#include <math.h>

enum { MOST_VOXELS = 1 << 15, MOST_WORKERS = 3 };

struct plain {
    int32_t *label; /* of each voxel, 0 for none                                            */
    uint64_t first_bad;
};

/* ---- the map ---- */

enum how { FLOATS, BYTES, WORDS, COUNTED, HOWS };

static float next_value(struct fuzz_input *input, enum how how, uint64_t index)
{
    switch (how) {
    case FLOATS:
        return fuzz_take_float(input);
    case BYTES:
        return (float)(int8_t)fuzz_take_u8(input);
    case WORDS:
        return (float)(int16_t)fuzz_take_u16(input);
    default: /* more labels than bytes */
        return (float)(index * (1U + fuzz_take_u8(input)) % 100000);
    }
}

static uint64_t count_of(const struct fuzz_input *input, enum how how)
{
    static const size_t bytes[HOWS] = {sizeof(float), 1, 2, 1};
    const uint64_t count = how == COUNTED ? 8 * input->size : input->size / bytes[how];
    return count < MOST_VOXELS ? count : MOST_VOXELS;
}

/* ---- the same, plainly ---- */

static bool plain_label(float value, int32_t *label_ret)
{
    const double whole = nearbyint((double)value);
    if (!isfinite(value) || fabs(whole) > 16777216 || fabs((double)value) > 16777216)
        return false;
    *label_ret = (int32_t)whole;
    return fabs((double)value - whole) <= (double)1e-3f;
}

static struct plain read_plainly(const float *values, uint64_t n, bool is_mask)
{
    struct plain plain = {fuzz_room(n * sizeof *plain.label), UINT64_MAX};
    for (uint64_t i = 0; i < n; ++i) {
        plain.label[i] = 0;
        if (is_mask)
            plain.label[i] = values[i] > 0.5F;
        else if (!plain_label(values[i], &plain.label[i]) && plain.first_bad == UINT64_MAX)
            plain.first_bad = i;
    }
    return plain;
}

static int compare(const void *a, const void *b)
{
    const int32_t left = *(const int32_t *)a, right = *(const int32_t *)b;
    return (left > right) - (left < right);
}

static void check_set(const struct ocs_label_set *set, const struct plain *plain, uint64_t n)
{
    int32_t *const sorted = fuzz_copy(plain->label, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare);
    unsigned found = 0;
    for (uint64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && sorted[end] == sorted[i]; ++end)
            ;
        if (sorted[i] == 0)
            continue;
        FUZZ_CHECK(found < set->count && set->label[found] == sorted[i]);
        FUZZ_CHECK(set->voxels[found] == end - i);
        ++found;
    }
    FUZZ_CHECK(found == set->count && found > 0 && found <= OCS_LABELS_MAX);
    free(sorted);
}

static uint64_t count_distinct(const struct plain *plain, uint64_t n)
{
    int32_t *const sorted = fuzz_copy(plain->label, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare);
    uint64_t distinct = 0;
    for (uint64_t i = 0; i < n; ++i)
        distinct += sorted[i] != 0 && (i == 0 || sorted[i] != sorted[i - 1]);
    free(sorted);
    return distinct;
}

/* ---- through the pass ---- */

static void scan(struct ocs_label_scan *scan, const float *values, uint64_t n, uint64_t nx,
                 unsigned workers)
{
    struct ocs_sweep sweep = {.slabs = {.box = {1, n / nx, nx}, .planes = 1}};
    ocs_label_scan_begin(scan, &sweep);
    void *state[MOST_WORKERS];
    for (unsigned w = 0; w < workers; ++w) {
        state[w] = calloc(1, sweep.state_bytes);
        FUZZ_CHECK(state[w]);
        if (sweep.start)
            sweep.start(sweep.self, state[w]);
    }
    for (uint64_t y = 0; y < n / nx; ++y) {
        float *const row = fuzz_copy(values + y * nx, nx * sizeof *row);
        sweep.row(sweep.self, state[y % workers], 0, y, row, NULL, nx);
        free(row);
    }
    for (unsigned w = workers; w-- > 0;) {
        sweep.merge(sweep.self, state[w]);
        free(state[w]);
    }
}

static void check_runs(const struct ocs_label_set *set, const float *values,
                       const struct plain *plain, uint64_t n, uint64_t nx)
{
    for (uint64_t y = 0; y < n / nx; ++y) {
        const float *const row = values + y * nx;
        for (uint64_t x = 0, end; x < nx; x = end) {
            const struct ocs_label_run run = ocs_label_run_at(set, row, x, nx);
            end = run.end;
            FUZZ_CHECK(end > x && end <= nx);
            FUZZ_CHECK(run.label == OCS_NO_LABEL || run.label < set->count);
            const int32_t label = run.label == OCS_NO_LABEL ? 0 : set->label[run.label];
            for (uint64_t i = x; i < end; ++i)
                FUZZ_CHECK(plain->label[y * nx + i] == label);
        }
    }
}

static void check_map(const float *values, uint64_t n, uint64_t nx, bool is_mask, unsigned workers)
{
    struct ocs_label_scan *const found = calloc(1, sizeof *found);
    struct ocs_label_set *const set = calloc(1, sizeof *set);
    FUZZ_CHECK(found && set);
    found->is_mask = is_mask;
    scan(found, values, n, nx, workers);
    const struct plain plain = read_plainly(values, n, is_mask);
    struct ocs_error error = {.status = OCS_OK};
    const enum ocs_status status = ocs_label_scan_settle(found, "fuzz", set, &error);
    const uint64_t distinct = count_distinct(&plain, n);
    FUZZ_CHECK(found->bad_at == plain.first_bad);
    const bool fine = plain.first_bad == UINT64_MAX && distinct > 0 && distinct <= OCS_LABELS_MAX;
    FUZZ_CHECK(status == (fine ? OCS_OK : OCS_BAD_INPUT) && error.status == status);
    FUZZ_CHECK(fine || (error.what[0] && error.advice[0]));
    if (fine) {
        check_set(set, &plain, n);
        check_runs(set, values, &plain, n, nx);
    }
    free(plain.label);
    free(set);
    free(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    const uint8_t first = fuzz_take_u8(&input);
    const uint64_t wanted_nx = 1 + fuzz_take_u16(&input) % 4096;
    const enum how how = (enum how)(fuzz_take_u8(&input) % HOWS);
    const uint64_t count = count_of(&input, how);
    const uint64_t nx = wanted_nx < count ? wanted_nx : count, n = nx ? count / nx * nx : 0;
    if (n == 0)
        return 0;
    float *const values = fuzz_room(n * sizeof *values);
    for (uint64_t i = 0; i < n; ++i)
        values[i] = next_value(&input, how, i);
    check_map(values, n, nx, first & 1, 1 + first / 2 % MOST_WORKERS);
    free(values);
    return 0;
}
