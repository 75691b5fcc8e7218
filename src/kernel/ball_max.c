/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ball_max.h"

#include "checked.h"
#include "chord_ring.h"

#include <assert.h>

/* Planes are worked on in strips of columns, top to bottom. For every row of a strip:
 *
 *     rings    of each plane that was pushed: its row reach_y further on goes in
 *     discs    of each plane, one row for every plane distance: made of what is in its ring
 *     planes   ring of 2 reach_z + group accumulators of rows * nx; plane z is in slot z modulo
 *              that: the discs that belong to it go in */
enum { CACHED_RINGS = 512 * 1024 }; /* bytes */

struct ocs_ball_max {
    const struct ocs_kernels *kernels;
    struct ocs_discs shape;
    unsigned group;
    uint64_t rows, nx;
    struct ocs_chord_ring ring[OCS_BALL_GROUP_MAX];
    float *work, *discs, *planes; /* work: the rings, then the discs */

    int64_t next_in, first_in, out_first, out_end;
    uint64_t rows_below, rows_out, rows_above;
};

unsigned ocs_ball_max_group(const struct ocs_ball *ball)
{
    const uint64_t fit = CACHED_RINGS / (ocs_chord_ring_floats(ball) * sizeof(float));
    return (unsigned)ocs_max_u64(ocs_min_u64(fit, OCS_BALL_GROUP_MAX), 1);
}

/* ---- memory ---- */

static uint64_t product(uint64_t a, uint64_t b)
{
    uint64_t result;
    return ocs_mul_u64(a, b, &result) ? result : UINT64_MAX;
}

static uint64_t planes_bytes(const struct ocs_ball *ball, uint64_t rows, uint64_t nx)
{
    const uint64_t accumulators = 2 * (uint64_t)ball->reach_z + ocs_ball_max_group(ball);
    return product(product(rows, nx), accumulators * sizeof(float));
}

static uint64_t work_bytes(const struct ocs_ball *ball)
{
    const uint64_t discs = (ball->reach_z + UINT64_C(1)) * OCS_STRIP_COLUMNS;
    return ocs_ball_max_group(ball) * (ocs_chord_ring_floats(ball) + discs) * sizeof(float);
}

uint64_t ocs_ball_max_need(const struct ocs_ball *ball, uint64_t rows, uint64_t nx)
{
    const uint64_t fixed =
        ocs_budget_cost(sizeof(struct ocs_ball_max)) + ocs_budget_cost(work_bytes(ball));
    uint64_t need;
    return ocs_add_u64(ocs_budget_cost(planes_bytes(ball, rows, nx)), fixed, &need) ? need
                                                                                    : UINT64_MAX;
}

static void share_work(struct ocs_ball_max *max, const struct ocs_ball *ball)
{
    float *next = max->work;
    for (unsigned i = 0; i < max->group; ++i) {
        max->ring[i] = (struct ocs_chord_ring){&max->shape, max->kernels, next};
        next += ocs_chord_ring_floats(ball);
    }
    max->discs = next;
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
    ocs_discs_make(ball, &max->shape);
    max->group = ocs_ball_max_group(ball);
    max->work = ocs_budget_alloc(budget, work_bytes(ball), error);
    max->planes = max->work ? ocs_budget_alloc(budget, planes_bytes(ball, rows, nx), error) : NULL;
    if (!max->planes) {
        ocs_ball_max_destroy(budget, max);
        return error->status;
    }
    share_work(max, ball);
    *ball_max_ret = max;
    return OCS_OK;
}

void ocs_ball_max_destroy(struct ocs_budget *budget, struct ocs_ball_max *max)
{
    if (!max)
        return;
    ocs_budget_free(budget, max->planes);
    ocs_budget_free(budget, max->work);
    ocs_budget_free(budget, max);
}

/* ---- a run ---- */

void ocs_ball_max_start(struct ocs_ball_max *max, int64_t out_first, int64_t out_end,
                        uint64_t rows_below, uint64_t rows_out, uint64_t rows_above)
{
    assert(out_first >= 0 && out_first < out_end && rows_out <= max->rows);
    const int64_t reach = max->shape.reach_z;
    max->out_first = out_first;
    max->out_end = out_end;
    max->first_in = max->next_in = out_first > reach ? out_first - reach : 0;
    max->rows_below = rows_below;
    max->rows_out = rows_out;
    max->rows_above = rows_above;
}

static uint64_t rows_in(const struct ocs_ball_max *max)
{
    return max->rows_below + max->rows_out + max->rows_above;
}

static float *accumulator(const struct ocs_ball_max *max, int64_t z)
{
    const uint64_t slot = (uint64_t)z % (2 * (uint64_t)max->shape.reach_z + max->group);
    return max->planes + slot * max->rows * max->nx;
}

