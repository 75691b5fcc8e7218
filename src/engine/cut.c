/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cut.h"

#include "checked.h"
#include "cut_spool.h"
#include "cut_targets.h"
#include "density.h"
#include "emit.h"
#include "fail.h"
#include "filter.h"
#include "gather.h"
#include "map_pipe.h"
#include "range.h"
#include "restore.h"
#include "survey.h"
#include "sweep.h"
#include "transfer.h"
#include "writer.h"

#include <complex.h>

enum {
    MIB = 1 << 20,
    PROCESS_BYTES = 13 * MIB, /* measured: program, libraries, loop; see docs/performance.md */
    THREAD_BYTES = 192 << 10, /* touched stack and allocator arena                     */
    MOST_GATHER_TILES = 64,
    AMPLE_SLAB = 64,  /* planes of an emit slab with a small share of halo           */
    SLAB_REACHES = 4, /* planes of the shortest one, in reaches of the kernel        */
    SLABS_PER_THREAD = 4,
    SMALLEST_BLOCK = 8,   /* columns of a filter block: one cache line a plane         */
    CACHED_BLOCK = 64,    /* from a spectrum in memory: a block that stays in the cache */
    LARGEST_BLOCK = 4096, /* from scratch: pieces of a plane that are worth a read      */
};

uint64_t ocs_process_bytes(unsigned threads)
{
    return PROCESS_BYTES + (uint64_t)threads * THREAD_BYTES;
}

static unsigned count_outputs(unsigned outputs)
{
    return (unsigned)__builtin_popcount(outputs);
}

/* ---- what the passes need ---- */

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
    return scene->settings->tiles
               ? ocs_gather_worker_need(&scene->settings->grid, &scene->working, scene->scale_data)
               : 0;
}

static uint64_t emit_need(const struct scene *scene)
{
    const struct ocs_emit_shape shape = {
        .volume = &scene->working,
        .scale_data = scene->scale_data,
        .filtered = scene->lowpass,
        .needs_map = (scene->settings->outputs & OCS_MODIFICATIONS) != 0,
        .ball = &scene->settings->ball,
        .band_rows = scene->cut->band_rows,
    };
    return ocs_emit_need(&scene->reading, &shape) +
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
    uint64_t need = ocs_transfer_need(&scene->reading, &modified, last, settings->native_box.x);
    if (settings->output_lowpass_active)
        need = ocs_max_u64(need, step_need(scene, &modified, &settings->output_lowpass));
    if (settings->padded)
        need = ocs_max_u64(need, step_need(scene, &modified, &settings->pad));
    need = ocs_max_u64(need, ocs_sweep_need(&scene->reading, &modified, last, NULL, cells));
    return ocs_max_u64(need,
                       ocs_sweep_need(&scene->reading, &scene->inputs->volume, NULL, NULL, cells));
}

/* What one worker needs in the hungriest pass. */
static uint64_t worker_need(const struct scene *scene)
{
    const uint64_t needs[] = {crop_need(scene),   estimate_need(scene), tile_need(scene),
                              target_need(scene), emit_need(scene),     restore_need(scene),
                              finish_need(scene)};
    uint64_t largest = 0;
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; ++i)
        largest = ocs_max_u64(largest, needs[i]);
    return largest;
}

/* What is held whatever the pass: writer, spectrum, tile counts, tiles looked at, tables of the
 * targets and for matching. */
static uint64_t shared_need(const struct scene *scene)
{
    const struct ocs_settings *const settings = scene->settings;
    const struct ocs_cut *const cut = scene->cut;
    uint64_t need = ocs_writer_need(cut->chunk_bytes, cut->write_buffers) +
                    ocs_cut_targets_shared(settings, scene->inputs, cut) +
                    ocs_cut_spool_shared(scene->inputs);
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

static uint64_t need_of(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                        const struct ocs_cut *cut)
{
    const struct scene scene = scene_of(settings, inputs, cut);
    return ocs_process_bytes(cut->threads) + ocs_inputs_outside_bytes(inputs) + shared_need(&scene) +
           ocs_max_u64(cut->threads * worker_need(&scene),
                       ocs_cut_spool_pass(inputs, cut->threads)) +
           MIB / 4;
}

/* ---- choosing ---- */

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
    return ocs_max_u64(ocs_min_u64(value, high), low);
}

static unsigned gather_tiles(const struct ocs_settings *settings, uint64_t chunk_bytes)
{
    if (!settings->tiles)
        return 0;
    const uint64_t tile_bytes = ocs_tile_voxels(&settings->grid) * sizeof(float);
    return (unsigned)clamp(16 * chunk_bytes / tile_bytes, 1, MOST_GATHER_TILES);
}

/* A slab's halo is worked on twice; but every thread should have a slab. */
static uint64_t shortest_slab(const struct ocs_settings *settings, unsigned threads)
{
    const uint64_t nz = settings->box.z;
    const uint64_t least = SLAB_REACHES * (uint64_t)settings->ball.reach_z;
    return ocs_min_u64(clamp(ocs_div_up_u64(nz, threads), least, AMPLE_SLAB), nz);
}

