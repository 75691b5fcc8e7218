/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RESULT_MAP_H
#define OCS_RESULT_MAP_H

/* One map of a run, in whichever format, from its making to its name. All-zero: none. */

#include "map_file.h"
#include "sink.h"
#include "tiled.h"
#include "zarr_map.h"
#include "zst_map.h"

struct ocs_result_map {
    const char *path;
    struct ocs_mrc like;
    enum ocs_dtype dtype;
    char label[OCS_MRC_LABEL_BYTES + 1];
    /* one of the three */
    struct ocs_map_file *file;
    struct ocs_zst_map *zst;
    struct ocs_zarr_map *zarr;
};

struct ocs_result_map_spec {
    const char *path; /* outlives the map                                                   */
    bool force;
    const struct ocs_tiled *tiled;
    enum ocs_dtype dtype;
    const struct ocs_mrc *like;
    const char *label;
    enum ocs_simd simd;
    enum ocs_output_keeping keeping; /* of plain MRC files; others are made again             */
    struct ocs_writer *writer;       /* of plain MRC files                                        */
    struct ocs_budget *budget; /* of tiled ones, like the following                          */
    struct ocs_scratch *scratch;
    uint64_t scratch_offset;
    uint64_t band_rows;
};

/* Makes it, still without a name, and the sink that fills it. */
OCS_MUST_USE enum ocs_status ocs_result_map_create(struct ocs_result_map *map,
                                                   const struct ocs_result_map_spec *spec,
                                                   struct ocs_sink *sink_ret,
                                                   struct ocs_error *error);

/* After the sweeps, and after the writer was drained: header and metadata. `statistics` become
 * those of the voxels as stored; `report` is for formats that carry one. */
OCS_MUST_USE enum ocs_status ocs_result_map_finish(struct ocs_result_map *map,
                                                   struct ocs_statistics *statistics,
                                                   const char *report, struct ocs_error *error);

/* It appears under its name. Until it is left, abandoning it undoes that. */
OCS_MUST_USE enum ocs_status ocs_result_map_appear(struct ocs_result_map *map,
                                                   struct ocs_error *error);

/* What appeared stays; afterwards there is no map. */
void ocs_result_map_leave(struct ocs_result_map *map);

/* Leaves nothing behind, but a kept file when `leave`. Always safe. */
void ocs_result_map_abandon(struct ocs_result_map *map, bool leave);

#endif
