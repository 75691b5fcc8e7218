/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_BALL_MAX_H
#define OCS_BALL_MAX_H

/* Maximum over the ball around every voxel, as a stream of planes: exact, by chords along x, discs
 * in the plane and a ring of accumulators along z. The neighbourhood is cut at the box edge; no
 * NaN. One object a thread. A pushed plane has rows of nx voxels:
 *
 *     rows_below   halo     at least reach_y, unless the box begins with it
 *     rows_out     band     the rows wanted
 *     rows_above   halo     at least reach_y, unless the box ends with it
 *
 * Planes first_in .. are pushed in order, some at a time, which spares going over the accumulators
 * for each. The maximum of plane z is complete after plane min(z + reach_z, last plane of the box)
 * was pushed, and stays valid until the next push after that. */

#include "ball.h"
#include "budget.h"
#include "kernels.h"

struct ocs_ball_max;

enum { OCS_BALL_GROUP_MAX = 4 };

/* How many planes may be pushed at a time, 1 to OCS_BALL_GROUP_MAX: as many as work in the
 * processor's cache allows. */
unsigned ocs_ball_max_group(const struct ocs_ball *ball);

/* What creating one takes from the budget, for bands of at most `rows` rows. */
uint64_t ocs_ball_max_need(const struct ocs_ball *ball, uint64_t rows, uint64_t nx);

OCS_MUST_USE enum ocs_status ocs_ball_max_create(struct ocs_budget *budget,
                                                 const struct ocs_ball *ball,
                                                 const struct ocs_kernels *kernels, uint64_t rows,
                                                 uint64_t nx, struct ocs_ball_max **ball_max_ret,
                                                 struct ocs_error *error);
void ocs_ball_max_destroy(struct ocs_budget *budget, struct ocs_ball_max *ball_max);

/* Starts a run that wants the maximum of planes [out_first, out_end) of a band; planes will be
 * pushed from first_in = max(0, out_first - reach_z) on. */
void ocs_ball_max_start(struct ocs_ball_max *ball_max, int64_t out_first, int64_t out_end,
                        uint64_t rows_below, uint64_t rows_out, uint64_t rows_above);

/* The next `count` planes, at most ocs_ball_max_group. Not kept after the call. */
void ocs_ball_max_push(struct ocs_ball_max *ball_max, const float *const *planes, unsigned count);

/* The maximum of plane z: rows_out rows of nx. */
const float *ocs_ball_max_plane(const struct ocs_ball_max *ball_max, int64_t z);

#endif