/* Fills everything that follows from threads, band, place of the spectrum and chunk. */
static void complete(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                     struct ocs_cut *cut)
{
    const uint64_t nz = settings->box.z;
    const uint64_t outputs = count_outputs(settings->outputs);
    cut->reads_ahead = 3;
    cut->write_buffers = (unsigned)(cut->threads * outputs + outputs + 1);
    const uint64_t bands = ocs_div_up_u64(settings->box.y, cut->band_rows);
    const uint64_t slabs = ocs_div_up_u64((uint64_t)cut->threads * SLABS_PER_THREAD, bands);
    cut->emit_planes = clamp(ocs_div_up_u64(nz, slabs), shortest_slab(settings, cut->threads), nz);
    cut->filter_columns = SMALLEST_BLOCK;
    cut->gather_tiles = gather_tiles(settings, cut->chunk_bytes);
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map)
        cut->target_bytes[map] = ocs_cut_target_bytes(map, cut->chunk_bytes);
    ocs_layout_make(settings, inputs, cut->spectrum_in_memory, &cut->layout);
    cut->need_bytes = need_of(settings, inputs, cut);
}

static uint64_t full_band(const struct ocs_settings *settings)
{
    return ocs_div_up_u64(settings->box.y, OCS_ROW_BATCH) * OCS_ROW_BATCH;
}

static uint64_t half_band(uint64_t band_rows)
{
    return ocs_max_u64(OCS_ROW_BATCH, ocs_div_up_u64(band_rows / 2, OCS_ROW_BATCH) * OCS_ROW_BATCH);
}

static const uint64_t chunk_sizes[] = {MIB, MIB / 4, MIB / 16};
enum { CHUNK_SIZES = sizeof chunk_sizes / sizeof chunk_sizes[0] };

/* For one number of threads and one band, from the fastest to the leanest. */
static bool fits_band(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                      uint64_t memory_bytes, struct ocs_cut *cut)
{
    for (int size = 0; size < CHUNK_SIZES; ++size) {
        for (int in_scratch = 0; in_scratch < 2; ++in_scratch) {
            cut->chunk_bytes = chunk_sizes[size];
            cut->spectrum_in_memory = !in_scratch;
            complete(settings, inputs, cut);
            if (cut->need_bytes <= memory_bytes)
                return true;
        }
    }
    return false;
}

/* Bands cost repeated transforms along y, fewer threads cost more: in that order. */
static bool fits(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                 uint64_t memory_bytes, unsigned threads, struct ocs_cut *cut)
{
    for (cut->threads = threads; cut->threads >= 1; cut->threads /= 2) {
        cut->band_rows = full_band(settings);
        for (;;) {
            if (fits_band(settings, inputs, memory_bytes, cut))
                return true;
            if (cut->band_rows == OCS_ROW_BATCH)
                break;
            cut->band_rows = half_band(cut->band_rows);
        }
    }
    return false;
}

static uint64_t smallest_need(const struct ocs_settings *settings, const struct ocs_inputs *inputs)
{
    struct ocs_cut cut = {
        .threads = 1,
        .band_rows = OCS_ROW_BATCH,
        .chunk_bytes = chunk_sizes[CHUNK_SIZES - 1],
    };
    complete(settings, inputs, &cut);
    const uint64_t in_scratch = cut.need_bytes;
    cut.spectrum_in_memory = true;
    complete(settings, inputs, &cut);
    return ocs_min_u64(in_scratch, cut.need_bytes);
}

/* A filter block may be as large as what another pass needs anyway. */
static void widen_filter(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                         struct ocs_cut *cut)
{
    const struct scene scene = scene_of(settings, inputs, cut);
    const uint64_t planes = ocs_max_u64(settings->native_box.z, settings->box.z);
    const uint64_t column_bytes = planes * sizeof(float complex);
    const uint64_t most = cut->spectrum_in_memory ? CACHED_BLOCK : LARGEST_BLOCK;
    /* Besides the block a worker has two lines and its own state. */
    const uint64_t room = worker_need(&scene) / column_bytes;
    cut->filter_columns = clamp(room > 4 ? room - 4 : 0, SMALLEST_BLOCK, most);
    cut->need_bytes = need_of(settings, inputs, cut);
}

enum ocs_status ocs_cut_choose(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                               uint64_t memory_bytes, unsigned threads, struct ocs_cut *cut_ret,
                               uint64_t *smallest_ret, struct ocs_error *error)
{
    /* Rounded up to what a person would type. */
    const uint64_t smallest = ocs_div_up_u64(smallest_need(settings, inputs), MIB) * MIB;
    *smallest_ret = smallest;
    *cut_ret = (struct ocs_cut){0};
    if (fits(settings, inputs, memory_bytes, threads, cut_ret)) {
        widen_filter(settings, inputs, cut_ret);
        return OCS_OK;
    }
    ocs_fail(error, OCS_LIMIT, "planning", ocs_map_path(inputs->map),
             "%llu MiB of memory are too little for this map",
             (unsigned long long)(memory_bytes / MIB));
    ocs_advise(error, "give at least --memory %lluM", (unsigned long long)(smallest / MIB));
    return OCS_LIMIT;
}
