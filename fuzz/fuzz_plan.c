/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever a header says and options ask for, in whatever memory: a plan that keeps to it and whose
 * sums are the true ones, or a refusal; and the smallest memory that a refusal names works, while a
 * MiB less does not. Input: options, memory, threads, then the box and voxels of a map, or, with
 * the highest bit of the first byte behind them set, any header. The map's file is as long as its
 * header says, and has no data. Two bits of the last byte of the options say how the map comes: in
 * that file, as seekable zstd, as a Zarr store (which has the box and voxels, whatever the header
 * is); another bit puts a file behind a URL, and one has the map converted and not estimated. A
 * byte behind the header says what frames or store are like. */
#include "convert_plan.h"
#include "map_bytes.h"
#include "plan.h"
#include "planned_inputs.h"
#include "run_options.h"
#include "server.h"
#include "temporary.h"

#include "occustream/estimate.h"

#include <math.h>

__extension__ typedef unsigned __int128 wide;

enum { MIB = 1 << 20, MODES = 6 };

/* Of what is planned, in the last byte of the options. */
enum { AS_FRAMES = 2, AS_STORE = 4, BEHIND_URL = 8, CONVERTED = 16 };

static const int32_t modes[MODES] = {OCS_MODE_INT8,   OCS_MODE_INT16,   OCS_MODE_FLOAT32,
                                     OCS_MODE_UINT16, OCS_MODE_FLOAT16, OCS_MODE_UINT4};

/* ---- the map ---- */

/* Short and long axes alike. */
static uint64_t take_axis(struct fuzz_input *input)
{
    const unsigned shift = fuzz_take_u8(input) % 16;
    const uint64_t n = ((uint64_t)fuzz_take_u16(input) << 16) >> (16 + shift - shift % 16);
    return 16 + (shift > 11 ? n << (shift - 11) * 4 : n >> shift) % (INT32_MAX - 16);
}

struct map {
    unsigned char header[OCS_MRC_HEADER_BYTES];
    struct ocs_box box;
    int32_t mode;
    float voxel_ang;
};

static void take_map(struct fuzz_input *input, struct map *map)
{
    const uint8_t kind = fuzz_take_u8(input);
    *map = (struct map){.box = {64, 64, 64}, .mode = OCS_MODE_FLOAT32, .voxel_ang = 1};
    if (kind & 0x80) {
        fuzz_take(input, map->header, OCS_MRC_HEADER_BYTES);
        return;
    }
    map->box.x = take_axis(input);
    map->box.y = kind & 0x40 ? map->box.x : take_axis(input);
    map->box.z = kind & 0x40 ? map->box.x : take_axis(input);
    map->mode = modes[kind % MODES];
    map->voxel_ang = (float)(1 + fuzz_take_u16(input)) / 256;
    fuzz_make_header(map->box, map->mode, map->voxel_ang, map->header);
    /* No length or stack that some bytes do not change. */
    for (unsigned changes = fuzz_take_u8(input) % 4; changes > 0; --changes) {
        const unsigned at = 4 * (fuzz_take_u8(input) % 52U);
        fuzz_take(input, map->header + at, 4);
    }
}

/* In frames of 64 KiB to 64 MiB, as far as these are as many as may be. */
static struct fuzz_memory_file file_for(const struct map *map, unsigned how, unsigned way)
{
    static struct ocs_mrc mrc;
    struct ocs_error error;
    uint64_t bytes = OCS_MRC_HEADER_BYTES;
    if (ocs_mrc_parse(map->header, OCS_MRC_HEADER_BYTES, UINT64_MAX, "", &mrc, &error) == OCS_OK)
        bytes = mrc.expected_bytes;
    return how & AS_FRAMES ? fuzz_planned_frames(map->header, bytes, UINT64_C(1) << (16 + way % 11))
                           : fuzz_memory_file(map->header, OCS_MRC_HEADER_BYTES, bytes);
}

/* ---- sums, in twice the bits ---- */

static wide volume_bytes(struct ocs_box box, uint64_t voxel_bytes)
{
    return (wide)box.z * box.y * box.x * voxel_bytes;
}

/* Intermediate volumes and the spectrum in scratch do not overlap and end with the file. */
static void check_layout(const struct ocs_plan *plan)
{
    const struct ocs_settings *const settings = &plan->settings;
    const struct ocs_layout *const layout = &plan->cut.layout;
    wide least = plan->cut.spectrum_in_memory ? 0 : layout->spectrum_bytes;
    if (settings->cropped)
        least += volume_bytes(settings->box, 4);
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i) {
        if (!(settings->finished >> i & 1))
            continue;
        least += volume_bytes(settings->modified_box, 4);
        FUZZ_CHECK(layout->modified[i] + volume_bytes(settings->modified_box, 4) <= layout->bytes);
    }
    FUZZ_CHECK(least <= layout->bytes && layout->bytes <= INT64_MAX);
    if (settings->lowpass_active) /* the frequencies kept along x and y, of every plane */
        FUZZ_CHECK((wide)layout->spectrum_bytes >= (wide)settings->box.z * 8);
}

