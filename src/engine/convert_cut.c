/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a conversion is cut so that it keeps its memory promise. */
#include "convert_plan.h"

#include "checked.h"
#include "checksum.h"
#include "cut_spool.h"
#include "fail.h"
#include "transfer.h"

enum { MIB = 1 << 20, SWEEP_SLABS = 8 };

static struct ocs_reading reading_of(const struct ocs_cut *cut)
{
    return (struct ocs_reading){.chunk_bytes = cut->chunk_bytes, .depth = cut->reads_ahead};
}

/* One worker in the hungrier of the sweeps that write. */
static uint64_t worker_need(const struct ocs_convert_plan *plan)
{
    const struct ocs_settings *const settings = &plan->base.settings;
    const struct ocs_cut *const cut = &plan->base.cut;
    const struct ocs_reading reading = reading_of(cut);
    const uint64_t main =
        ocs_transfer_need(&reading, &plan->base.inputs.volume, NULL, settings->native_box.x) +
        ocs_tiled_pen_need(&settings->tiled, settings->native_box, cut->output_rows) +
        (plan->verify ? ocs_checksum_pen_need(settings->native_box) : 0);
    return ocs_max_u64(main,
                       ocs_tiled_pyramid_need(&settings->tiled, settings->native_box, &reading));
}

static uint64_t shared_need(const struct ocs_convert_plan *plan)
{
    const struct ocs_settings *const settings = &plan->base.settings;
    const struct ocs_cut *const cut = &plan->base.cut;
    uint64_t need = ocs_cut_spool_shared(&plan->base.inputs) +
                    ocs_tiled_map_need(&settings->tiled, settings->native_box);
    if (cut->write_buffers > 0)
        need += ocs_writer_need(cut->chunk_bytes, cut->write_buffers);
    if (settings->pipe_voxel_bytes) /* and its thread */
        need += ocs_map_pipe_need(settings->native_box.z, cut->threads) + ocs_process_bytes(2) -
                ocs_process_bytes(1);
    if (settings->tiled.format == OCS_FORMAT_ZARR)
        need += ocs_chunk_process_need(&settings->tiled.codec);
    return need;
}

static uint64_t need(const struct ocs_convert_plan *plan)
{
    const struct ocs_cut *const cut = &plan->base.cut;
    const struct ocs_inputs *const inputs = &plan->base.inputs;
    const uint64_t sweeps =
        ocs_max_u64(cut->threads * worker_need(plan), ocs_convert_verify_need(plan));
    return ocs_process_bytes(cut->threads) + ocs_inputs_outside_bytes(inputs) + shared_need(plan) +
           ocs_max_u64(sweeps, ocs_cut_spool_pass(inputs, cut)) + MIB / 4;
}

static void complete(struct ocs_convert_plan *plan)
{
    struct ocs_cut *const cut = &plan->base.cut;
    const struct ocs_settings *const settings = &plan->base.settings;
    const bool plain = settings->tiled.format == OCS_FORMAT_MRC;
    cut->reads_ahead = 3;
    cut->sweep_slabs = ocs_volume_is_far(&plan->base.inputs.volume) ? 1 : SWEEP_SLABS;
    cut->write_buffers = plain && !settings->pipe_voxel_bytes ? cut->threads + 2 : 0;
    ocs_layout_make(settings, &plan->base.inputs, true, &cut->layout);
    cut->band_rows = cut->output_rows;
    cut->emit_planes = ocs_tiled_slab(
        &settings->tiled, settings->native_box,
        ocs_div_up_u64(settings->native_box.z, (uint64_t)cut->threads * cut->sweep_slabs));
    cut->need_bytes = need(plan);
}

/* Whole sections for plain files. */
static uint64_t band_of(const struct ocs_convert_plan *plan, uint64_t rows)
{
    const struct ocs_settings *const settings = &plan->base.settings;
    return settings->tiled.format == OCS_FORMAT_MRC
               ? settings->native_box.y
               : ocs_tiled_band(&settings->tiled, settings->native_box, ocs_max_u64(rows, 1));
}

/* The first is for where every request waits for a network, and so does every slab. */
static const uint64_t chunk_sizes[] = {4 * MIB, MIB, MIB / 4, MIB / 16};
enum { CHUNK_SIZES = sizeof chunk_sizes / sizeof chunk_sizes[0] };

static bool fits_band(struct ocs_convert_plan *plan, uint64_t memory_bytes)
{
    const bool far = ocs_volume_is_far(&plan->base.inputs.volume);
    for (int size = far ? 0 : 1; size < CHUNK_SIZES; ++size) {
        plan->base.cut.chunk_bytes = chunk_sizes[size];
        complete(plan);
        if (plan->base.cut.need_bytes <= memory_bytes)
            return true;
    }
    return false;
}

/* Smaller reads give way first, then bands, then threads. */
static bool fits(struct ocs_convert_plan *plan, uint64_t memory_bytes, unsigned threads)
{
    struct ocs_cut *const cut = &plan->base.cut;
    for (cut->threads = threads; cut->threads >= 1; cut->threads /= 2) {
        cut->output_rows = band_of(plan, plan->base.settings.native_box.y);
        for (;;) {
            if (fits_band(plan, memory_bytes))
                return true;
            const uint64_t half = band_of(plan, cut->output_rows / 2);
            if (half >= cut->output_rows)
                break;
            cut->output_rows = half;
        }
    }
    return false;
}

static uint64_t smallest_need(struct ocs_convert_plan *plan)
{
    plan->base.cut = (struct ocs_cut){
        .threads = 1,
        .chunk_bytes = chunk_sizes[CHUNK_SIZES - 1],
        .output_rows = band_of(plan, 1),
    };
    complete(plan);
    return plan->base.cut.need_bytes;
}

enum ocs_status ocs_convert_cut(struct ocs_convert_plan *plan, uint64_t memory_bytes,
                                unsigned threads, uint64_t *smallest_ret, struct ocs_error *error)
{
    const uint64_t smallest = ocs_div_up_u64(smallest_need(plan), MIB) * MIB;
    *smallest_ret = smallest;
    if (fits(plan, memory_bytes, threads))
        return OCS_OK;
    ocs_fail(error, OCS_LIMIT, "planning", ocs_map_path(plan->base.inputs.map),
             "%llu MiB of memory is too little for this map",
             (unsigned long long)(memory_bytes / MIB));
    ocs_advise(error, "give at least --memory %lluM", (unsigned long long)(smallest / MIB));
    return OCS_LIMIT;
}
