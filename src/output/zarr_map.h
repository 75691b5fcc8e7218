/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_ZARR_MAP_H
#define OCS_ZARR_MAP_H

/* One map as an OME-Zarr store: a pyramid of arrays of chunks, each level the means of the finer
 * one, down to one that is a single chunk. Version 2 has a file for every chunk, version 3 one for
 * up to OCS_ZARR_SHARD_CHUNKS of them along x. Chunks that are all zero are left out. Level 0 is
 * filled by a sweep over the map; each other one by a sweep over the means that the one before left
 * in scratch. The bytes of the store depend on voxels and spec only. */

#include "chunk_codec.h"
#include "tile_pen.h"
#include "zarr_array.h"

#include "occustream/report.h"

enum { OCS_ZARR_SHARD_CHUNKS = 16 };

struct ocs_zarr_map_spec {
    const char *path;
    bool force;
    bool replaces_left; /* see ocs_output_tree_create                                         */
    unsigned version;   /* 2 or 3                                                             */
    struct ocs_box box, chunk;
    struct ocs_voxel_format format; /* mode 0, 1, 2, 6 or 12                                */
    struct ocs_chunk_codec codec;
    enum ocs_simd simd;
    struct ocs_budget *budget;
    struct ocs_scratch *scratch; /* ocs_zarr_map_scratch_bytes from scratch_offset on         */
    uint64_t scratch_offset;
    uint64_t band_rows; /* most rows of a pen on level 0                                     */
};

/* Plain zstd or blosc for voxels of that format, as this program writes them. */
struct ocs_chunk_codec ocs_zarr_map_codec(enum ocs_chunk_method method,
                                          const struct ocs_voxel_format *format);

uint64_t ocs_zarr_map_scratch_bytes(struct ocs_box box, struct ocs_box chunk);

/* The array of the finest level. */
struct ocs_zarr_array ocs_zarr_map_array(unsigned version, struct ocs_box box, struct ocs_box chunk,
                                         const struct ocs_voxel_format *format,
                                         const struct ocs_chunk_codec *codec);

/* A pen on a level, with what it packs with; `band_rows` are its rows. */
uint64_t ocs_zarr_pen_need(const struct ocs_tiling *tiling, const struct ocs_chunk_codec *codec,
                           uint64_t band_rows);

/* OCS_LIMIT when chunks are larger, or more, than a reader of ours takes. Changes nothing. */
OCS_MUST_USE enum ocs_status ocs_zarr_map_check(const char *path, struct ocs_box box,
                                                struct ocs_box chunk,
                                                const struct ocs_voxel_format *format,
                                                struct ocs_error *error);

struct ocs_zarr_map;

/* What `spec` points to must outlive the map, but for the path. */
OCS_MUST_USE enum ocs_status ocs_zarr_map_create(const struct ocs_zarr_map_spec *spec,
                                                 struct ocs_zarr_map **map_ret,
                                                 struct ocs_error *error);

unsigned ocs_zarr_map_levels(const struct ocs_zarr_map *map);

/* For pens; of levels from 1 on, a pen's rows are those of one block. */
struct ocs_tile_target *ocs_zarr_map_level(struct ocs_zarr_map *map, unsigned level);

/* Where the means for `level`, from 1 on, lie once the one before is complete. */
uint64_t ocs_zarr_map_means_offset(const struct ocs_zarr_map *map, unsigned level);

/* What the store says about the map. */
struct ocs_zarr_map_about {
    const struct ocs_mrc *like; /* geometry                                                 */
    const struct ocs_mrc_header *header; /* that an MRC file of level 0 has                 */
    const char *name;
    const char *report; /* a JSON object, or NULL                                           */
};

/* After all pens are closed: metadata, and everything to the disk. */
OCS_MUST_USE enum ocs_status ocs_zarr_map_finish(struct ocs_zarr_map *map,
                                                 const struct ocs_zarr_map_about *about,
                                                 struct ocs_error *error);

/* Makes the store appear under its name. Until it is left, abandoning it undoes that. */
OCS_MUST_USE enum ocs_status ocs_zarr_map_appear(struct ocs_zarr_map *map, struct ocs_error *error);

/* Frees it; what appeared stays. NULL is fine. */
void ocs_zarr_map_leave(struct ocs_zarr_map *map);

/* Leaves nothing behind. Pens must be closed. NULL is fine. */
void ocs_zarr_map_abandon(struct ocs_zarr_map *map);

#endif
