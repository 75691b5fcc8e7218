/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TILE_PEN_H
#define OCS_TILE_PEN_H

/* Rows become tiles: a pen gathers a block of rows (tiling.h), cuts it into tiles as they are
 * stored, and gives each to a store, which packs and writes it. If the map is halved as well, the
 * means of the block go to scratch, from where the coarser level is made. All of it on the thread
 * that has the rows; pens of one map are independent. */

#include "budget.h"
#include "half_sums.h"
#include "tiling.h"

#include <pthread.h>

struct ocs_scratch;

/* Where tiles go. A press is one pen's own: what it packs with. */
struct ocs_tile_store {
    void *self;
    OCS_MUST_USE enum ocs_status (*open)(void *self, void **press_ret, struct ocs_error *error);
    /* Tile `at`, its place in the grid. Those along x come one after another on the same press.
     * `bytes` may be overwritten. */
    OCS_MUST_USE enum ocs_status (*tile)(void *press, const struct ocs_box *at,
                                         unsigned char *bytes, uint64_t count,
                                         struct ocs_error *error);
    void (*close)(void *press); /* also in the middle of a row, after a failure               */
};

/* One map, or one level of it. */
struct ocs_tile_target {
    struct ocs_budget *budget;
    enum ocs_simd simd;
    struct ocs_tiling tiling;
    uint64_t band_rows; /* most rows of one pen                                            */
    const struct ocs_tile_store *store;
    struct ocs_scratch *halved; /* for the means: float32 in order, from halved_offset on; if
                                   tiling.halved                                           */
    uint64_t halved_offset;

    pthread_mutex_t lock; /* of what follows                                               */
    struct ocs_half_sums sums;
};

void ocs_tile_target_start(struct ocs_tile_target *target);
void ocs_tile_target_end(struct ocs_tile_target *target);

/* Statistics of what was stored as float16 replace those of the floats; nothing changes for other
 * types. OCS_LIMIT, naming `path`, when a value is beyond float16. After all pens are closed. */
OCS_MUST_USE enum ocs_status ocs_tile_target_statistics(const struct ocs_tile_target *target,
                                                        const char *path,
                                                        struct ocs_statistics *statistics,
                                                        struct ocs_error *error);

/* What a pen takes of the budget, without its press. */
uint64_t ocs_tile_pen_need(const struct ocs_tiling *tiling, uint64_t band_rows);

struct ocs_tile_pen;

OCS_MUST_USE enum ocs_status ocs_tile_pen_open(struct ocs_tile_target *target,
                                               struct ocs_tile_pen **pen_ret,
                                               struct ocs_error *error);

/* Rows y .. y + rows of section z. A pen is given a band of rows of a slab of sections, section
 * after section, row after row; it begins and ends where blocks do. */
OCS_MUST_USE enum ocs_status ocs_tile_pen_rows(struct ocs_tile_pen *pen, uint64_t z, uint64_t y,
                                               uint64_t rows, const float *voxels,
                                               struct ocs_error *error);

/* `keep` false: the block under way is dropped. */
OCS_MUST_USE enum ocs_status ocs_tile_pen_close(struct ocs_tile_pen *pen, bool keep,
                                                struct ocs_error *error);

#endif
