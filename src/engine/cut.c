/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cut.h"

#include "ball_max.h"
#include "checked.h"
#include "cut_targets.h"
#include "fail.h"
#include "need.h"
#include "pass.h"
#include "tile_count.h"

#include <complex.h>

enum {
    MIB = 1 << 20,
    MOST_GATHER_TILES = 128,
    AMPLE_SLAB = 64,          /* planes of an emit slab with a small share of halo           */
    SLAB_REACHES = 4,         /* planes of the shortest one, in reaches of the kernel        */
    EMIT_SLABS = 4,           /* a thread: enough to share the work evenly                     */
    SWEEP_SLABS = 8,          /* where there is no halo                                        */
    FAR_READS = 4,            /* at least so many over a map behind a network, to go on at once */
    CACHED_PLANES = 14 * MIB, /* of a thread in the emit sweep: measured                     */
    LEAST_CACHED_BAND = 128,
    SMALLEST_BLOCK = 8,   /* columns of a filter block: one cache line a plane         */
    CACHED_BLOCK = 64,    /* from a spectrum in memory: a block that stays in the cache */
    LARGEST_BLOCK = 4096, /* from scratch: pieces of a plane that are worth a read      */
};

static unsigned count_outputs(unsigned outputs)
{
    return (unsigned)__builtin_popcount(outputs);
}

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

static bool is_stocked(const struct ocs_cut *cut, unsigned file)
{
    return cut->stocked >> file & 1;
}

/* Whether every read of the map waits for a network. */
static bool is_far(const struct ocs_inputs *inputs, const struct ocs_cut *cut)
{
    return ocs_volume_is_far(&inputs->volume) && !is_stocked(cut, OCS_INPUT_MAP);
}

/* Fills everything that follows from threads, band, place of the spectrum and chunk. */
static void complete(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                     struct ocs_cut *cut)
{
    const uint64_t nz = settings->box.z;
    const uint64_t outputs = count_outputs(settings->outputs);
    cut->reads_ahead = cut->ample ? 6 : 3;
    /* Tiles are written by the worker that has them. */
    cut->write_buffers =
        settings->tiled.format == OCS_FORMAT_MRC
            ? (unsigned)((cut->ample ? 2 : 1) * (cut->threads * outputs + outputs + 1))
            : 0;
    /* A slab begins with a wait for the network. */
    const bool far = is_far(inputs, cut);
    const unsigned emit_slabs = far ? 1 : EMIT_SLABS;
    cut->sweep_slabs = far ? 1 : SWEEP_SLABS;
    const uint64_t bands = ocs_div_up_u64(settings->box.y, cut->band_rows);
    const uint64_t slabs = ocs_div_up_u64((uint64_t)cut->threads * emit_slabs, bands);
    cut->emit_planes = clamp(ocs_div_up_u64(nz, slabs), shortest_slab(settings, cut->threads), nz);
    cut->emit_planes = ocs_tiled_slab(&settings->tiled, settings->box, cut->emit_planes);
    cut->filter_columns = SMALLEST_BLOCK;
    cut->gather_tiles = gather_tiles(settings, cut->chunk_bytes);
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map)
        cut->target_bytes[map] = ocs_cut_target_bytes(map, cut->chunk_bytes);
    ocs_layout_make(settings, inputs, cut->spectrum_in_memory, &cut->layout);
    cut->need_bytes = ocs_need_run(settings, inputs, cut);
}

/* The planes the ball maximum goes over again and again are to stay in a processor's cache, as far
 * as the halo of a band allows it. */
static uint64_t widest_band(const struct ocs_settings *settings)
{
    const uint64_t planes =
        3 * (uint64_t)settings->ball.reach_z + 2 * (uint64_t)ocs_ball_max_group(&settings->ball);
    const uint64_t row_bytes = planes * settings->box.x * sizeof(float);
    const uint64_t rows = ocs_max_u64(CACHED_PLANES / row_bytes, LEAST_CACHED_BAND);
    const uint64_t bands = ocs_div_up_u64(settings->box.y, rows); /* all of the same width */
    return ocs_div_up_u64(ocs_div_up_u64(settings->box.y, bands), OCS_ROW_BATCH) * OCS_ROW_BATCH;
}

