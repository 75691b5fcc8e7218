/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pass_moves.h"

#include "spool.h"
#include "target_select.h"

#include <stdio.h>

bool ocs_plan_has_range_pass(const struct ocs_plan *plan)
{
    return plan->settings.lowpass_active || plan->inputs.definition || plan->settings.region.ball;
}

/* Survey and filter of one Fourier step over a map or, where `map` is NULL, `scratch` bytes of an
 * intermediate. */
static void add_step(struct ocs_pass_list *list, const struct ocs_spectral *spectral,
                     const char *text, const struct ocs_map *map, uint64_t scratch)
{
    const uint64_t spectrum = ocs_pass_spectrum_bytes(list->plan, spectral);
    struct ocs_plan_pass *const survey = ocs_pass_list_add(list, "survey", text);
    survey->scratch_bytes = scratch + spectrum;
    ocs_pass_reads_map(list, survey, map, 1);
    ocs_pass_list_add(list, "filter", "spectrum along z: transform, mask, back")->scratch_bytes =
        2 * spectrum;
}

static void add_crop(struct ocs_pass_list *list, const struct ocs_map *map, const char *text)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    add_step(list, &settings->crop, text, map, 0);
    ocs_pass_list_add(list, "crop", "to the working box")->scratch_bytes =
        ocs_box_float_bytes(settings->box) + ocs_pass_spectrum_bytes(list->plan, &settings->crop);
}

static void add_survey(struct ocs_pass_list *list)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    if (settings->tiles && !settings->scale_from_lowpass)
        ocs_pass_list_add(list, "tiles", "a sample of tiles, for thresholds");
    const struct ocs_map *const map = settings->cropped ? NULL : list->plan->inputs.map;
    if (settings->lowpass_active)
        add_step(list, &settings->lowpass, "statistics, tile counts, spectrum along x and y", map,
                 settings->cropped ? ocs_box_float_bytes(settings->box) : 0);
    else
        ocs_pass_reads_working(list, ocs_pass_list_add(list, "survey", "statistics, tile counts"));
}

static void add_solvent(struct ocs_pass_list *list)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    struct ocs_plan_pass *pass;
    if (ocs_plan_has_range_pass(list->plan)) {
        pass = ocs_pass_list_add(list, "range", "extremes of the low-passed map");
        ocs_pass_reads_filtered(list, pass);
        ocs_pass_reads_definition(list, pass);
    }
    if (settings->tiles && settings->scale_from_lowpass)
        ocs_pass_list_add(list, "tiles", "a sample of tiles, for thresholds");
    pass = ocs_pass_list_add(list, "solvent", "histograms of the low-passed map");
    ocs_pass_reads_filtered(list, pass);
    ocs_pass_reads_definition(list, pass);
    if (settings->tiles)
        ocs_pass_list_add(list, "tiles", "exact values of the outermost tiles");
}

/* Sweeps over the labels of one target map; returns how many sweeps over the scale data go with
 * them. */
static uint64_t reads_labels(struct ocs_pass_list *list, unsigned map, struct ocs_plan_pass *pass)
{
    const struct ocs_plan *const plan = list->plan;
    if (!plan->inputs.target[map])
        return 0;
    const unsigned most = ocs_target_select_sweeps(map == OCS_TARGET_MASK ? 1 : OCS_LABELS_MAX,
                                                   plan->cut.target_bytes[map]);
    ocs_pass_reads_map(list, pass, plan->inputs.target[map], plan->settings.cropped ? 2 : 1 + most);
    if (plan->settings.cropped)
        pass->scratch_bytes += (1 + most) * ocs_box_float_bytes(plan->settings.box);
    return most;
}

/* How many labels there will be is known once they are read, so these are upper bounds. */
static void add_targets(struct ocs_pass_list *list)
{
    const struct ocs_inputs *const inputs = &list->plan->inputs;
    if (!inputs->target[OCS_TARGET_MASK] && !inputs->target[OCS_TARGET_LABELS])
        return;
    struct ocs_plan_pass *const pass =
        ocs_pass_list_add(list, "targets", "voxels and occupancy of the targets, at most");
    uint64_t sweeps = 0;
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map)
        sweeps += reads_labels(list, map, pass);
    for (uint64_t sweep = 0; sweep < sweeps; ++sweep)
        if (list->plan->settings.scale_from_lowpass)
            ocs_pass_reads_filtered(list, pass);
        else
            ocs_pass_reads_working(list, pass);
}

