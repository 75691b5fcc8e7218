/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "need.h"

#include "checked.h"
#include "cut_spool.h"
#include "cut_targets.h"
#include "density.h"
#include "emit.h"
#include "filter.h"
#include "gather.h"
#include "keeper.h"
#include "map_pipe.h"
#include "range.h"
#include "restore.h"
#include "survey.h"
#include "sweep.h"
#include "transfer.h"
#include "writer.h"

enum {
    MIB = 1 << 20,
    PROCESS_BYTES = 13 * MIB, /* measured: program, libraries, loop; see docs/performance.md */
    THREAD_BYTES = 192 << 10, /* touched stack and allocator arena                     */
};

uint64_t ocs_process_bytes(unsigned threads)
{
    return PROCESS_BYTES + (uint64_t)threads * THREAD_BYTES;
}

/* What the needs are counted from. `working` is the volume that the estimate sweeps over. */
struct scene {
    const struct ocs_settings *settings;
    const struct ocs_inputs *inputs;
    const struct ocs_cut *cut;
    struct ocs_reading reading;
    struct ocs_volume working;
    const struct ocs_spectral *lowpass, *scale_data; /* NULL: the volume itself              */
};

static struct scene scene_of(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                             const struct ocs_cut *cut)
{
    struct scene scene = {
        .settings = settings,
        .inputs = inputs,
        .cut = cut,
        .reading = {.chunk_bytes = cut->chunk_bytes, .depth = cut->reads_ahead},
        .working = {.box = settings->box},
        .lowpass = settings->lowpass_active ? &settings->lowpass : NULL,
        .scale_data = settings->scale_from_lowpass ? &settings->lowpass : NULL,
    };
    if (!settings->cropped)
        scene.working = inputs->volume;
    return scene;
}

/* The same files, read as this cut would have it. */
static struct ocs_inputs as_cut(const struct ocs_inputs *inputs, const struct ocs_cut *cut)
{
    struct ocs_inputs seen = *inputs;
    ocs_inputs_set_stocked(&seen, cut->stocked);
    return seen;
}

/* One Fourier step: its survey, its filter, and a sweep of its result into a sink. */
static uint64_t step_need(const struct scene *scene, const struct ocs_volume *volume,
                          const struct ocs_spectral *spectral)
{
    uint64_t need = ocs_survey_need(&scene->reading, volume, spectral, false);
    need = ocs_max_u64(need, ocs_filter_need(spectral, scene->cut->filter_columns));
    return ocs_max_u64(need,
                       ocs_transfer_need(&scene->reading, volume, spectral, spectral->x.n_out));
}

static uint64_t crop_need(const struct scene *scene)
{
    return scene->settings->cropped
               ? step_need(scene, &scene->inputs->volume, &scene->settings->crop)
               : 0;
}

static uint64_t estimate_need(const struct scene *scene)
{
    const struct ocs_settings *const settings = scene->settings;
    const uint64_t state = ocs_max_u64(ocs_range_state_bytes(), ocs_density_state_bytes());
    const struct ocs_volume *const definition =
        scene->inputs->definition ? &scene->inputs->definition_volume : NULL;
    uint64_t need =
        ocs_survey_need(&scene->reading, &scene->working, scene->lowpass, settings->tiles);
    if (scene->lowpass)
        need = ocs_max_u64(need, ocs_filter_need(scene->lowpass, scene->cut->filter_columns));
    return ocs_max_u64(
        need, ocs_sweep_need(&scene->reading, &scene->working, scene->lowpass, definition, state));
}

static uint64_t tile_need(const struct scene *scene)
{
    return scene->settings->tiles ? ocs_gather_worker_need(&scene->reading, &scene->settings->grid,
                                                           &scene->working, scene->scale_data)
                                  : 0;
}

/* Pens on `outputs` in a sweep over `box` that goes by bands of so many rows. */
static uint64_t pens_need(const struct scene *scene, unsigned outputs, struct ocs_box box,
                          uint64_t rows)
{
    return (uint64_t)__builtin_popcount(outputs) *
           ocs_tiled_pen_need(&scene->settings->tiled, box, rows);
}

/* Outputs that the sweep that makes them brings to their files. */
static unsigned direct_outputs(const struct ocs_settings *settings)
{
    return settings->outputs & ~settings->finished;
}

static uint64_t emit_need(const struct scene *scene)
{
    const struct ocs_settings *const settings = scene->settings;
    const unsigned written = settings->restored ? 0 : direct_outputs(settings);
    const struct ocs_emit_shape shape = {
        .volume = &scene->working,
        .scale_data = scene->scale_data,
        .filtered = scene->lowpass,
        .needs_map = (scene->settings->outputs & OCS_MODIFICATIONS) != 0,
        .ball = &scene->settings->ball,
        .band_rows = scene->cut->band_rows,
    };
    return ocs_emit_need(&scene->reading, &shape) +
           pens_need(scene, written, settings->box, scene->cut->band_rows) +
           ocs_cut_targets_beside_scale(scene->inputs, &scene->reading);
}