enum { MOST_HALVINGS = 31 };

static uint64_t halved_band(uint64_t rows, unsigned halvings)
{
    return ocs_max_u64(ocs_div_up_u64(rows >> halvings, OCS_ROW_BATCH), 1) * OCS_ROW_BATCH;
}

static void set_bands(const struct ocs_settings *settings, unsigned halvings, struct ocs_cut *cut)
{
    const struct ocs_tiled *const tiled = &settings->tiled;
    const struct ocs_box native = settings->native_box;
    cut->band_rows =
        ocs_tiled_band(tiled, settings->box, halved_band(widest_band(settings), halvings));
    /* Only gathering chunks takes memory by the band there. */
    cut->output_rows = tiled->format == OCS_FORMAT_ZARR
                           ? ocs_tiled_band(tiled, native, halved_band(native.y, halvings))
                           : 0;
}

/* The larger ones are worth it where every request waits for a network. */
static const struct {
    uint64_t bytes;
    bool ample;
} chunk_sizes[] = {
    {8 * MIB, true}, {4 * MIB, true},  {2 * MIB, true},   {MIB, true},
    {MIB, false},    {MIB / 4, false}, {MIB / 16, false},
};
enum { CHUNK_SIZES = sizeof chunk_sizes / sizeof chunk_sizes[0], LARGEST_NEAR_CHUNK = 3 };

static int largest_chunk(const struct ocs_inputs *inputs, const struct ocs_cut *cut)
{
    if (!is_far(inputs, cut))
        return LARGEST_NEAR_CHUNK;
    const struct ocs_mrc *const mrc = ocs_map_mrc(inputs->map);
    const uint64_t bytes = mrc->box.z * mrc->box.y * mrc->row_bytes;
    int largest = 0;
    while (largest < LARGEST_NEAR_CHUNK && FAR_READS * chunk_sizes[largest].bytes > bytes)
        ++largest;
    return largest;
}

/* Whether anything that computing takes its time from gave way (never, for NULL); smaller writes
 * cost less than reading over a network again. */
static bool is_worse(const struct ocs_cut *cut, const struct ocs_cut *than)
{
    return than && (cut->threads < than->threads || cut->band_rows < than->band_rows ||
                    cut->output_rows < than->output_rows ||
                    (than->spectrum_in_memory && !cut->spectrum_in_memory));
}

/* For one number of threads and one band, from the fastest to the leanest. */
static bool fits_band(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                      uint64_t memory_bytes, const struct ocs_cut *least, struct ocs_cut *cut)
{
    for (int size = largest_chunk(inputs, cut); size < CHUNK_SIZES; ++size) {
        for (int in_scratch = settings->kept; in_scratch < 2; ++in_scratch) {
            cut->chunk_bytes = chunk_sizes[size].bytes;
            cut->ample = chunk_sizes[size].ample;
            cut->spectrum_in_memory = !in_scratch;
            complete(settings, inputs, cut);
            if (cut->need_bytes <= memory_bytes && !is_worse(cut, least))
                return true;
        }
    }
    return false;
}

/* Bands cost repeated transforms along y, fewer threads cost more: in that order. `least` NULL: any
 * cut will do. */
static bool fits(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                 uint64_t memory_bytes, unsigned threads, const struct ocs_cut *least,
                 struct ocs_cut *cut)
{
    for (cut->threads = threads; cut->threads >= 1; cut->threads /= 2) {
        for (unsigned halvings = 0; halvings <= MOST_HALVINGS; ++halvings) {
            const uint64_t before = halvings ? cut->band_rows + cut->output_rows : 0;
            set_bands(settings, halvings, cut);
            if (cut->band_rows + cut->output_rows != before &&
                fits_band(settings, inputs, memory_bytes, least, cut))
                return true;
        }
    }
    return false;
}