static void check_sums(const struct ocs_plan *plan)
{
    const struct ocs_plan_summary *const summary = ocs_plan_summary(plan);
    wide in = 0, out = 0;
    for (unsigned i = 0; i < summary->pass_count; ++i) {
        in += summary->passes[i].bytes_read;
        out += summary->passes[i].bytes_written;
    }
    FUZZ_CHECK(in == summary->bytes_read && out == summary->bytes_written);
    const struct ocs_mrc *const mrc = ocs_map_mrc(plan->inputs.map);
    FUZZ_CHECK(summary->bytes_read >= mrc->volume_bytes || ocs_map_zarr(plan->inputs.map));
    /* Modifications have the map's box; the other maps too, unless the rules crop all. */
    const struct ocs_settings *const settings = &plan->settings;
    const uint64_t voxel_bytes = plan->options.dtype == OCS_DTYPE_F16 ? 2 : 4;
    const unsigned modified = settings->outputs & OCS_MODIFICATIONS;
    const unsigned plain = settings->outputs & ~modified;
    const struct ocs_box plain_box = settings->padded ? settings->box : mrc->box;
    FUZZ_CHECK(summary->bytes_written >=
               (unsigned)__builtin_popcount(modified) * volume_bytes(mrc->box, voxel_bytes) +
                   (unsigned)__builtin_popcount(plain) * volume_bytes(plain_box, voxel_bytes));
}

/* Where files are kept in memory, what is needed without that is more. */
static void check_need(const struct ocs_plan_summary *summary, const struct ocs_cut *cut,
                       uint64_t memory)
{
    FUZZ_CHECK(cut->need_bytes <= memory && summary->memory_need_bytes == cut->need_bytes);
    FUZZ_CHECK(summary->memory_smallest_bytes <= memory);
    FUZZ_CHECK(cut->stocked ||
               summary->memory_smallest_bytes <= (cut->need_bytes + MIB - 1) / MIB * MIB);
}

static void check_cut(const struct ocs_plan *plan, uint64_t memory)
{
    const struct ocs_settings *const settings = &plan->settings;
    const struct ocs_cut *const cut = &plan->cut;
    const struct ocs_plan_summary *const summary = ocs_plan_summary(plan);
    check_need(summary, cut, memory);
    FUZZ_CHECK(cut->threads >= 1 && cut->threads <= plan->options.threads);
    FUZZ_CHECK(cut->emit_planes >= 1 &&
               cut->emit_planes <=
                   ocs_tiled_slab(&settings->tiled, settings->box, settings->box.z));
    FUZZ_CHECK(cut->band_rows >= 1 && cut->filter_columns >= 1);
    FUZZ_CHECK((cut->write_buffers >= 1) == (settings->tiled.format == OCS_FORMAT_MRC));
    /* A row in floats for every thread is the least that anything needs. */
    FUZZ_CHECK(cut->need_bytes > (wide)cut->threads * 4 * settings->box.x);
    if (cut->spectrum_in_memory)
        FUZZ_CHECK(cut->need_bytes > cut->layout.spectrum_bytes);
    FUZZ_CHECK(settings->box.x >= 16 && settings->box.y >= 16 && settings->box.z >= 16);
    FUZZ_CHECK(isfinite(settings->lowpass_ang) && settings->lowpass_ang > 0);
    FUZZ_CHECK(settings->tau > 0 && settings->tau <= 1 && settings->ball.voxels >= 1);
}

static void check_tiles(const struct ocs_tile_axis *axis, uint64_t n)
{
    FUZZ_CHECK(axis->side >= 1 && axis->count >= 1 && axis->edge >= 0);
    const wide last = (wide)ocs_tile_first(axis, axis->count - 1) + axis->side;
    FUZZ_CHECK(ocs_tile_first(axis, 0) + (wide)axis->side <= n && last <= n);
}

static void check_plan(const struct ocs_plan *plan, uint64_t memory)
{
    const struct ocs_settings *const settings = &plan->settings;
    check_cut(plan, memory);
    check_layout(plan);
    check_sums(plan);
    if (!settings->tiles)
        return;
    check_tiles(&settings->grid.z, settings->box.z);
    check_tiles(&settings->grid.y, settings->box.y);
    check_tiles(&settings->grid.x, settings->box.x);
    FUZZ_CHECK(settings->grid.rank <
               (wide)settings->grid.z.side * settings->grid.y.side * settings->grid.x.side);
}

