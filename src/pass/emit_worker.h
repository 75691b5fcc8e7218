/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_EMIT_WORKER_H
#define OCS_EMIT_WORKER_H

/* What a thread of the pass "emit" holds, and the memory for it. */

#include "checked.h"
#include "emit.h"

struct ocs_emit_worker {
    struct ocs_feed scale_data;
    struct ocs_feed filtered, map; /* unused when they are the scale data                     */
    struct ocs_ball_max *ball_max;
    float *ring; /* the last planes of the scale data, in rows of `in`                    */
    uint64_t ring_planes;
    unsigned group; /* planes that go into the ball maximum at a time                     */
    float *lowpass, *map_rows, *scale, *confidence; /* a batch of rows each                   */
    struct ocs_product_desk *desk;
    struct ocs_exact_sum full_sum;
    uint64_t full_voxels;
};

static inline struct ocs_box ocs_emit_box(const struct ocs_emit *emit)
{
    return emit->scale_data->volume->box;
}

/* Whether L is not the scale data, which is at hand already. */
static inline bool ocs_emit_reads_filtered(const struct ocs_emit *emit)
{
    return emit->scale_data != emit->filtered;
}

/* Whether V is wanted and is not the scale data. */
static inline bool ocs_emit_reads_map(const struct ocs_emit *emit)
{
    return emit->scale_data != emit->map && ocs_products_need_map(emit->products);
}

/* Rows of a band with what the ball sees around it. */
static inline uint64_t ocs_emit_band_with_halo(uint64_t ny, uint64_t band_rows,
                                               const struct ocs_ball *ball)
{
    return ocs_min_u64(ny, band_rows + 2 * (uint64_t)ball->reach_y);
}

/* As struct ocs_pass wants them; `self` is the struct ocs_emit. */
OCS_MUST_USE enum ocs_status ocs_emit_worker_open(void *self, void **worker_ret,
                                                  struct ocs_error *error);
void ocs_emit_worker_close(void *self, void *worker);

#endif
