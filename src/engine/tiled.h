/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TILED_H
#define OCS_TILED_H

/* The format of a run's maps, and what it asks of the sweeps that fill them. Plain MRC files ask
 * for nothing; tiled ones want slabs and bands that whole tiles fit in, and memory to gather them.
 */

#include "chunk_codec.h"
#include "slabs.h"
#include "tiling.h"

#include "occustream/options.h"

struct ocs_tiled {
    enum ocs_format format;
    unsigned zarr_version;
    struct ocs_box chunk;
    struct ocs_voxel_format voxels;
    struct ocs_chunk_codec codec; /* of Zarr                                                */
};

/* `voxels`: how they are stored (map_header.h). */
struct ocs_tiled ocs_tiled_make(const struct ocs_options *options,
                                const struct ocs_voxel_format *voxels);

/* ".mrc", ".mrc.zst", ".zarr" */
const char *ocs_tiled_suffix(enum ocs_format format);

/* Whether a map of that box can be written at all: OCS_LIMIT if not. `path` is for the message. */
OCS_MUST_USE enum ocs_status ocs_tiled_check(const struct ocs_tiled *tiled, struct ocs_box box,
                                             const char *path, struct ocs_error *error);

/* The next larger band of rows, and slab of sections, that whole tiles fit in. */
uint64_t ocs_tiled_band(const struct ocs_tiled *tiled, struct ocs_box box, uint64_t rows);
uint64_t ocs_tiled_slab(const struct ocs_tiled *tiled, struct ocs_box box, uint64_t planes);

/* Memory of one pen on a map, and of the map beside its pens. */
uint64_t ocs_tiled_pen_need(const struct ocs_tiled *tiled, struct ocs_box box, uint64_t band_rows);
uint64_t ocs_tiled_map_need(const struct ocs_tiled *tiled, struct ocs_box box);

/* One worker of the sweeps that make the coarser levels of a pyramid. */
uint64_t ocs_tiled_pyramid_need(const struct ocs_tiled *tiled, struct ocs_box box,
                                const struct ocs_reading *reading);

/* Scratch for the coarser levels of one map, all of them and the finest. */
uint64_t ocs_tiled_scratch_bytes(const struct ocs_tiled *tiled, struct ocs_box box);
uint64_t ocs_tiled_first_scratch_bytes(const struct ocs_tiled *tiled, struct ocs_box box);

/* Voxels of the coarser levels. */
uint64_t ocs_tiled_pyramid_bytes(const struct ocs_tiled *tiled, struct ocs_box box);

#endif
