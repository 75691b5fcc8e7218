/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ball_max.h"

#include "checked.h"
#include "disc.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* A plane is worked on in strips of columns, top to bottom, so that the chord maxima of the rows
 * around one stay in the cache:
 *
 *     chords    ring of 2 reach_y + 1 input rows; each slot holds every chord of one row
 *     disc      two rows: the disc of this plane distance and that of the one further out
 *     planes    ring of 2 reach_z + 1 accumulators of rows * nx; plane z is in slot z modulo that
 *
 * A row of chords has MARGIN floats on both sides of the strip. Chord maxima of half h are right up
 * to reach_x - h beyond the strip; outside the box the row itself is -infinity. */
enum { STRIP = 512, MARGIN = 32, CHORD_STRIDE = STRIP + 2 * MARGIN };
_Static_assert(MARGIN >= (int)OCS_BALL_RADIUS_MAX, "the margin holds the longest half chord");

struct ocs_ball_max {
    const struct ocs_kernels *kernels;
    unsigned reach_z, reach_y, reach_x;
    struct ocs_chords chords;
    struct ocs_disc disc[OCS_BALL_RADIUS_MAX + 1]; /* by plane distance */
    uint64_t rows, nx;
    float *chord_rows, *disc_rows, *planes;

    int64_t next_in, first_in, out_first, out_end;
    uint64_t rows_below, rows_out, rows_above;
};

static uint64_t product(uint64_t a, uint64_t b)
{
    uint64_t result;
    return ocs_mul_u64(a, b, &result) ? result : UINT64_MAX;
}

static uint64_t planes_bytes(const struct ocs_ball *ball, uint64_t rows, uint64_t nx)
{
    return product(product(rows, nx), (2 * (uint64_t)ball->reach_z + 1) * sizeof(float));
}

static uint64_t work_bytes(const struct ocs_ball *ball)
{
    struct ocs_chords chords;
    ocs_chords_make(ball, &chords);
    const uint64_t chord_rows = (2 * (uint64_t)ball->reach_y + 1) * chords.count;
    return (chord_rows * CHORD_STRIDE + 2 * STRIP) * sizeof(float);
}

uint64_t ocs_ball_max_need(const struct ocs_ball *ball, uint64_t rows, uint64_t nx)
{
    const uint64_t fixed =
        ocs_budget_cost(sizeof(struct ocs_ball_max)) + ocs_budget_cost(work_bytes(ball));
    uint64_t need;
    return ocs_add_u64(ocs_budget_cost(planes_bytes(ball, rows, nx)), fixed, &need) ? need
                                                                                    : UINT64_MAX;
}

static void plan(struct ocs_ball_max *max, const struct ocs_ball *ball)
{
    max->reach_z = ball->reach_z;
    max->reach_y = ball->reach_y;
    max->reach_x = ball->reach_x;
    ocs_chords_make(ball, &max->chords);
    for (unsigned dz = 0; dz <= ball->reach_z; ++dz)
        ocs_disc_make(ball, &max->chords, dz, &max->disc[dz]);
}

enum ocs_status ocs_ball_max_create(struct ocs_budget *budget, const struct ocs_ball *ball,
                                    const struct ocs_kernels *kernels, uint64_t rows, uint64_t nx,
                                    struct ocs_ball_max **ball_max_ret, struct ocs_error *error)
{
    struct ocs_ball_max *const max = ocs_budget_alloc(budget, sizeof *max, error);
    if (!max)
        return error->status;
    max->kernels = kernels;
    max->rows = rows;
    max->nx = nx;
    plan(max, ball);
    max->chord_rows = ocs_budget_alloc(budget, work_bytes(ball), error);
    max->planes =
        max->chord_rows ? ocs_budget_alloc(budget, planes_bytes(ball, rows, nx), error) : NULL;
    if (!max->planes) {
        ocs_ball_max_destroy(budget, max);
        return error->status;
    }
    max->disc_rows =
        max->chord_rows + (2 * (size_t)ball->reach_y + 1) * max->chords.count * CHORD_STRIDE;
    *ball_max_ret = max;
    return OCS_OK;
}

void ocs_ball_max_destroy(struct ocs_budget *budget, struct ocs_ball_max *max)
{
    if (!max)
        return;
    ocs_budget_free(budget, max->planes);
    ocs_budget_free(budget, max->chord_rows);
    ocs_budget_free(budget, max);
}

void ocs_ball_max_start(struct ocs_ball_max *max, int64_t out_first, int64_t out_end,
                        uint64_t rows_below, uint64_t rows_out, uint64_t rows_above)
{
    assert(out_first >= 0 && out_first < out_end && rows_out <= max->rows);
    const int64_t reach = max->reach_z;
    max->out_first = out_first;
    max->out_end = out_end;
    max->first_in = max->next_in = out_first > reach ? out_first - reach : 0;
    max->rows_below = rows_below;
    max->rows_out = rows_out;
    max->rows_above = rows_above;
}

/* ---- chords ---- */

static float *chord_at(const struct ocs_ball_max *max, uint64_t row, unsigned chord)
{
    const uint64_t slot = row % (2 * (uint64_t)max->reach_y + 1);
    return max->chord_rows + (slot * max->chords.count + chord) * CHORD_STRIDE + MARGIN;
}

/* Columns [x - reach_x, x + width + reach_x) of a row, -infinity outside the box. */
static void copy_row(const struct ocs_ball_max *max, const float *row, uint64_t x, uint64_t width,
                     float *to)
{
    const uint64_t reach = max->reach_x;
    const uint64_t before = ocs_min_u64(x, reach), after = ocs_min_u64(max->nx - x - width, reach);
    for (uint64_t i = 1; i <= reach; ++i) {
        *(to - i) = -INFINITY;
        to[width + i - 1] = -INFINITY;
    }
    memcpy(to - before, row + x - before, (before + width + after) * sizeof *to);
}

