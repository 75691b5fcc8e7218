/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan.h"

#include "checked.h"
#include "spectrum_store.h"
#include "spool.h"
#include "target_select.h"
#include "working_header.h"

#include <stdio.h>

/* Builds the list of passes; `scratch` counts what moves to and from the scratch file. */
struct list {
    const struct ocs_plan *plan;
    struct ocs_plan_summary *summary;
    unsigned counted; /* bits of the files kept in memory that came already              */
};

static struct ocs_plan_pass *add(struct list *list, const char *name, const char *text)
{
    struct ocs_plan_pass *const pass = &list->summary->passes[list->summary->pass_count++];
    snprintf(pass->name, sizeof pass->name, "%s", name);
    snprintf(pass->text, sizeof pass->text, "%s", text);
    return pass;
}

static uint64_t data_bytes(const struct ocs_map *map)
{
    return map ? ocs_map_mrc(map)->volume_bytes : 0;
}

/* How many of these sweeps take it from where it is: of a map that is kept in memory only the
 * first.
 */
static uint64_t sweeps_of_file(struct list *list, const struct ocs_map *map, uint64_t sweeps)
{
    const struct ocs_plan *const plan = list->plan;
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        const unsigned bit = plan->cut.stocked & 1U << file;
        if (!bit || ocs_inputs_file(&plan->inputs, file) != map)
            continue;
        sweeps = list->counted & bit ? 0 : ocs_min_u64(sweeps, 1);
        list->counted |= bit;
    }
    return sweeps;
}

/* `sweeps` times all of a map, from its file, its spool or memory; `map` may be NULL. */
static void reads_map(struct list *list, struct ocs_plan_pass *pass, const struct ocs_map *map,
                      uint64_t sweeps)
{
    uint64_t *const where =
        map && ocs_map_comes_once(map) ? &pass->scratch_bytes : &pass->bytes_read;
    *where += sweeps_of_file(list, map, sweeps) * data_bytes(map);
}

/* Maps that are not modifications stay in a working box that is padded only for those. */
static uint64_t written_bytes(const struct ocs_plan *plan, unsigned outputs)
{
    const struct ocs_mrc *const map = ocs_map_mrc(plan->inputs.map);
    const struct ocs_mrc working = ocs_working_header(map, plan->settings.box);
    const struct ocs_mrc *const plain = plan->settings.padded ? &working : map;
    const unsigned modified = outputs & OCS_MODIFICATIONS;
    return ocs_map_file_bytes(map, plan->options.dtype) * (uint64_t)__builtin_popcount(modified) +
           ocs_map_file_bytes(plain, plan->options.dtype) *
               (uint64_t)__builtin_popcount(outputs & ~modified);
}

static uint64_t float_bytes(struct ocs_box box)
{
    return ocs_box_voxels(box) * sizeof(float);
}

/* One reading of a step's whole spectrum, when that is in scratch. */
static uint64_t spectrum_bytes(const struct ocs_plan *plan, const struct ocs_spectral *spectral)
{
    return plan->cut.spectrum_in_memory ? 0
                                        : ocs_spectrum_store_bytes(ocs_spectral_planes(spectral),
                                                                   ocs_spectral_columns(spectral));
}

bool ocs_plan_has_range_pass(const struct ocs_plan *plan)
{
    return plan->settings.lowpass_active || plan->inputs.definition || plan->settings.region.ball;
}

/* Survey and filter of one Fourier step over a map or, where `map` is NULL, `scratch` bytes of an
 * intermediate. */
static void add_step(struct list *list, const struct ocs_spectral *spectral, const char *text,
                     const struct ocs_map *map, uint64_t scratch)
{
    const uint64_t spectrum = spectrum_bytes(list->plan, spectral);
    struct ocs_plan_pass *const survey = add(list, "survey", text);
    survey->scratch_bytes = scratch + spectrum;
    reads_map(list, survey, map, 1);
    add(list, "filter", "spectrum along z: transform, mask, back")->scratch_bytes = 2 * spectrum;
}

static void add_crop(struct list *list, const struct ocs_map *map, const char *text)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    add_step(list, &settings->crop, text, map, 0);
    add(list, "crop", "to the working box")->scratch_bytes =
        float_bytes(settings->box) + spectrum_bytes(list->plan, &settings->crop);
}

/* What one sweep over the working volume reads: from the map, or from scratch once it is cropped.
 */
