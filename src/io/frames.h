/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FRAMES_H
#define OCS_FRAMES_H

/* The plain bytes of a file in zstd's seekable format, read at any place: of its frames only those
 * are unpacked that hold what is wanted. Any number of threads, each with a desk of its own. */

#include "budget.h"
#include "source.h"

struct ocs_frames;

/* `source` must outlive what is opened. *frames_ret is NULL when its end is no seek table, or one
 * that is not worth following: it has gaps, or a frame is too large to be unpacked as a whole. Such
 * a file is to be unpacked from its beginning. */
OCS_MUST_USE enum ocs_status ocs_frames_open(struct ocs_budget *budget,
                                             const struct ocs_source *source,
                                             struct ocs_frames **frames_ret,
                                             struct ocs_error *error);
void ocs_frames_close(struct ocs_frames *frames); /* NULL is fine */

uint64_t ocs_frames_bytes(const struct ocs_frames *frames); /* plain */
uint64_t ocs_frames_count(const struct ocs_frames *frames);
uint64_t ocs_frames_need(const struct ocs_frames *frames); /* what it holds of the budget */

/* One reader's place: the last frame it read stays unpacked. */
struct ocs_frame_desk;

uint64_t ocs_frame_desk_need(const struct ocs_frames *frames);
/* Of a file whose frames are known to have at most so many plain bytes. */
uint64_t ocs_frame_desk_need_of(uint64_t largest_plain);
OCS_MUST_USE enum ocs_status ocs_frame_desk_open(struct ocs_budget *budget,
                                                 const struct ocs_frames *frames,
                                                 struct ocs_frame_desk **desk_ret,
                                                 struct ocs_error *error);

/* Plain bytes [offset, offset + bytes), which the file must have. OCS_BAD_INPUT for damaged frames
 * and for frames that are not what the table says. */
OCS_MUST_USE enum ocs_status ocs_frame_desk_read(struct ocs_frame_desk *desk, uint64_t offset,
                                                 void *to, uint64_t bytes, struct ocs_error *error);
void ocs_frame_desk_close(struct ocs_frame_desk *desk); /* NULL is fine */

#endif
