/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan.h"

#include "spectrum_store.h"

#include <stdio.h>

static struct ocs_plan_pass *add(struct ocs_plan_summary *summary, const char *name,
                                 const char *text)
{
    struct ocs_plan_pass *const pass = &summary->passes[summary->pass_count++];
    snprintf(pass->name, sizeof pass->name, "%s", name);
    snprintf(pass->text, sizeof pass->text, "%s", text);
    return pass;
}

static uint64_t data_bytes(const struct ocs_map *map)
{
    return map ? ocs_map_mrc(map)->volume_bytes : 0;
}

static uint64_t written_bytes(const struct ocs_plan *plan)
{
    const uint64_t one = ocs_map_file_bytes(ocs_map_mrc(plan->inputs.map), plan->options.dtype);
    return one * (uint64_t)__builtin_popcount(plan->settings.outputs);
}

bool ocs_plan_has_range_pass(const struct ocs_plan *plan)
{
    return plan->settings.lowpass_active || plan->inputs.definition ||
           plan->settings.region.ball;
}

static void add_passes(const struct ocs_plan *plan, struct ocs_plan_summary *summary)
{
    const struct ocs_settings *const settings = &plan->settings;
    const bool active = settings->lowpass_active;
    const uint64_t map = data_bytes(plan->inputs.map);
    const uint64_t definition = data_bytes(plan->inputs.definition);
    const uint64_t scratch = plan->cut.scratch_bytes;
    if (settings->tiles && !settings->scale_from_lowpass)
        add(summary, "tiles", "a sample of tiles, for thresholds");
    struct ocs_plan_pass *pass =
        add(summary, "survey", active ? "statistics, tile counts, spectrum along x and y"
                                      : "statistics, tile counts");
    pass->bytes_read = map;
    pass->scratch_bytes = scratch;
    if (active)
        add(summary, "filter", "spectrum along z: transform, mask, back")->scratch_bytes =
            2 * scratch;
    if (ocs_plan_has_range_pass(plan)) {
        pass = add(summary, "range", "extremes of the low-passed map");
        pass->bytes_read = definition + (active ? 0 : map);
        pass->scratch_bytes = scratch;
    }
    if (settings->tiles && settings->scale_from_lowpass)
        add(summary, "tiles", "a sample of tiles, for thresholds");
    pass = add(summary, "solvent", "histograms of the low-passed map");
    pass->bytes_read = definition + (active ? 0 : map);
    pass->scratch_bytes = scratch;
    if (settings->tiles)
        add(summary, "tiles", "exact values of the outermost tiles");
    pass = add(summary, "emit", "scale, confidence and the other outputs");
    pass->bytes_read = settings->scale_from_lowpass ? 0 : map;
    pass->bytes_written = written_bytes(plan);
    pass->scratch_bytes = scratch;
}

void ocs_plan_summarise(struct ocs_plan *plan, uint64_t memory_bytes, uint64_t smallest_bytes)
{
    const struct ocs_mrc *const mrc = ocs_map_mrc(plan->inputs.map);
    struct ocs_plan_summary *const summary = &plan->summary;
    *summary = (struct ocs_plan_summary){
        .dims = {mrc->box.z, mrc->box.y, mrc->box.x},
        .voxel_size_ang = {mrc->voxel.z, mrc->voxel.y, mrc->voxel.x},
        .scratch_bytes = plan->cut.scratch_bytes,
        .memory_limit_bytes = memory_bytes,
        .memory_need_bytes = plan->cut.need_bytes,
        .memory_smallest_bytes = smallest_bytes,
        .threads = plan->cut.threads,
        .band_rows = plan->cut.band_rows,
        .slab_planes = plan->cut.emit_planes,
    };
    snprintf(summary->scratch_dir, sizeof summary->scratch_dir, "%s", plan->options.scratch_dir);
    snprintf(summary->simd, sizeof summary->simd, "%s", ocs_simd_name(plan->simd));
    add_passes(plan, summary);
    for (unsigned i = 0; i < summary->pass_count; ++i) {
        summary->bytes_read += summary->passes[i].bytes_read;
        summary->bytes_written += summary->passes[i].bytes_written;
    }
}
