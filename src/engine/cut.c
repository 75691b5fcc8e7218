/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cut.h"

#include "checked.h"
#include "density.h"
#include "emit.h"
#include "fail.h"
#include "filter.h"
#include "gather.h"
#include "range.h"
#include "survey.h"
#include "sweep.h"
#include "writer.h"

enum {
    MIB = 1 << 20,
    PROCESS_BYTES = 13 * MIB,      /* measured: program, libraries, loop; see docs/performance.md */
    THREAD_BYTES = 192 << 10,      /* touched stack and allocator arena                     */
    MOST_GATHER_TILES = 64,
    SHORTEST_SLAB = 64,            /* planes of an emit slab: keeps the halo's share small     */
    SLABS_PER_THREAD = 4,
    SMALLEST_BLOCK = 8,            /* columns of a filter block: one cache line a plane        */
    LARGEST_BLOCK = 1024,
};

uint64_t ocs_process_bytes(unsigned threads)
{
    return PROCESS_BYTES + (uint64_t)threads * THREAD_BYTES;
}

static unsigned count_outputs(unsigned outputs)
{
    return (unsigned)__builtin_popcount(outputs);
}

static struct ocs_reading reading_of(const struct ocs_cut *cut)
{
    return (struct ocs_reading){.chunk_bytes = cut->chunk_bytes, .depth = cut->reads_ahead};
}

/* ---- what the passes need ---- */

static const struct ocs_spectral *lowpass_of(const struct ocs_settings *settings)
{
    return settings->lowpass_active ? &settings->lowpass : NULL;
}

static const struct ocs_spectral *scale_data_of(const struct ocs_settings *settings)
{
    return settings->scale_from_lowpass ? &settings->lowpass : NULL;
}

static uint64_t survey_need(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                            const struct ocs_cut *cut)
{
    const struct ocs_reading reading = reading_of(cut);
    return cut->threads *
           ocs_survey_need(&reading, &inputs->volume, lowpass_of(settings), settings->tiles);
}

static uint64_t filter_need(const struct ocs_settings *settings, const struct ocs_cut *cut)
{
    return settings->lowpass_active
               ? cut->threads * ocs_filter_need(&settings->lowpass, cut->filter_columns)
               : 0;
}

static uint64_t sweep_need(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                           const struct ocs_cut *cut)
{
    const struct ocs_reading reading = reading_of(cut);
    const uint64_t state = ocs_max_u64(ocs_range_state_bytes(), ocs_density_state_bytes());
    return cut->threads *
           ocs_sweep_need(&reading, &inputs->volume, lowpass_of(settings),
                          inputs->definition ? &inputs->definition_volume : NULL, state);
}

static uint64_t gather_need(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                            const struct ocs_cut *cut)
{
    if (!settings->tiles)
        return 0;
    return ocs_gather_need(&settings->grid, cut->gather_tiles) +
           cut->threads * ocs_gather_worker_need(&settings->grid, &inputs->volume,
                                                 scale_data_of(settings));
}

static uint64_t emit_need(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                          const struct ocs_cut *cut)
{
    const struct ocs_reading reading = reading_of(cut);
    const bool same = scale_data_of(settings) == lowpass_of(settings);
    return cut->threads * ocs_emit_need(&reading, &inputs->volume, scale_data_of(settings),
                                        lowpass_of(settings), same, &settings->ball,
                                        cut->band_rows) +
           ocs_writer_need(cut->chunk_bytes, cut->write_buffers);
}

static uint64_t spectrum_bytes(const struct ocs_settings *settings)
{
    return settings->lowpass_active
               ? ocs_spectrum_store_bytes(ocs_spectral_planes(&settings->lowpass),
                                          ocs_spectral_columns(&settings->lowpass))
               : 0;
}

static uint64_t need_of(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                        const struct ocs_cut *cut)
{
    uint64_t pass = survey_need(settings, inputs, cut);
    pass = ocs_max_u64(pass, filter_need(settings, cut));
    pass = ocs_max_u64(pass, sweep_need(settings, inputs, cut));
    pass = ocs_max_u64(pass, gather_need(settings, inputs, cut));
    pass = ocs_max_u64(pass, emit_need(settings, inputs, cut));
    const uint64_t spectrum =
        cut->spectrum_in_memory ? ocs_budget_cost(spectrum_bytes(settings)) : 0;
    const uint64_t tiles =
        settings->tiles ? ocs_budget_cost(sizeof(struct ocs_tile_counts)) : 0;
    return ocs_process_bytes(cut->threads) + spectrum + tiles + pass + MIB / 4;
}

/* ---- choosing ---- */

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
    return ocs_max_u64(ocs_min_u64(value, high), low);
}

/* Fills everything that follows from threads, band, place of the spectrum and chunk. */
static void complete(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                     struct ocs_cut *cut)
{
    const uint64_t nz = settings->box.z;
    const uint64_t outputs = count_outputs(settings->outputs);
    cut->reads_ahead = 3;
    cut->write_buffers = (unsigned)(cut->threads * outputs + outputs + 1);
    cut->sweep_planes = clamp(ocs_div_up_u64(nz, (uint64_t)cut->threads * 8), 1, nz);
    const uint64_t bands = ocs_div_up_u64(settings->box.y, cut->band_rows);
    const uint64_t slabs =
        ocs_div_up_u64((uint64_t)cut->threads * SLABS_PER_THREAD, bands);
    cut->emit_planes = clamp(ocs_div_up_u64(nz, slabs), ocs_min_u64(SHORTEST_SLAB, nz), nz);
    cut->filter_columns = settings->lowpass_active
                              ? clamp(4 * cut->chunk_bytes / (8 * ocs_spectral_planes(&settings->lowpass)),
                                      SMALLEST_BLOCK, LARGEST_BLOCK)
                              : 1;
    cut->gather_tiles =
        settings->tiles ? (unsigned)clamp(16 * cut->chunk_bytes /
                                              (ocs_tile_voxels(&settings->grid) * sizeof(float)),
                                          1, MOST_GATHER_TILES)
                        : 0;
    cut->scratch_bytes = cut->spectrum_in_memory ? 0 : spectrum_bytes(settings);
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
            cut->spectrum_in_memory = !in_scratch || !settings->lowpass_active;
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
        .spectrum_in_memory = !settings->lowpass_active,
    };
    complete(settings, inputs, &cut);
    const uint64_t in_scratch = cut.need_bytes;
    cut.spectrum_in_memory = true;
    complete(settings, inputs, &cut);
    return ocs_min_u64(in_scratch, cut.need_bytes);
}

enum ocs_status ocs_cut_choose(const struct ocs_settings *settings,
                               const struct ocs_inputs *inputs, uint64_t memory_bytes,
                               unsigned threads, struct ocs_cut *cut_ret, uint64_t *smallest_ret,
                               struct ocs_error *error)
{
    /* Rounded up to what a person would type. */
    const uint64_t smallest =
        ocs_div_up_u64(smallest_need(settings, inputs), MIB) * MIB;
    *smallest_ret = smallest;
    *cut_ret = (struct ocs_cut){0};
    if (fits(settings, inputs, memory_bytes, threads, cut_ret))
        return OCS_OK;
    ocs_fail(error, OCS_LIMIT, "planning", ocs_map_path(inputs->map),
             "%llu MiB of memory are too little for this map",
             (unsigned long long)(memory_bytes / MIB));
    ocs_advise(error, "give at least --memory %lluM", (unsigned long long)(smallest / MIB));
    return OCS_LIMIT;
}