static void reads_working(struct list *list, struct ocs_plan_pass *pass)
{
    if (list->plan->settings.cropped)
        pass->scratch_bytes += float_bytes(list->plan->settings.box);
    else
        reads_map(list, pass, list->plan->inputs.map, 1);
}

static void reads_definition(struct list *list, struct ocs_plan_pass *pass)
{
    if (list->plan->settings.cropped && list->plan->inputs.definition)
        pass->scratch_bytes += float_bytes(list->plan->settings.box);
    else
        reads_map(list, pass, list->plan->inputs.definition, 1);
}

static void reads_filtered(struct list *list, struct ocs_plan_pass *pass)
{
    if (list->plan->settings.lowpass_active)
        pass->scratch_bytes += spectrum_bytes(list->plan, &list->plan->settings.lowpass);
    else
        reads_working(list, pass);
}

static void add_survey(struct list *list)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    if (settings->tiles && !settings->scale_from_lowpass)
        add(list, "tiles", "a sample of tiles, for thresholds");
    const struct ocs_map *const map = settings->cropped ? NULL : list->plan->inputs.map;
    if (settings->lowpass_active)
        add_step(list, &settings->lowpass, "statistics, tile counts, spectrum along x and y", map,
                 settings->cropped ? float_bytes(settings->box) : 0);
    else
        reads_working(list, add(list, "survey", "statistics, tile counts"));
}

static void add_solvent(struct list *list)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    struct ocs_plan_pass *pass;
    if (ocs_plan_has_range_pass(list->plan)) {
        pass = add(list, "range", "extremes of the low-passed map");
        reads_filtered(list, pass);
        reads_definition(list, pass);
    }
    if (settings->tiles && settings->scale_from_lowpass)
        add(list, "tiles", "a sample of tiles, for thresholds");
    pass = add(list, "solvent", "histograms of the low-passed map");
    reads_filtered(list, pass);
    reads_definition(list, pass);
    if (settings->tiles)
        add(list, "tiles", "exact values of the outermost tiles");
}

/* Sweeps over the labels of one target map; returns how many sweeps over the scale data go with
 * them. */
static uint64_t reads_labels(struct list *list, unsigned map, struct ocs_plan_pass *pass)
{
    const struct ocs_plan *const plan = list->plan;
    if (!plan->inputs.target[map])
        return 0;
    const unsigned most = ocs_target_select_sweeps(map == OCS_TARGET_MASK ? 1 : OCS_LABELS_MAX,
                                                   plan->cut.target_bytes[map]);
    reads_map(list, pass, plan->inputs.target[map], plan->settings.cropped ? 2 : 1 + most);
    if (plan->settings.cropped)
        pass->scratch_bytes += (1 + most) * float_bytes(plan->settings.box);
    return most;
}

/* How many labels there will be is known once they are read, so these are upper bounds. */
static void add_targets(struct list *list)
{
    const struct ocs_inputs *const inputs = &list->plan->inputs;
    if (!inputs->target[OCS_TARGET_MASK] && !inputs->target[OCS_TARGET_LABELS])
        return;
    struct ocs_plan_pass *const pass =
        add(list, "targets", "voxels and occupancy of the targets, at most");
    uint64_t sweeps = 0;
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map)
        sweeps += reads_labels(list, map, pass);
    for (uint64_t sweep = 0; sweep < sweeps; ++sweep)
        if (list->plan->settings.scale_from_lowpass)
            reads_filtered(list, pass);
        else
            reads_working(list, pass);
}

/* The sweep that makes the final scale gathers it under the targets. */
static void reads_targets(struct list *list, struct ocs_plan_pass *pass)
{
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map) {
        if (list->plan->settings.padded && list->plan->inputs.target[map])
            pass->scratch_bytes += float_bytes(list->plan->settings.box);
        else
            reads_map(list, pass, list->plan->inputs.target[map], 1);
    }
}

/* Levels of a pyramid are made one from the other, through scratch. */
static uint64_t first_means_bytes(const struct ocs_settings *settings, unsigned outputs)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        if (outputs >> i & 1)
            bytes += ocs_tiled_first_scratch_bytes(&settings->tiled,
                                                   ocs_settings_output_box(settings, i));
    return bytes;
}

/* What goes to standard output goes through scratch. */
static void goes_to_pipe(struct list *list, struct ocs_plan_pass *pass)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    pass->scratch_bytes += 2 * settings->pipe_voxel_bytes * ocs_box_voxels(settings->native_box);
}

