/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZST_MAP_H
#define OCS_ZST_MAP_H

/* One MRC map as zstd frames with a seek table behind them (zstd's seekable format): a frame for
 * the header, then one for each tile of ocs_tiling_of_frames. `zstd -d` makes the plain map of it.
 * The bytes depend on voxels and header only, whatever the order in which pens bring tiles. */

#include "output_file.h"
#include "tile_pen.h"

struct ocs_zst_map;

struct ocs_zst_map_spec {
    const char *path;
    bool force;
    struct ocs_box box;
    struct ocs_voxel_format format; /* mode 0, 1, 2, 6 or 12                                */
    enum ocs_simd simd;
    struct ocs_budget *budget;
};

/* What a map, and a pen on it with what it packs with, take of the budget. */
uint64_t ocs_zst_map_need(struct ocs_box box, const struct ocs_voxel_format *format);
uint64_t ocs_zst_pen_need(const struct ocs_tiling *tiling);

/* OCS_LIMIT when rows are longer, or frames more, than the format can tell. Changes nothing. */
OCS_MUST_USE enum ocs_status ocs_zst_map_check(const char *path, struct ocs_box box,
                                               const struct ocs_voxel_format *format,
                                               struct ocs_error *error);

/* `spec->budget` must outlive the map. */
OCS_MUST_USE enum ocs_status ocs_zst_map_create(const struct ocs_zst_map_spec *spec,
                                                struct ocs_zst_map **map_ret,
                                                struct ocs_error *error);

/* For pens. */
struct ocs_tile_target *ocs_zst_map_target(struct ocs_zst_map *map);

/* After all pens are closed: header and seek table, and everything to the disk. */
OCS_MUST_USE enum ocs_status ocs_zst_map_finish(struct ocs_zst_map *map,
                                                const struct ocs_mrc_header *header,
                                                struct ocs_error *error);

/* Makes the file appear under its name. Until it is left, abandoning it undoes that. */
OCS_MUST_USE enum ocs_status ocs_zst_map_appear(struct ocs_zst_map *map, struct ocs_error *error);

/* Frees it; what appeared stays. NULL is fine. */
void ocs_zst_map_leave(struct ocs_zst_map *map);

/* Leaves nothing behind. Pens must be closed. NULL is fine. */
void ocs_zst_map_abandon(struct ocs_zst_map *map);

#endif
