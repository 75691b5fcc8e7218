/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_DISC_H
#define OCS_DISC_H

/* How the maximum over a ball is put together, worked out once per ball: which chord maxima a row
 * needs and how each comes from a shorter one, and which chords make the disc of every plane
 * distance. */

#include "ball.h"

#include <stdbool.h>

enum { OCS_CHORDS_MAX = OCS_BALL_RADIUS_MAX + 1, OCS_DISC_ROWS_MAX = 2 * OCS_BALL_RADIUS_MAX + 1 };

/* Chord maxima of one row by half length, shortest first. The first is the row itself, half 0; the
 * next, if any, has half 1; every other one is the maximum of its predecessor shifted both ways by
 * the difference. */
struct ocs_chords {
    unsigned count;
    unsigned half[OCS_CHORDS_MAX];
};

/* One plane's part of the ball. `grows`: the maximum over the disc one plane further out, then over
 * these rows; otherwise over these rows alone. */
struct ocs_disc {
    bool grows;
    unsigned rows;
    struct {
        int8_t dy;
        uint8_t chord; /* index into ocs_chords.half */
    } row[OCS_DISC_ROWS_MAX];
};

void ocs_chords_make(const struct ocs_ball *ball, struct ocs_chords *chords_ret);

/* The disc at +-dz, dz <= reach_z. */
void ocs_disc_make(const struct ocs_ball *ball, const struct ocs_chords *chords, unsigned dz,
                   struct ocs_disc *disc_ret);

#endif
