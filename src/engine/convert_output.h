/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CONVERT_OUTPUT_H
#define OCS_CONVERT_OUTPUT_H

/* The one map that a conversion writes, whichever kind of file it becomes. */

#include "cut.h"
#include "map_file.h"
#include "map_pipe.h"
#include "pass.h"
#include "slabs.h"
#include "sink.h"
#include "zarr_map.h"
#include "zst_map.h"

enum ocs_convert_format {
    OCS_CONVERT_MRC,
    OCS_CONVERT_PIPE, /* MRC to standard output */
    OCS_CONVERT_ZST,
    OCS_CONVERT_ZARR
};

/* What it will be: follows from options and input alone. */
struct ocs_convert_target {
    enum ocs_convert_format format;
    char path[OCS_REPORT_PATH];
    bool force;
    enum ocs_dtype dtype;
    const struct ocs_mrc *like; /* the input's                                              */
    struct ocs_voxel_format voxels;
    /* of the input's header, where they are determined and hold for the output as well */
    bool has_statistics;
    struct ocs_statistics statistics;
    /* of a Zarr store */
    unsigned zarr_version;
    struct ocs_box chunk;
    struct ocs_chunk_codec codec;
};

/* Chooses the format by the name of OUT and checks that it may be written. */
OCS_MUST_USE enum ocs_status ocs_convert_target_make(const struct ocs_options *options,
                                                     const char *out, enum ocs_dtype dtype,
                                                     const struct ocs_mrc *like,
                                                     struct ocs_convert_target *target_ret,
                                                     struct ocs_error *error);

bool ocs_convert_is_tiled(const struct ocs_convert_target *target);

/* The tiling of what is filled from the input. Of tiled files. */
struct ocs_tiling ocs_convert_tiling(const struct ocs_convert_target *target);

/* The sweep's units. */
struct ocs_slabs ocs_convert_slabs(const struct ocs_convert_target *target,
                                   const struct ocs_cut *cut);

/* Memory: of a pen, and of what is held throughout; scratch beside the layout's; bytes written, if
 * nothing compresses. */
uint64_t ocs_convert_pen_need(const struct ocs_convert_target *target, const struct ocs_cut *cut);
uint64_t ocs_convert_shared_need(const struct ocs_convert_target *target,
                                 const struct ocs_cut *cut);
uint64_t ocs_convert_scratch_bytes(const struct ocs_convert_target *target);
uint64_t ocs_convert_written_bytes(const struct ocs_convert_target *target);

/* ---- while it is written ---- */

struct ocs_convert_output {
    const struct ocs_convert_target *target;
    struct ocs_map_file *file; /* one of these */
    struct ocs_map_pipe *pipe;
    struct ocs_zst_map *zst;
    struct ocs_zarr_map *zarr;
    struct ocs_sink sink;
};

struct ocs_convert_means {
    const struct ocs_cut *cut;
    enum ocs_simd simd;
    struct ocs_budget *budget;
    struct ocs_writer *writer;
    struct ocs_scratch *scratch;
};

OCS_MUST_USE enum ocs_status ocs_convert_output_create(const struct ocs_convert_target *target,
                                                       const struct ocs_convert_means *means,
                                                       struct ocs_convert_output *output_ret,
                                                       struct ocs_error *error);

/* After all pens are closed and the writer was drained: everything but the name. `statistics` are
 * those found, unless the target has them, and go out as those in the header. */
OCS_MUST_USE enum ocs_status ocs_convert_output_finish(struct ocs_convert_output *output,
                                                       struct ocs_statistics *statistics,
                                                       struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_convert_output_publish(struct ocs_convert_output *output,
                                                        struct ocs_error *error);
void ocs_convert_output_abandon(struct ocs_convert_output *output); /* always safe */

#endif
