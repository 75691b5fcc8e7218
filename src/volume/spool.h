/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SPOOL_H
#define OCS_SPOOL_H

/* The voxels of a map whose bytes come only once, kept in scratch as they stand in the map, pressed
 * (block.h) in groups of whole rows, so that rows can be read at any place. Groups are written in
 * any order by any thread, and read by any thread once all are written.
 *
 *     plane:  | group: `group_rows` rows | group | ... | the rest |     never across planes
 *
 * A plain spool has the voxels as they are, each at its own place, for what comes in blocks that
 * are not whole rows; what is never written is 0.
 */

#include "budget.h"

#include <stdbool.h>

struct ocs_mrc;
struct ocs_scratch;

struct ocs_spool_shape {
    uint64_t planes, plane_rows, row_bytes;
    unsigned element_bytes; /* of a voxel, 1 when it has no whole bytes                      */
    uint64_t group_rows, plane_groups;
    uint64_t group_bytes; /* of a whole group, plain                                       */
    bool plain;
};

/* One volume of the map. */
struct ocs_spool_shape ocs_spool_shape_of(const struct ocs_mrc *mrc);

uint64_t ocs_spool_groups(const struct ocs_spool_shape *shape);

/* The most it takes in scratch. */
uint64_t ocs_spool_bytes(const struct ocs_spool_shape *shape);

struct ocs_spool;

/* At `offset` of `scratch`, ocs_spool_bytes() long. */
uint64_t ocs_spool_need(const struct ocs_spool_shape *shape);
OCS_MUST_USE enum ocs_status ocs_spool_open(struct ocs_budget *budget, struct ocs_scratch *scratch,
                                            uint64_t offset, const struct ocs_spool_shape *shape,
                                            struct ocs_spool **spool_ret, struct ocs_error *error);
void ocs_spool_close(struct ocs_spool *spool); /* NULL is fine */

const struct ocs_spool_shape *ocs_spool_shape(const struct ocs_spool *spool);

/* First row in its plane and number of rows of a group, which is numbered along rows, then planes.
 */
struct ocs_spool_group {
    uint64_t plane, row, rows;
};
struct ocs_spool_group ocs_spool_group(const struct ocs_spool_shape *shape, uint64_t group);

/* A thread's means of writing groups, each group once. */
struct ocs_spool_pen;

uint64_t ocs_spool_pen_need(const struct ocs_spool_shape *shape);
OCS_MUST_USE enum ocs_status ocs_spool_pen_open(struct ocs_budget *budget, struct ocs_spool *spool,
                                                struct ocs_spool_pen **pen_ret,
                                                struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_spool_put(struct ocs_spool_pen *pen, uint64_t group,
                                           const unsigned char *plain, struct ocs_error *error);
void ocs_spool_pen_close(struct ocs_spool_pen *pen); /* NULL is fine */

/* Into a plain spool: `bytes` of a row of a plane, from byte `at` of the row on; also on through
 * the rows that follow. */
OCS_MUST_USE enum ocs_status ocs_spool_put_plain(struct ocs_spool *spool, uint64_t plane,
                                                 uint64_t row, uint64_t at,
                                                 const unsigned char *from, uint64_t bytes,
                                                 struct ocs_error *error);

/* One reader's place: the last group it read stays open. */
struct ocs_spool_desk;

uint64_t ocs_spool_desk_need(const struct ocs_spool_shape *shape);
OCS_MUST_USE enum ocs_status ocs_spool_desk_open(struct ocs_budget *budget,
                                                 const struct ocs_spool *spool,
                                                 struct ocs_spool_desk **desk_ret,
                                                 struct ocs_error *error);

/* Row `row` of a plane and, behind it, *rows_ret - 1 more of the same group; valid until the next
 * call. OCS_IO when the scratch no longer has what was written. */
OCS_MUST_USE enum ocs_status ocs_spool_rows(struct ocs_spool_desk *desk, uint64_t plane,
                                            uint64_t row, const unsigned char **rows_at_ret,
                                            uint64_t *rows_ret, struct ocs_error *error);
void ocs_spool_desk_close(struct ocs_spool_desk *desk); /* NULL is fine */

#endif