static float *disc_row(const struct ocs_ball_max *max, unsigned plane, unsigned dz)
{
    return max->discs +
           (plane * (max->shape.reach_z + UINT64_C(1)) + dz) * (uint64_t)OCS_STRIP_COLUMNS;
}

/* How far plane z is from the planes wanted; nearer discs of it are not needed. */
static unsigned nearest(const struct ocs_ball_max *max, int64_t z)
{
    if (z < max->out_first)
        return (unsigned)(max->out_first - z);
    return z < max->out_end ? 0 : (unsigned)(z - (max->out_end - 1));
}

static void make_discs(const struct ocs_ball_max *max, unsigned plane, uint64_t row,
                       const struct ocs_strip *strip)
{
    const unsigned reach = max->shape.reach_z;
    const unsigned near = nearest(max, max->next_in + (int64_t)plane);
    for (unsigned dz = reach + 1; dz-- > near;) {
        const float *const inner = dz < reach ? disc_row(max, plane, dz + 1) : NULL;
        ocs_chord_ring_disc(&max->ring[plane], strip, dz, max->rows_below + row, rows_in(max),
                            inner, disc_row(max, plane, dz));
    }
}

/* The first planes that reach an accumulator overwrite it, which saves clearing it. */
static void accumulate(const struct ocs_ball_max *max, unsigned count, int64_t z, uint64_t row,
                       const struct ocs_strip *strip)
{
    const int64_t reach = max->shape.reach_z;
    const float *discs[OCS_BALL_GROUP_MAX];
    unsigned reaching = 0;
    for (unsigned plane = 0; plane < count; ++plane) {
        const int64_t dz = z - (max->next_in + (int64_t)plane);
        if (-reach <= dz && dz <= reach)
            discs[reaching++] = disc_row(max, plane, (unsigned)(dz < 0 ? -dz : dz));
    }
    const bool begun = max->next_in > max->first_in && max->next_in > z - reach;
    max->kernels->max_rows(discs, reaching, begun, accumulator(max, z) + row * max->nx + strip->x,
                           strip->width);
}

static void spread_row(const struct ocs_ball_max *max, unsigned count, uint64_t row,
                       const struct ocs_strip *strip)
{
    const int64_t reach = max->shape.reach_z;
    for (unsigned plane = 0; plane < count; ++plane)
        make_discs(max, plane, row, strip);
    int64_t z = max->next_in - reach, end = max->next_in + (int64_t)count + reach;
    z = z > max->out_first ? z : max->out_first;
    end = end < max->out_end ? end : max->out_end;
    for (; z < end; ++z)
        accumulate(max, count, z, row, strip);
}

static void push_strip(const struct ocs_ball_max *max, const float *const *planes, unsigned count,
                       const struct ocs_strip *strip)
{
    const unsigned reach = max->shape.reach_y;
    uint64_t next = max->rows_below > reach ? max->rows_below - reach : 0;
    for (uint64_t row = 0; row < max->rows_out; ++row) {
        const uint64_t needed = ocs_min_u64(max->rows_below + row + reach, rows_in(max) - 1);
        for (; next <= needed; ++next)
            for (unsigned plane = 0; plane < count; ++plane)
                ocs_chord_ring_add(&max->ring[plane], strip, planes[plane] + next * max->nx, next);
        spread_row(max, count, row, strip);
    }
}

/* Strips of equal width, so that the last is not a sliver. */
static uint64_t strip_width(uint64_t nx)
{
    const uint64_t strips = ocs_div_up_u64(nx, OCS_STRIP_COLUMNS);
    return ocs_div_up_u64(ocs_div_up_u64(nx, strips), 16) * 16;
}

void ocs_ball_max_push(struct ocs_ball_max *max, const float *const *planes, unsigned count)
{
    assert(count > 0 && count <= max->group);
    assert(max->next_in + (int64_t)count <= max->out_end + (int64_t)max->shape.reach_z);
    const uint64_t width = strip_width(max->nx);
    for (uint64_t x = 0; x < max->nx; x += width) {
        const struct ocs_strip strip = {max->nx, x, ocs_min_u64(width, max->nx - x)};
        push_strip(max, planes, count, &strip);
    }
    max->next_in += (int64_t)count;
}

const float *ocs_ball_max_plane(const struct ocs_ball_max *max, int64_t z)
{
    assert(z >= max->out_first && z < max->out_end && z < max->next_in);
    assert(z + (int64_t)max->shape.reach_z + (int64_t)max->group >= max->next_in);
    return accumulator(max, z);
}