static uint64_t smallest_need(const struct ocs_settings *settings, const struct ocs_inputs *inputs)
{
    struct ocs_cut cut = {
        .threads = 1,
        .chunk_bytes = chunk_sizes[CHUNK_SIZES - 1].bytes,
    };
    set_bands(settings, MOST_HALVINGS, &cut);
    complete(settings, inputs, &cut);
    const uint64_t in_scratch = cut.need_bytes;
    if (settings->kept)
        return in_scratch;
    cut.spectrum_in_memory = true;
    complete(settings, inputs, &cut);
    return ocs_min_u64(in_scratch, cut.need_bytes);
}

/* Whether several sweeps read it. */
static bool is_read_again(const struct ocs_settings *settings, unsigned file)
{
    if (file != OCS_INPUT_MAP)
        return file != OCS_INPUT_DEFINITION || !settings->cropped;
    const bool modified = settings->outputs & OCS_MODIFICATIONS;
    if (settings->cropped)
        return modified && (settings->restored || settings->finished);
    return modified || !settings->lowpass_active || !settings->scale_from_lowpass;
}

/* What is behind a URL is kept in memory where there is room for it. */
static void stock(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                  uint64_t memory_bytes, unsigned threads, struct ocs_cut *cut)
{
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        const struct ocs_map *const map = ocs_inputs_file(inputs, file);
        if (!map || !ocs_map_can_stock(map) || !is_read_again(settings, file))
            continue;
        struct ocs_cut with = {.stocked = cut->stocked | 1U << file};
        if (fits(settings, inputs, memory_bytes, threads, cut, &with))
            *cut = with;
    }
}

/* A filter block may be as large as what another pass needs anyway. */
static void widen_filter(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                         struct ocs_cut *cut)
{
    const uint64_t planes = ocs_max_u64(settings->native_box.z, settings->box.z);
    const uint64_t column_bytes = planes * sizeof(float complex);
    const uint64_t most = cut->spectrum_in_memory ? CACHED_BLOCK : LARGEST_BLOCK;
    /* Besides the block a worker has two lines and its own state. */
    const uint64_t room = ocs_need_worker(settings, inputs, cut) / column_bytes;
    const uint64_t need = cut->need_bytes;
    cut->filter_columns = clamp(room > 4 ? room - 4 : 0, SMALLEST_BLOCK, most);
    cut->need_bytes = ocs_need_run(settings, inputs, cut);
    /* Blocks of memory are rounded up, which may be more than short columns. */
    while (cut->need_bytes > need && cut->filter_columns > SMALLEST_BLOCK) {
        cut->filter_columns = ocs_max_u64(cut->filter_columns - SMALLEST_BLOCK, SMALLEST_BLOCK);
        cut->need_bytes = ocs_need_run(settings, inputs, cut);
    }
}

enum ocs_status ocs_cut_choose(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                               uint64_t memory_bytes, unsigned threads, struct ocs_cut *cut_ret,
                               uint64_t *smallest_ret, struct ocs_error *error)
{
    /* Rounded up to what a person would type. */
    const uint64_t smallest = ocs_div_up_u64(smallest_need(settings, inputs), MIB) * MIB;
    *smallest_ret = smallest;
    *cut_ret = (struct ocs_cut){0};
    if (fits(settings, inputs, memory_bytes, threads, NULL, cut_ret)) {
        stock(settings, inputs, memory_bytes, threads, cut_ret);
        widen_filter(settings, inputs, cut_ret);
        return OCS_OK;
    }
    ocs_fail(error, OCS_LIMIT, "planning", ocs_map_path(inputs->map),
             "%llu MiB of memory is too little for this map",
             (unsigned long long)(memory_bytes / MIB));
    ocs_advise(error, "give at least --memory %lluM", (unsigned long long)(smallest / MIB));
    return OCS_LIMIT;
}