static void add_emit(struct ocs_pass_list *list)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    struct ocs_plan_pass *const emit =
        ocs_pass_list_add(list, "emit",
                          settings->restored ? "scale and confidence in the working box"
                          : settings->tiled.format == OCS_FORMAT_MRC
                              ? "scale, confidence and the other outputs"
                              : "scale, confidence and the other outputs, before compression");
    ocs_pass_reads_filtered(list, emit);
    if (settings->lowpass_active &&
        (!settings->scale_from_lowpass || settings->outputs & OCS_MODIFICATIONS))
        ocs_pass_reads_working(list, emit);
    if (!settings->restored) {
        ocs_pass_reads_targets(list, emit);
        ocs_pass_writes_outputs(list, emit, settings->outputs);
        return;
    }
    const unsigned maps = settings->outputs & OCS_OUTPUT_LOWPASS ? 3 : 2;
    emit->scratch_bytes += maps * ocs_box_float_bytes(settings->box);
    struct ocs_plan_pass *const restore =
        ocs_pass_list_add(list, "restore", "outputs at the map's own size");
    restore->scratch_bytes = maps * ocs_box_float_bytes(settings->box);
    if (settings->outputs & OCS_MODIFICATIONS)
        ocs_pass_reads_map(list, restore, list->plan->inputs.map, 1);
    ocs_pass_reads_targets(list, restore);
    ocs_pass_writes_outputs(list, restore, settings->outputs);
}

static void add_finish(struct ocs_pass_list *list, unsigned index)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    const uint64_t modified = ocs_box_float_bytes(settings->modified_box);
    if (settings->output_lowpass_active)
        add_step(list, &settings->output_lowpass, "low-pass of a modified map", NULL, modified);
    if (settings->output_lowpass_active && settings->padded)
        ocs_pass_list_add(list, "lowpass", "the low-passed map, to be padded")->scratch_bytes =
            modified;
    if (settings->padded)
        add_step(list, &settings->pad, "back to the map's own box", NULL, modified);
    if (list->plan->options.hist_match)
        ocs_pass_list_add(list, "match", "ranks of a modified map")->scratch_bytes = 2 * modified;
    struct ocs_plan_pass *const pass = ocs_pass_list_add(list, "finish", "a modified map");
    pass->scratch_bytes = modified;
    pass->bytes_written = ocs_pass_written_bytes(list->plan, 1u << index);
    pass->scratch_bytes += ocs_pass_first_means_bytes(settings, 1u << index);
    ocs_pass_goes_to_pipe(list, pass);
}

static const char *spool_text(unsigned file, bool in_chunks)
{
    if (in_chunks)
        return file == OCS_INPUT_MAP ? "the map, which comes in chunks, to scratch"
                                     : "a mask, which comes in chunks, to scratch";
    return file == OCS_INPUT_MAP ? "the map, which comes only once, to scratch"
                                 : "a mask, which comes only once, to scratch";
}

/* Every level but the last is read from scratch to make the next one. */
static void add_pyramids(struct ocs_pass_list *list)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    uint64_t means = 0, written = 0;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i) {
        const struct ocs_box box = ocs_settings_output_box(settings, i);
        if (!(settings->outputs >> i & 1))
            continue;
        means += ocs_tiled_scratch_bytes(&settings->tiled, box);
        written += ocs_tiled_pyramid_bytes(&settings->tiled, box);
    }
    if (means == 0)
        return;
    struct ocs_plan_pass *const pass =
        ocs_pass_list_add(list, "pyramid", "coarser levels of the outputs, before compression");
    pass->bytes_written = written;
    pass->scratch_bytes = 2 * means - ocs_pass_first_means_bytes(settings, settings->outputs);
}