/* Writes `outputs`: files, or intermediates where they are finished later. */
static void writes_outputs(struct list *list, struct ocs_plan_pass *pass, unsigned outputs)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    const unsigned finished = outputs & settings->finished;
    pass->bytes_written += written_bytes(list->plan, outputs & ~finished);
    pass->scratch_bytes += first_means_bytes(settings, outputs & ~finished);
    if (outputs & ~finished)
        goes_to_pipe(list, pass);
    pass->scratch_bytes +=
        (uint64_t)__builtin_popcount(finished) * float_bytes(settings->modified_box);
}

static void add_emit(struct list *list)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    struct ocs_plan_pass *const emit =
        add(list, "emit",
            settings->restored ? "scale and confidence in the working box"
            : settings->tiled.format == OCS_FORMAT_MRC
                ? "scale, confidence and the other outputs"
                : "scale, confidence and the other outputs, before compression");
    reads_filtered(list, emit);
    if (settings->lowpass_active &&
        (!settings->scale_from_lowpass || settings->outputs & OCS_MODIFICATIONS))
        reads_working(list, emit);
    if (!settings->restored) {
        reads_targets(list, emit);
        writes_outputs(list, emit, settings->outputs);
        return;
    }
    const unsigned maps = settings->outputs & OCS_OUTPUT_LOWPASS ? 3 : 2;
    emit->scratch_bytes += maps * float_bytes(settings->box);
    struct ocs_plan_pass *const restore = add(list, "restore", "outputs at the map's own size");
    restore->scratch_bytes = maps * float_bytes(settings->box);
    if (settings->outputs & OCS_MODIFICATIONS)
        reads_map(list, restore, list->plan->inputs.map, 1);
    reads_targets(list, restore);
    writes_outputs(list, restore, settings->outputs);
}

static void add_finish(struct list *list, unsigned index)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    const uint64_t modified = float_bytes(settings->modified_box);
    if (settings->output_lowpass_active)
        add_step(list, &settings->output_lowpass, "low-pass of a modified map", NULL, modified);
    if (settings->output_lowpass_active && settings->padded)
        add(list, "lowpass", "the low-passed map, to be padded")->scratch_bytes = modified;
    if (settings->padded)
        add_step(list, &settings->pad, "back to the map's own box", NULL, modified);
    if (list->plan->options.hist_match)
        add(list, "match", "ranks of a modified map")->scratch_bytes = 2 * modified;
    struct ocs_plan_pass *const pass = add(list, "finish", "a modified map");
    pass->scratch_bytes = modified;
    pass->bytes_written = written_bytes(list->plan, 1u << index);
    pass->scratch_bytes += first_means_bytes(settings, 1u << index);
    goes_to_pipe(list, pass);
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
static void add_pyramids(struct list *list)
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
        add(list, "pyramid", "coarser levels of the outputs, before compression");
    pass->bytes_written = written;
    pass->scratch_bytes = 2 * means - first_means_bytes(settings, settings->outputs);
}

/* The size of what comes through a pipe is the header's, and at most what comes in chunks. */
static void add_spools(struct list *list)
{
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        const struct ocs_map *const map = ocs_inputs_file(&list->plan->inputs, file);
        if (!map || !ocs_map_comes_once(map))
            continue;
        const struct ocs_mrc *const mrc = ocs_map_mrc(map);
        const struct ocs_spool_shape shape = ocs_map_spool_shape(map);
        const uint64_t bytes = ocs_map_flow_bytes(map);
        struct ocs_plan_pass *const pass =
            add(list, "spool", spool_text(file, ocs_map_zarr(map) != NULL));
        pass->bytes_read = bytes == UINT64_MAX ? mrc->expected_bytes : bytes;
        pass->scratch_bytes = ocs_spool_bytes(&shape);
    }
}

static void add_passes(const struct ocs_plan *plan, struct ocs_plan_summary *summary)
{
    const struct ocs_settings *const settings = &plan->settings;
    struct list list = {.plan = plan, .summary = summary};
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
        reads_map(&list, add(&list, "match", "ranks of the map"), plan->inputs.map, 2);
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
    struct list list = {.plan = plan, .summary = &plan->summary};
    begin(plan, memory_bytes, smallest_bytes);
    add_spools(&list);
    struct ocs_plan_pass *const pass = add(&list, "convert", "the voxels, from input to output");
    reads_map(&list, pass, plan->inputs.map, 1);
    writes_outputs(&list, pass, 1);
    add_pyramids(&list);
    if (verify)
        add(&list, "verify", "the output again")->bytes_read = written_bytes(plan, 1);
    add_up(&plan->summary);
}