/* ---- one plan, and the smallest memory ---- */

static enum ocs_status plan_estimate(const struct ocs_options *options, struct ocs_error *error)
{
    struct ocs_plan *plan;
    const enum ocs_status status = ocs_plan_make(options, &plan, error);
    if (status == OCS_OK) {
        check_plan(plan, options->memory_bytes);
        ocs_plan_destroy(plan);
    }
    return status;
}

static void check_conversion(const struct ocs_plan *plan, uint64_t memory)
{
    const struct ocs_plan_summary *const summary = &plan->summary;
    const struct ocs_cut *const cut = &plan->cut;
    check_need(summary, cut, memory);
    FUZZ_CHECK(cut->threads >= 1 && cut->threads <= plan->options.threads);
    FUZZ_CHECK(cut->layout.bytes <= INT64_MAX);
}

static enum ocs_status plan_conversion(const struct ocs_options *options, struct ocs_error *error)
{
    static const char *const suffixes[] = {".mrc", ".mrc.zst", ".zarr"};
    struct ocs_convert_options wish = OCS_CONVERT_OPTIONS_DEFAULT;
    struct ocs_convert_plan *plan;
    char out[256];
    snprintf(out, sizeof out, "%s/out%s", fuzz_folder(), suffixes[options->format]);
    wish.common = *options;
    wish.common.format = OCS_FORMAT_MRC; /* the name says it */
    wish.common.resume = false;
    wish.out = out;
    wish.dtype = options->dtype == OCS_DTYPE_F16 ? OCS_DTYPE_F16 : OCS_DTYPE_KEEP;
    wish.verify = options->exclude_solvent;
    const enum ocs_status status = ocs_convert_plan_make(&wish, &plan, error);
    if (status == OCS_OK) {
        check_conversion(&plan->base, options->memory_bytes);
        ocs_convert_plan_destroy(plan);
    }
    return status;
}

/* The smallest memory when too little was given; 0 for a plan or any other refusal. */
static uint64_t plan_in(const struct ocs_options *options, unsigned how)
{
    struct ocs_error error = {.status = OCS_OK};
    const enum ocs_status status =
        how & CONVERTED ? plan_conversion(options, &error) : plan_estimate(options, &error);
    if (status == OCS_OK)
        return 0;
    FUZZ_CHECK(error.status == status && error.what[0]);
    FUZZ_CHECK(status == OCS_USAGE || status == OCS_BAD_INPUT || status == OCS_LIMIT ||
               status == OCS_IO);
    const uint64_t named = fuzz_named_memory(&error);
    FUZZ_CHECK(named == 0 || named > options->memory_bytes);
    return named;
}

static void check_smallest(struct ocs_options *options, unsigned how, uint64_t smallest)
{
    options->memory_bytes = smallest;
    FUZZ_CHECK(plan_in(options, how) == 0);
    options->memory_bytes = smallest - MIB;
    FUZZ_CHECK(plan_in(options, how) == smallest);
}

static void plan_all(struct ocs_options *options, unsigned how, uint8_t masks, const char *path)
{
    options->map = path;
    options->solvent_def = masks & 1 ? path : NULL;
    options->target_mask = masks & 2 ? path : NULL;
    options->labels = masks & 4 ? path : NULL;
    const uint64_t smallest = plan_in(options, how);
    if (smallest > 0)
        check_smallest(options, how, smallest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct ocs_options options;
    fuzz_take_options(&input, NULL, &options);
    const uint8_t masks = size > 17 ? data[17] : 0;
    const unsigned how = size > FUZZ_LAST_OPTION ? data[FUZZ_LAST_OPTION] : 0;
    options.memory_bytes = UINT64_C(1) << fuzz_take_u8(&input) % 64;
    options.threads = 1 + fuzz_take_u16(&input) % 4096;
    options.max_voxels = UINT64_MAX;
    options.force = true;
    options.output_dir = options.scratch_dir = fuzz_folder();
    struct map map;
    take_map(&input, &map);
    const unsigned way = fuzz_take_u8(&input);
    struct fuzz_memory_file file = file_for(&map, how, way);
    char path[128];
    snprintf(path, sizeof path, "%s", how & BEHIND_URL ? fuzz_serve(file.fd) : file.path);
    if (how & AS_STORE) {
        snprintf(path, sizeof path, "%s/map.zarr", fuzz_input_folder());
        fuzz_planned_store(path, map.box, map.mode, map.voxel_ang, way);
    }
    plan_all(&options, how, masks, path);
    fuzz_memory_file_close(&file);
    fuzz_input_folder_clear();
    FUZZ_CHECK(fuzz_folder_files() == 0);
    return 0;
}
