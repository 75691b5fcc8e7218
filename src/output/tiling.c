/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiling.h"

enum {
    FRAME_BYTES = 256 << 10, /* plain: larger ones compress no better
                                a reader of a few rows unpacks little more */
    FRAME_ROWS = 16,         /* if they can, frames have a multiple of the rows that sweeps go by */
};

static uint64_t granule(uint64_t tile, uint64_t box, bool halved)
{
    return ocs_min_u64(halved && tile % 2 == 1 ? 2 * tile : tile, box);
}

struct ocs_box ocs_tiling_block(const struct ocs_tiling *tiling)
{
    const struct ocs_box box = tiling->box, tile = tiling->tile;
    return (struct ocs_box){granule(tile.z, box.z, tiling->halved),
                            granule(tile.y, box.y, tiling->halved), box.x};
}

uint64_t ocs_tiling_band(const struct ocs_tiling *tiling, uint64_t rows)
{
    const uint64_t block = ocs_tiling_block(tiling).y;
    return ocs_min_u64(ocs_div_up_u64(ocs_max_u64(rows, 1), block) * block, tiling->box.y);
}

uint64_t ocs_tiling_voxel_bytes(const struct ocs_tiling *tiling)
{
    return ocs_voxels_row_bytes(tiling->format.mode, 1);
}

uint64_t ocs_tiling_tile_bytes(const struct ocs_tiling *tiling)
{
    const struct ocs_box tile = tiling->tile;
    return tile.z * tile.y * tile.x * ocs_tiling_voxel_bytes(tiling);
}

struct ocs_box ocs_tiling_grid(const struct ocs_tiling *tiling)
{
    const struct ocs_box box = tiling->box, tile = tiling->tile;
    return (struct ocs_box){ocs_div_up_u64(box.z, tile.z), ocs_div_up_u64(box.y, tile.y),
                            ocs_div_up_u64(box.x, tile.x)};
}

struct ocs_box ocs_box_halved(struct ocs_box box)
{
    return (struct ocs_box){ocs_div_up_u64(box.z, 2), ocs_div_up_u64(box.y, 2),
                            ocs_div_up_u64(box.x, 2)};
}

static bool is_one_chunk(struct ocs_box box, struct ocs_box chunk)
{
    return box.z <= chunk.z && box.y <= chunk.y && box.x <= chunk.x;
}

unsigned ocs_pyramid_boxes(struct ocs_box box, struct ocs_box chunk,
                           struct ocs_box boxes_ret[OCS_PYRAMID_MAX])
{
    unsigned count = 1;
    boxes_ret[0] = box;
    while (!is_one_chunk(boxes_ret[count - 1], chunk) && count < OCS_PYRAMID_MAX) {
        boxes_ret[count] = ocs_box_halved(boxes_ret[count - 1]);
        ++count;
    }
    return count;
}

struct ocs_tiling ocs_tiling_of_level(struct ocs_box box, struct ocs_box chunk,
                                      const struct ocs_voxel_format *format, unsigned level)
{
    struct ocs_box boxes[OCS_PYRAMID_MAX];
    const unsigned count = ocs_pyramid_boxes(box, chunk, boxes);
    return (struct ocs_tiling){.box = boxes[level],
                               .tile = chunk,
                               .whole = true,
                               .halved = level + 1 < count,
                               .format = *format};
}

/* At most the rows of a section. */
static uint64_t frame_rows(struct ocs_box box, uint64_t row_bytes)
{
    const uint64_t rows = FRAME_BYTES / row_bytes;
    const uint64_t even = rows < FRAME_ROWS ? rows : rows / FRAME_ROWS * FRAME_ROWS;
    return ocs_min_u64(ocs_max_u64(even, 1), box.y);
}

struct ocs_tiling ocs_tiling_of_frames(struct ocs_box box, const struct ocs_voxel_format *format)
{
    const uint64_t row_bytes = ocs_voxels_row_bytes(format->mode, box.x);
    const uint64_t section_bytes = box.y * row_bytes;
    struct ocs_tiling tiling = {
        .box = box, .tile = {1, frame_rows(box, row_bytes), box.x}, .format = *format};
    if (section_bytes <= FRAME_BYTES)
        tiling.tile =
            (struct ocs_box){ocs_min_u64(FRAME_BYTES / section_bytes, box.z), box.y, box.x};
    return tiling;
}