/* Chord h covers both ends of the shorter one shifted by the difference; half 1 needs the middle as
 * well. */
static void make_chords(const struct ocs_ball_max *max, const float *plane, uint64_t row,
                        uint64_t x, uint64_t width)
{
    const float *from = chord_at(max, row, 0);
    copy_row(max, plane + row * max->nx, x, width, chord_at(max, row, 0));
    for (unsigned c = 1; c < max->chords.count; ++c) {
        const unsigned half = max->chords.half[c], shift = half - max->chords.half[c - 1];
        const unsigned beyond = max->reach_x - half;
        const float *const ends[3] = {from - beyond - shift, from - beyond + shift, from - beyond};
        float *const to = chord_at(max, row, c);
        if (half == 1)
            max->kernels->max_rows(ends, 3, to - beyond, width + 2 * beyond);
        else
            max->kernels->max2(ends[0], ends[1], to - beyond, width + 2 * beyond);
        from = to;
    }
}

/* ---- discs ---- */

/* The disc at plane distance dz around input row `centre`, cut at the first and the last row.
 * `inner`: the disc one plane further out. */
static void make_disc(const struct ocs_ball_max *max, unsigned dz, uint64_t centre,
                      const float *inner, float *to, uint64_t width)
{
    const struct ocs_disc *const disc = &max->disc[dz];
    const int64_t end = (int64_t)(max->rows_below + max->rows_out + max->rows_above);
    const float *rows[OCS_DISC_ROWS_MAX + 1];
    unsigned count = 0;
    if (disc->grows)
        rows[count++] = inner;
    for (unsigned r = 0; r < disc->rows; ++r) {
        const int64_t row = (int64_t)centre + disc->row[r].dy;
        if (row >= 0 && row < end)
            rows[count++] = chord_at(max, (uint64_t)row, disc->row[r].chord);
    }
    max->kernels->max_rows(rows, count, to, width);
}

static float *accumulator(const struct ocs_ball_max *max, int64_t z)
{
    const uint64_t slot = (uint64_t)z % (2 * (uint64_t)max->reach_z + 1);
    return max->planes + slot * max->rows * max->nx;
}

/* The first plane that reaches an accumulator stores, which saves clearing it. */
static void accumulate(const struct ocs_ball_max *max, int64_t z_in, int64_t z, uint64_t offset,
                       const float *disc, uint64_t width)
{
    if (z < max->out_first || z >= max->out_end)
        return;
    float *const to = accumulator(max, z) + offset;
    if (z_in == max->first_in || z == z_in + (int64_t)max->reach_z)
        memcpy(to, disc, width * sizeof *to);
    else
        max->kernels->max2(to, disc, to, width);
}

/* How far plane z is from the planes wanted; nearer discs of it are not needed. */
static unsigned nearest(const struct ocs_ball_max *max, int64_t z)
{
    if (z < max->out_first)
        return (unsigned)(max->out_first - z);
    return z < max->out_end ? 0 : (unsigned)(z - (max->out_end - 1));
}

static void spread_row(const struct ocs_ball_max *max, uint64_t row, uint64_t x, uint64_t width)
{
    const int64_t z = max->next_in;
    const uint64_t offset = row * max->nx + x;
    const unsigned near = nearest(max, z);
    for (unsigned dz = max->reach_z + 1; dz-- > near;) {
        float *const disc = max->disc_rows + dz % 2 * STRIP;
        const float *const inner = max->disc_rows + (dz + 1) % 2 * STRIP;
        make_disc(max, dz, max->rows_below + row, inner, disc, width);
        accumulate(max, z, z - (int64_t)dz, offset, disc, width);
        if (dz > 0)
            accumulate(max, z, z + (int64_t)dz, offset, disc, width);
    }
}

static void push_strip(const struct ocs_ball_max *max, const float *plane, uint64_t x,
                       uint64_t width)
{
    const uint64_t last = max->rows_below + max->rows_out + max->rows_above - 1;
    uint64_t next = max->rows_below > max->reach_y ? max->rows_below - max->reach_y : 0;
    for (uint64_t row = 0; row < max->rows_out; ++row) {
        const uint64_t needed = ocs_min_u64(max->rows_below + row + max->reach_y, last);
        for (; next <= needed; ++next)
            make_chords(max, plane, next, x, width);
        spread_row(max, row, x, width);
    }
}

/* Strips of equal width, so that the last is not a sliver. */
static uint64_t strip_width(uint64_t nx)
{
    const uint64_t strips = ocs_div_up_u64(nx, STRIP);
    return ocs_div_up_u64(ocs_div_up_u64(nx, strips), 16) * 16;
}

void ocs_ball_max_push(struct ocs_ball_max *max, const float *plane)
{
    assert(max->next_in < max->out_end + (int64_t)max->reach_z);
    const uint64_t width = strip_width(max->nx);
    for (uint64_t x = 0; x < max->nx; x += width)
        push_strip(max, plane, x, ocs_min_u64(width, max->nx - x));
    ++max->next_in;
}

const float *ocs_ball_max_plane(const struct ocs_ball_max *max, int64_t z)
{
    assert(z >= max->out_first && z < max->out_end && z < max->next_in);
    assert(z + (int64_t)max->reach_z >= max->next_in - 1);
    return accumulator(max, z);
}
