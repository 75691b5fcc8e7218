/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disc.h"

#include <assert.h>
#include <stdlib.h>

/* occurs[h]: some chord of the ball has half length h. */
static void find_halves(const struct ocs_ball *ball, bool occurs[OCS_CHORDS_MAX])
{
    for (unsigned half = 0; half < OCS_CHORDS_MAX; ++half)
        occurs[half] = false;
    for (unsigned z = 0; z <= ball->reach_z; ++z)
        for (unsigned y = 0; y <= ball->reach_y; ++y)
            if (ball->half[z][y] >= 0)
                occurs[ball->half[z][y]] = true;
}

/* Two shifted chords of half a leave no gap between them up to half 2a: where the ball jumps
 * further, a chord that it does not have itself is put in between. */
void ocs_chords_make(const struct ocs_ball *ball, struct ocs_chords *chords_ret)
{
    bool occurs[OCS_CHORDS_MAX];
    find_halves(ball, occurs);
    *chords_ret = (struct ocs_chords){.count = 1};
    unsigned longest = 0;
    for (unsigned half = 1; half <= ball->reach_x; ++half) {
        if (!occurs[half])
            continue;
        while (longest < half) {
            const unsigned reachable = longest == 0 ? 1 : 2 * longest;
            longest = reachable < half ? reachable : half;
            chords_ret->half[chords_ret->count++] = longest;
        }
    }
}

static uint8_t chord_index(const struct ocs_chords *chords, int half)
{
    unsigned index = 0;
    while (index + 1 < chords->count && chords->half[index] != (unsigned)half)
        ++index;
    assert(chords->half[index] == (unsigned)half);
    return (uint8_t)index;
}

static void add_row(struct ocs_disc *disc, int dy, uint8_t chord)
{
    disc->row[disc->rows].dy = (int8_t)dy;
    disc->row[disc->rows].chord = chord;
    ++disc->rows;
}

/* Discs shrink outwards, so the next one out is part of this one; it saves the rows whose chord
 * stays the same and costs one. */
void ocs_disc_make(const struct ocs_ball *ball, const struct ocs_chords *chords, unsigned dz,
                   struct ocs_disc *disc_ret)
{
    const int reach = (int)ball->reach_y;
    unsigned same = 0;
    for (int dy = -reach; dy <= reach && dz < ball->reach_z; ++dy)
        same +=
            ball->half[dz][abs(dy)] >= 0 && ball->half[dz][abs(dy)] == ball->half[dz + 1][abs(dy)];
    *disc_ret = (struct ocs_disc){.grows = same > 1};
    for (int dy = -reach; dy <= reach; ++dy) {
        const int half = ball->half[dz][abs(dy)];
        const bool held = disc_ret->grows && half == ball->half[dz + 1][abs(dy)];
        if (half >= 0 && !held)
            add_row(disc_ret, dy, chord_index(chords, half));
    }
}