/* The size of what comes through a pipe is the header's, and at most what comes in chunks. */
static void add_spools(struct ocs_pass_list *list)
{
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        const struct ocs_map *const map = ocs_inputs_file(&list->plan->inputs, file);
        if (!map || !ocs_map_comes_once(map))
            continue;
        const struct ocs_mrc *const mrc = ocs_map_mrc(map);
        const struct ocs_spool_shape shape = ocs_map_spool_shape(map);
        const uint64_t bytes = ocs_map_flow_bytes(map);
        struct ocs_plan_pass *const pass =
            ocs_pass_list_add(list, "spool", spool_text(file, ocs_map_zarr(map) != NULL));
        pass->bytes_read = bytes == UINT64_MAX ? mrc->expected_bytes : bytes;
        pass->scratch_bytes = ocs_spool_bytes(&shape);
    }
}

static void add_passes(const struct ocs_plan *plan, struct ocs_plan_summary *summary)
{
    const struct ocs_settings *const settings = &plan->settings;
    struct ocs_pass_list list = {.plan = plan, .summary = summary};
    add_spools(&list);
    if (settings->cropped)
        add_crop(&list, plan->inputs.map, "statistics, spectrum along x and y");
    if (settings->cropped && plan->inputs.definition)
        add_crop(&list, plan->inputs.definition, "the solvent definition");
    add_survey(&list);
    add_solvent(&list);
    add_targets(&list);
    add_emit(&list);
    if (settings->finished && plan->options.hist_match)
        ocs_pass_reads_map(&list, ocs_pass_list_add(&list, "match", "ranks of the map"),
                           plan->inputs.map, 2);
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        if (settings->finished >> i & 1)
            add_finish(&list, i);
    add_pyramids(&list);
}

static void begin(struct ocs_plan *plan, uint64_t memory_bytes, uint64_t smallest_bytes)
{
    const struct ocs_mrc *const mrc = ocs_map_mrc(plan->inputs.map);
    struct ocs_plan_summary *const summary = &plan->summary;
    *summary = (struct ocs_plan_summary){
        .dims = {mrc->box.z, mrc->box.y, mrc->box.x},
        .voxel_size_ang = {mrc->voxel.z, mrc->voxel.y, mrc->voxel.x},
        .scratch_bytes = plan->cut.layout.bytes,
        .memory_limit_bytes = memory_bytes,
        .memory_need_bytes = plan->cut.need_bytes,
        .memory_smallest_bytes = smallest_bytes,
        .in_memory_bytes = ocs_inputs_stock_bytes(&plan->inputs, plan->cut.stocked),
        .threads = plan->cut.threads,
        .band_rows = plan->cut.band_rows,
        .slab_planes = plan->cut.emit_planes,
    };
    snprintf(summary->resume_folder, sizeof summary->resume_folder, "%s", plan->resume_folder);
    summary->resumes = plan->journal != NULL;
    snprintf(summary->scratch_dir, sizeof summary->scratch_dir, "%s", plan->options.scratch_dir);
    snprintf(summary->simd, sizeof summary->simd, "%s", ocs_simd_name(plan->simd));
}

static void add_up(struct ocs_plan_summary *summary)
{
    for (unsigned i = 0; i < summary->pass_count; ++i) {
        summary->bytes_read += summary->passes[i].bytes_read;
        summary->bytes_written += summary->passes[i].bytes_written;
    }
}

void ocs_plan_summarise(struct ocs_plan *plan, uint64_t memory_bytes, uint64_t smallest_bytes)
{
    begin(plan, memory_bytes, smallest_bytes);
    add_passes(plan, &plan->summary);
    add_up(&plan->summary);
}

void ocs_plan_summarise_conversion(struct ocs_plan *plan, bool verify, uint64_t memory_bytes,
                                   uint64_t smallest_bytes)
{
    struct ocs_pass_list list = {.plan = plan, .summary = &plan->summary};
    begin(plan, memory_bytes, smallest_bytes);
    add_spools(&list);
    struct ocs_plan_pass *const pass =
        ocs_pass_list_add(&list, "convert", "the voxels, from input to output");
    ocs_pass_reads_map(&list, pass, plan->inputs.map, 1);
    ocs_pass_writes_outputs(&list, pass, 1);
    add_pyramids(&list);
    if (verify)
        ocs_pass_list_add(&list, "verify", "the output again")->bytes_read =
            ocs_pass_written_bytes(plan, 1);
    add_up(&plan->summary);
}
