/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MAP_PIPE_H
#define OCS_MAP_PIPE_H

/* One MRC map to standard output, in order, while its rows come in any order from several threads:
 * rows go to scratch, and a thread of its own sends on what is complete from the front. The header
 * comes first, so its statistics are known before or those that MRC2014 has for "not determined".
 * When whoever
 * reads is slow, the thread waits and the rest stays in scratch. */

#include "beat.h"
#include "half_sums.h"
#include "header.h"
#include "voxels.h"

#include "budget.h"

#include "occustream/options.h"

struct ocs_scratch;
struct ocs_map_pipe;

struct ocs_map_pipe_spec {
    const struct ocs_mrc *like; /* as in map_file.h, like the next three                       */
    const char *label;
    const struct ocs_statistics *statistics; /* NULL: not determined                          */
    enum ocs_dtype dtype;
    enum ocs_simd simd;
    struct ocs_scratch *scratch; /* the voxels as sent, from scratch_offset on                  */
    uint64_t scratch_offset;
};

/* For `pens` pens open at once. */
uint64_t ocs_map_pipe_need(uint64_t planes, unsigned pens);

/* Starts the thread; nothing is sent before the first plane is complete. `spec` must outlive only
 * this call, what it points to, but for the label and `like`, the pipe. */
OCS_MUST_USE enum ocs_status ocs_map_pipe_open(struct ocs_budget *budget,
                                               const struct ocs_map_pipe_spec *spec,
                                               struct ocs_map_pipe **pipe_ret,
                                               struct ocs_error *error);

/* A thread's pen; pens are independent. */
struct ocs_map_pipe_pen;

OCS_MUST_USE enum ocs_status ocs_map_pipe_pen_open(struct ocs_map_pipe *pipe,
                                                   struct ocs_map_pipe_pen **pen_ret,
                                                   struct ocs_error *error);

/* Rows y .. y + rows of section z, `rows * nx` floats, each once. Fails when sending failed: OCS_IO
 * with EPIPE and the path "standard output" when nobody reads any more. OCS_LIMIT for a value
 * beyond float16. */
OCS_MUST_USE enum ocs_status ocs_map_pipe_rows(struct ocs_map_pipe_pen *pen, uint64_t z, uint64_t y,
                                               uint64_t rows, const float *voxels,
                                               struct ocs_error *error);
void ocs_map_pipe_pen_close(struct ocs_map_pipe_pen *pen);

/* After all rows: waits until all is sent, or `beat` says to stop. */
OCS_MUST_USE enum ocs_status ocs_map_pipe_drain(struct ocs_map_pipe *pipe, struct ocs_beat *beat,
                                                struct ocs_error *error);

/* Ends the thread, whether or not all was sent. NULL is fine. */
void ocs_map_pipe_close(struct ocs_map_pipe *pipe);

#endif
