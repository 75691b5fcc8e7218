/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CHORD_RING_H
#define OCS_CHORD_RING_H

/* The chord maxima of the last rows of one plane, and the discs that are made of them, in strips of
 * columns: what is in use stays in the processor's nearest cache. */

#include "ball.h"
#include "disc.h"
#include "kernels.h"

enum { OCS_STRIP_COLUMNS = 512 };

/* What all rings of a ball have in common. */
struct ocs_discs {
    unsigned reach_z, reach_y, reach_x;
    struct ocs_chords chords;
    struct ocs_disc disc[OCS_BALL_RADIUS_MAX + 1]; /* by plane distance */
};

struct ocs_chord_ring {
    const struct ocs_discs *discs;
    const struct ocs_kernels *kernels;
    float *rows; /* ocs_chord_ring_floats of them */
};

/* A strip of a plane with rows of nx voxels: columns [x, x + width), width <= OCS_STRIP_COLUMNS. */
struct ocs_strip {
    uint64_t nx, x, width;
};

void ocs_discs_make(const struct ocs_ball *ball, struct ocs_discs *discs_ret);

uint64_t ocs_chord_ring_floats(const struct ocs_ball *ball);

/* Takes row number `number` of the plane, of nx voxels, in place of the one 2 reach_y + 1 rows
 * before it. Outside the box everything is -infinity. */
void ocs_chord_ring_add(const struct ocs_chord_ring *ring, const struct ocs_strip *strip,
                        const float *row, uint64_t number);

/* The maximum over the disc at plane distance dz around every column of row `centre`, from the rows
 * [centre - reach_y, centre + reach_y] within [0, end), which are all in the ring. `inner`: the
 * result for dz + 1, unused at reach_z. `to`: strip->width floats. */
void ocs_chord_ring_disc(const struct ocs_chord_ring *ring, const struct ocs_strip *strip,
                         unsigned dz, uint64_t centre, uint64_t end, const float *inner, float *to);

#endif
