/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TILING_H
#define OCS_TILING_H

/* How a map is cut into tiles that are stored one by one, and the blocks of rows that a sweep hands
 * over for that. Pure.
 *
 *     block:  planes  a multiple of a tile's, and even if the map is to be halved as well, so that
 *             rows    no tile and no 2 x 2 x 2 voxels lie in two blocks; at the far sides what is
 *                     left
 *             columns all
 */

#include "box.h"
#include "checked.h"
#include "voxels.h"

struct ocs_tiling {
    struct ocs_box box;
    struct ocs_box tile; /* none longer than the box, unless tiles are whole                */
    bool whole;          /* tiles at the far sides too, filled up with zeros; else cut      */
    bool halved;         /* a map of half the size is made from the same blocks             */
    struct ocs_voxel_format format;
};

/* Voxels handed over by one worker: sections from a multiple of block.z on, rows from a multiple of
 * block.y on. x is the box's. Never larger than the box. */
struct ocs_box ocs_tiling_block(const struct ocs_tiling *tiling);

/* The next multiple of block.y from `rows` on, or all rows. */
uint64_t ocs_tiling_band(const struct ocs_tiling *tiling, uint64_t rows);

uint64_t ocs_tiling_voxel_bytes(const struct ocs_tiling *tiling);

/* Plain bytes of the largest tile. */
uint64_t ocs_tiling_tile_bytes(const struct ocs_tiling *tiling);

/* How many tiles there are along each axis. */
struct ocs_box ocs_tiling_grid(const struct ocs_tiling *tiling);

/* Half the size along each axis, rounded up. */
struct ocs_box ocs_box_halved(struct ocs_box box);

/* ---- the two kinds of tiled files ---- */

enum { OCS_PYRAMID_MAX = 32 };

/* The boxes of an OME-Zarr pyramid, down to one that is a single chunk. Returns how many. */
unsigned ocs_pyramid_boxes(struct ocs_box box, struct ocs_box chunk,
                           struct ocs_box boxes_ret[OCS_PYRAMID_MAX]);

/* Level `level` of it. */
struct ocs_tiling ocs_tiling_of_level(struct ocs_box box, struct ocs_box chunk,
                                      const struct ocs_voxel_format *format, unsigned level);

/* Frames of a seekable .mrc.zst: bands of one section, or several sections when these are small. */
struct ocs_tiling ocs_tiling_of_frames(struct ocs_box box, const struct ocs_voxel_format *format);

#endif