static uint64_t target_need(const struct scene *scene)
{
    return ocs_cut_targets_sweep(scene->settings, scene->inputs, scene->cut, &scene->reading,
                                 &scene->working, scene->scale_data);
}

static uint64_t restore_need(const struct scene *scene)
{
    return scene->settings->restored
               ? ocs_restore_need(&scene->reading, &scene->inputs->volume, scene->settings->box,
                                  OCS_WORKING_MAPS) +
                     pens_need(scene, direct_outputs(scene->settings), scene->settings->native_box,
                               scene->cut->output_rows) +
                     ocs_cut_targets_beside_scale(scene->inputs, &scene->reading)
               : 0;
}

static uint64_t finish_need(const struct scene *scene)
{
    const struct ocs_settings *const settings = scene->settings;
    if (!settings->finished)
        return 0;
    const struct ocs_volume modified = {.box = settings->modified_box};
    const uint64_t cells = ocs_max_u64(OCS_MATCH_CELLS * sizeof(struct ocs_rank_cell),
                                       OCS_RANK_TOPS * sizeof(uint64_t));
    const struct ocs_spectral *const last = settings->padded ? &settings->pad
                                            : settings->output_lowpass_active
                                                ? &settings->output_lowpass
                                                : NULL;
    uint64_t need =
        ocs_transfer_need(&scene->reading, &modified, last, settings->native_box.x) +
        ocs_tiled_pen_need(&settings->tiled, settings->native_box, scene->cut->output_rows);
    if (settings->output_lowpass_active)
        need = ocs_max_u64(need, step_need(scene, &modified, &settings->output_lowpass));
    if (settings->padded)
        need = ocs_max_u64(need, step_need(scene, &modified, &settings->pad));
    need = ocs_max_u64(need, ocs_sweep_need(&scene->reading, &modified, last, NULL, cells));
    return ocs_max_u64(need,
                       ocs_sweep_need(&scene->reading, &scene->inputs->volume, NULL, NULL, cells));
}

static uint64_t check_need(const struct scene *scene)
{
    return scene->settings->kept ? ocs_keeper_need() : 0;
}

/* The native box is never smaller than the working one. */
static uint64_t pyramid_need(const struct scene *scene)
{
    return ocs_tiled_pyramid_need(&scene->settings->tiled, scene->settings->native_box,
                                  &scene->reading);
}

/* What one worker needs in the hungriest pass. */
static uint64_t hungriest_pass(const struct scene *scene)
{
    const uint64_t needs[] = {crop_need(scene),   estimate_need(scene), tile_need(scene),
                              target_need(scene), emit_need(scene),     restore_need(scene),
                              finish_need(scene), pyramid_need(scene),  check_need(scene)};
    uint64_t largest = 0;
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; ++i)
        largest = ocs_max_u64(largest, needs[i]);
    return largest;
}

/* What is held whatever the pass: writer, maps in memory, spectrum, tile counts, tiles looked at,
 * tables of the targets and for matching. */
static uint64_t shared_need(const struct scene *scene)
{
    const struct ocs_settings *const settings = scene->settings;
    const struct ocs_cut *const cut = scene->cut;
    uint64_t need = ocs_writer_need(cut->chunk_bytes, cut->write_buffers) +
                    ocs_cut_targets_shared(settings, scene->inputs, cut) +
                    ocs_cut_spool_shared(scene->inputs) +
                    ocs_inputs_stock_need(scene->inputs, cut->stocked);
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        if (settings->outputs >> i & 1)
            need += ocs_tiled_map_need(&settings->tiled, ocs_settings_output_box(settings, i));
    if (settings->tiled.format == OCS_FORMAT_ZARR)
        need += ocs_chunk_process_need(&settings->tiled.codec);
    if (settings->pipe_voxel_bytes)
        need += ocs_map_pipe_need(settings->native_box.z, cut->threads) + THREAD_BYTES;
    if (cut->spectrum_in_memory)
        need += ocs_budget_cost(cut->layout.spectrum_bytes);
    if (settings->tiles)
        need += ocs_budget_cost(sizeof(struct ocs_tile_counts)) +
                ocs_gather_need(&settings->grid, cut->gather_tiles);
    if (settings->finished)
        need += 4 * ocs_budget_cost(OCS_MATCH_CELLS * sizeof(struct ocs_rank_cell));
    return need;
}

uint64_t ocs_need_worker(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                         const struct ocs_cut *cut)
{
    const struct ocs_inputs seen = as_cut(inputs, cut);
    const struct scene scene = scene_of(settings, &seen, cut);
    return hungriest_pass(&scene);
}

uint64_t ocs_need_run(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                      const struct ocs_cut *cut)
{
    const struct ocs_inputs seen = as_cut(inputs, cut);
    const struct scene scene = scene_of(settings, &seen, cut);
    return ocs_process_bytes(cut->threads) + ocs_inputs_outside_bytes(inputs) +
           shared_need(&scene) +
           ocs_max_u64(cut->threads * hungriest_pass(&scene), ocs_cut_spool_pass(inputs, cut)) +
           MIB / 4;
}
