/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a conversion is cut so that it keeps its memory promise. */
#include "convert_plan.h"

#include "checked.h"
#include "checksum.h"
#include "cut_spool.h"
#include "fail.h"
#include "pack.h"
#include "writer.h"

enum { MIB = 1 << 20 };

static struct ocs_reading reading_of(const struct ocs_cut *cut)
{
    return (struct ocs_reading){.chunk_bytes = cut->chunk_bytes, .depth = cut->reads_ahead};
}

/* One worker that fills a coarser level, a block at a time, from floats in scratch. */
static uint64_t level_need(const struct ocs_convert_target *target,
                           const struct ocs_reading *reading)
{
    struct ocs_box boxes[OCS_PYRAMID_MAX];
    const unsigned levels = ocs_pyramid_boxes(target->like->box, target->chunk, boxes);
    uint64_t largest = 0;
    for (unsigned level = 1; level < levels; ++level) {
        const struct ocs_tiling tiling =
            ocs_tiling_of_level(target->like->box, target->chunk, &target->voxels, level);
        const struct ocs_volume means = {.box = boxes[level]};
        largest = ocs_max_u64(
            largest, ocs_pack_need(reading, &means) +
                         ocs_zarr_pen_need(&tiling, &target->codec, ocs_tiling_block(&tiling).y));
    }
    return largest;
}

/* One worker in the hungrier of the sweeps that write. */
static uint64_t worker_need(const struct ocs_convert_plan *plan)
{
    const struct ocs_convert_target *const target = &plan->target;
    const struct ocs_reading reading = reading_of(&plan->base.cut);
    const uint64_t main = ocs_pack_need(&reading, &plan->base.inputs.volume) +
                          ocs_convert_pen_need(target, &plan->base.cut) +
                          (plan->verify ? ocs_checksum_pen_need(target->like->box) : 0);
    return target->format == OCS_CONVERT_ZARR ? ocs_max_u64(main, level_need(target, &reading))
                                              : main;
}

static uint64_t need(const struct ocs_convert_plan *plan)
{
    const struct ocs_cut *const cut = &plan->base.cut;
    const struct ocs_inputs *const inputs = &plan->base.inputs;
    return ocs_process_bytes(cut->threads) + ocs_inputs_outside_bytes(inputs) +
           ocs_writer_need(cut->chunk_bytes, cut->write_buffers) + ocs_cut_spool_shared(inputs) +
           ocs_convert_shared_need(&plan->target, cut) +
           ocs_max_u64(ocs_max_u64(cut->threads * worker_need(plan), ocs_convert_verify_need(plan)),
                       ocs_cut_spool_pass(inputs, cut)) +
           MIB / 4;
}

static void complete(struct ocs_convert_plan *plan)
{
    struct ocs_cut *const cut = &plan->base.cut;
    cut->reads_ahead = 3;
    cut->write_buffers = cut->threads + 2;
    ocs_layout_make(&plan->base.settings, &plan->base.inputs, true, &cut->layout);
    cut->layout.bytes += ocs_convert_scratch_bytes(&plan->target);
    cut->emit_planes = ocs_convert_slabs(&plan->target, cut).planes;
    cut->need_bytes = need(plan);
}

static uint64_t next_band(const struct ocs_convert_target *target, uint64_t rows)
{
    if (!ocs_convert_is_tiled(target))
        return target->like->box.y;
    const struct ocs_tiling tiling = ocs_convert_tiling(target);
    return ocs_tiling_band(&tiling, rows);
}

static const uint64_t chunk_sizes[] = {MIB, MIB / 4, MIB / 16};
enum { CHUNK_SIZES = sizeof chunk_sizes / sizeof chunk_sizes[0] };

/* Smaller reads first, then narrower bands, then fewer threads. */
static bool fits_band(struct ocs_convert_plan *plan, uint64_t memory_bytes)
{
    for (int size = 0; size < CHUNK_SIZES; ++size) {
        plan->base.cut.chunk_bytes = chunk_sizes[size];
        complete(plan);
        if (plan->base.cut.need_bytes <= memory_bytes)
            return true;
    }
    return false;
}

static bool fits(struct ocs_convert_plan *plan, uint64_t memory_bytes, unsigned threads)
{
    struct ocs_cut *const cut = &plan->base.cut;
    for (cut->threads = threads; cut->threads >= 1; cut->threads /= 2) {
        cut->band_rows = next_band(&plan->target, plan->target.like->box.y);
        for (;;) {
            if (fits_band(plan, memory_bytes))
                return true;
            const uint64_t half = next_band(&plan->target, cut->band_rows / 2);
            if (half >= cut->band_rows)
                break;
            cut->band_rows = half;
        }
    }
    return false;
}

static uint64_t smallest_need(struct ocs_convert_plan *plan)
{
    plan->base.cut = (struct ocs_cut){
        .threads = 1,
        .chunk_bytes = chunk_sizes[CHUNK_SIZES - 1],
        .band_rows = next_band(&plan->target, 1),
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
             "%llu MiB of memory are too little for this map",
             (unsigned long long)(memory_bytes / MIB));
    ocs_advise(error, "give at least --memory %lluM", (unsigned long long)(smallest / MIB));
    return OCS_LIMIT;
}
