/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_internal.h"

#include "tile_sink.h"
#include "transfer.h"

/* The sweep that made the finer level left the means for this one in scratch. */
static enum ocs_status make_level(struct ocs_run_state *run, struct ocs_zarr_map *map,
                                  unsigned level, struct ocs_error *error)
{
    struct ocs_tile_target *const target = ocs_zarr_map_level(map, level);
    const struct ocs_box box = target->tiling.box, block = ocs_tiling_block(&target->tiling);
    const struct ocs_volume means =
        ocs_run_intermediate(run, box, ocs_zarr_map_means_offset(map, level));
    const struct ocs_sink sink = ocs_tile_sink(target);
    const struct ocs_feed_source source = {.volume = &means};
    struct ocs_transfer transfer = {
        .name = "pyramid",
        .context = &run->context,
        .source = &source,
        .slabs = {.box = box, .planes = block.z, .rows = block.y},
        .sink = &sink,
    };
    const struct ocs_pass pass = ocs_transfer_pass(&transfer);
    const struct ocs_found found = {.lost = true};
    return ocs_run_pass(run, &pass, &found, error);
}

enum ocs_status ocs_run_pyramids(struct ocs_run_state *run, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i) {
        struct ocs_zarr_map *const map = run->plan->results.map[i].zarr;
        const unsigned levels = map ? ocs_zarr_map_levels(map) : 0;
        for (unsigned level = 1; level < levels && status == OCS_OK; ++level)
            status = make_level(run, map, level, error);
    }
    return status;
}
