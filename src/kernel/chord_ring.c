/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chord_ring.h"

#include "checked.h"

#include <math.h>
#include <string.h>

/* Each slot of the ring holds every chord of one row, with MARGIN floats on both sides of the
 * strip: chord maxima of half h are right up to reach_x - h beyond it. */
enum { MARGIN = 32, CHORD_STRIDE = OCS_STRIP_COLUMNS + 2 * MARGIN };
_Static_assert(MARGIN >= (int)OCS_BALL_RADIUS_MAX, "the margin holds the longest half chord");

void ocs_discs_make(const struct ocs_ball *ball, struct ocs_discs *discs)
{
    discs->reach_z = ball->reach_z;
    discs->reach_y = ball->reach_y;
    discs->reach_x = ball->reach_x;
    ocs_chords_make(ball, &discs->chords);
    for (unsigned dz = 0; dz <= ball->reach_z; ++dz)
        ocs_disc_make(ball, &discs->chords, dz, &discs->disc[dz]);
}

static uint64_t slots(unsigned reach_y)
{
    return 2 * (uint64_t)reach_y + 1;
}

uint64_t ocs_chord_ring_floats(const struct ocs_ball *ball)
{
    struct ocs_chords chords;
    ocs_chords_make(ball, &chords);
    return slots(ball->reach_y) * chords.count * CHORD_STRIDE;
}

static float *chord_at(const struct ocs_chord_ring *ring, uint64_t row, unsigned chord)
{
    const uint64_t slot = row % slots(ring->discs->reach_y);
    return ring->rows + (slot * ring->discs->chords.count + chord) * CHORD_STRIDE + MARGIN;
}

/* Columns [x - reach_x, x + width + reach_x) of a row. */
static void copy_row(const struct ocs_discs *discs, const struct ocs_strip *strip, const float *row,
                     float *to)
{
    const uint64_t reach = discs->reach_x, x = strip->x, width = strip->width;
    const uint64_t before = ocs_min_u64(x, reach);
    const uint64_t after = ocs_min_u64(strip->nx - x - width, reach);
    for (uint64_t i = 1; i <= reach; ++i) {
        *(to - i) = -INFINITY;
        to[width + i - 1] = -INFINITY;
    }
    memcpy(to - before, row + x - before, (before + width + after) * sizeof *to);
}

/* Chord h covers both ends of the shorter one shifted by the difference; half 1 needs the middle as
 * well. */
void ocs_chord_ring_add(const struct ocs_chord_ring *ring, const struct ocs_strip *strip,
                        const float *row, uint64_t number)
{
    const struct ocs_chords *const chords = &ring->discs->chords;
    float *from = chord_at(ring, number, 0);
    copy_row(ring->discs, strip, row, from);
    for (unsigned c = 1; c < chords->count; ++c) {
        const unsigned half = chords->half[c], shift = half - chords->half[c - 1];
        const unsigned beyond = ring->discs->reach_x - half;
        const float *const ends[3] = {from - beyond - shift, from - beyond + shift, from - beyond};
        float *const to = chord_at(ring, number, c);
        if (half == 1)
            ring->kernels->max_rows(ends, 3, false, to - beyond, strip->width + 2 * beyond);
        else
            ring->kernels->max2(ends[0], ends[1], to - beyond, strip->width + 2 * beyond);
        from = to;
    }
}

void ocs_chord_ring_disc(const struct ocs_chord_ring *ring, const struct ocs_strip *strip,
                         unsigned dz, uint64_t centre, uint64_t end, const float *inner, float *to)
{
    const struct ocs_disc *const disc = &ring->discs->disc[dz];
    const float *rows[OCS_DISC_ROWS_MAX + 1];
    unsigned count = 0;
    if (disc->grows)
        rows[count++] = inner;
    for (unsigned r = 0; r < disc->rows; ++r) {
        const int64_t row = (int64_t)centre + disc->row[r].dy;
        if (row >= 0 && row < (int64_t)end)
            rows[count++] = chord_at(ring, (uint64_t)row, disc->row[r].chord);
    }
    ring->kernels->max_rows(rows, count, false, to, strip->width);
}
