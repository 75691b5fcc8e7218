/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MAP_FILE_H
#define OCS_MAP_FILE_H

/* One MRC output map, filled row by row from several threads, its header written last. Geometry,
 * axis order and labels are the input's: see map_header.h. */

#include "half_sums.h"
#include "header.h"
#include "voxels.h"
#include "writer.h"

#include "occustream/options.h"
#include "occustream/report.h"

struct ocs_map_file;

struct ocs_map_file_spec {
    const char *path;
    bool force;
    enum ocs_dtype dtype;
    const struct ocs_mrc *like; /* the input's header; its volume 1's geometry is kept        */
    const char *label;          /* our line for the label list: see map_header.h; may be ""  */
    enum ocs_simd simd;
    enum ocs_output_keeping keeping;
};

/* Space for the whole file is reserved at once. `writer` must outlive the pens, `spec` only this
 * call. */
OCS_MUST_USE enum ocs_status ocs_map_file_create(const struct ocs_map_file_spec *spec,
                                                 struct ocs_writer *writer,
                                                 struct ocs_map_file **file_ret,
                                                 struct ocs_error *error);

/* The file behind it, and the statistics of what ended pens stored as float16: what a later run
 * needs to go on with a kept file. Both live as long as the map file. */
struct ocs_output_file *ocs_map_file_output(struct ocs_map_file *file);
struct ocs_half_sums *ocs_map_file_sums(struct ocs_map_file *file);

uint64_t ocs_map_file_total_bytes(const struct ocs_map_file *file); /* once it is finished */

/* A thread's pen on one map: rows go in file order within a pen, pens are independent. */
struct ocs_map_pen {
    struct ocs_map_file *file;
    unsigned char *buffer; /* taken from the writer, or NULL                                */
    uint64_t offset;       /* in the file, of buffer[0]                                     */
    uint64_t used;
    struct ocs_half_sums sums; /* of what this pen stored as float16                        */
};

void ocs_map_pen_start(struct ocs_map_pen *pen, struct ocs_map_file *file);

/* Rows y .. y + rows of section z, `rows * nx` floats. Goes to the writer when the buffer is full
 * or the rows do not follow the last ones. */
OCS_MUST_USE enum ocs_status ocs_map_pen_rows(struct ocs_map_pen *pen, uint64_t z, uint64_t y,
                                              uint64_t rows, const float *voxels,
                                              struct ocs_error *error);

/* Hands over what is left. Must be called, also after an error (`keep` false: the rest is dropped).
 * Pens of one map may end on several threads at once. */
void ocs_map_pen_end(struct ocs_map_pen *pen, bool keep);

/* After all pens ended and the writer was drained: writes the header and syncs. `statistics` come
 * in as those of the floats given to the pens and go out as those of the values stored, which is
 * what the header has: the same for float32; for float16, of the rounded values, counted exactly
 * while they were stored. OCS_LIMIT when a value is beyond float16 (largest 65504): such a map
 * would hold infinities. */
OCS_MUST_USE enum ocs_status ocs_map_file_finish(struct ocs_map_file *file,
                                                 struct ocs_statistics *statistics,
                                                 struct ocs_error *error);

/* Makes the file appear under its name. Until it is left, abandoning it undoes that. */
OCS_MUST_USE enum ocs_status ocs_map_file_appear(struct ocs_map_file *file,
                                                 struct ocs_error *error);

/* Closes and frees it; what appeared stays. NULL is fine. */
void ocs_map_file_leave(struct ocs_map_file *file);

/* Leaves nothing behind. Pens must have ended and the writer been drained. NULL is fine. */
void ocs_map_file_abandon(struct ocs_map_file *file);

/* The same, but a kept file stays for a later run. NULL is fine. */
void ocs_map_file_put_by(struct ocs_map_file *file);

/* Size of the finished file; UINT64_MAX when it would not fit 64 bits. */
uint64_t ocs_map_file_bytes(const struct ocs_mrc *like, enum ocs_dtype dtype);

#endif
