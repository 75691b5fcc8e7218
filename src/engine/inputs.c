/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inputs.h"

#include "fail.h"
#include "loop.h"
#include "source.h"

static enum ocs_status open_map(const struct ocs_options *options, uint64_t level,
                                struct ocs_inputs *inputs, struct ocs_error *error)
{
    const struct ocs_map_spec spec = {
        .path = options->map,
        .io = options->io,
        .volume = options->volume,
        .max_voxels = options->max_voxels,
        .max_expansion = options->max_expansion,
        .connections = options->connections,
        .level = level,
        .loop = inputs->loop,
        .budget = inputs->budget,
    };
    return ocs_map_open(&spec, &inputs->map, error);
}

/* A mask must lie on the map voxel by voxel; its mode and byte order are its own. */
static enum ocs_status open_mask(const struct ocs_options *options, const char *path,
                                 const struct ocs_inputs *inputs, struct ocs_map **mask_ret,
                                 struct ocs_error *error)
{
    const struct ocs_box box = inputs->volume.box;
    const struct ocs_map_spec spec = {
        .path = path,
        .io = options->io,
        .volume = 1,
        .max_voxels = options->max_voxels,
        .max_expansion = options->max_expansion,
        .connections = options->connections,
        .level = OCS_LEVEL_AUTO,
        .loop = inputs->loop,
        .budget = inputs->budget,
    };
    const enum ocs_status status = ocs_map_open(&spec, mask_ret, error);
    if (status != OCS_OK)
        return status;
    const struct ocs_box mask = ocs_map_mrc(*mask_ret)->box;
    if (ocs_box_same(mask, box))
        return OCS_OK;
    ocs_map_close(*mask_ret);
    *mask_ret = NULL;
    ocs_fail(error, OCS_BAD_INPUT, "opening", path,
             "its box of %llu x %llu x %llu is not the map's %llu x %llu x %llu",
             (unsigned long long)mask.x, (unsigned long long)mask.y, (unsigned long long)mask.z,
             (unsigned long long)box.x, (unsigned long long)box.y, (unsigned long long)box.z);
    ocs_advise(error, "give a mask made for this map");
    return OCS_BAD_INPUT;
}

static struct ocs_volume volume_of(const struct ocs_map *map, bool zero_nonfinite)
{
    return (struct ocs_volume){
        .box = ocs_map_mrc(map)->box, .map = map, .zero_nonfinite = zero_nonfinite};
}

/* `path` NULL: there is none. */
static enum ocs_status open_beside(const struct ocs_options *options, const char *path,
                                   const struct ocs_inputs *inputs, struct ocs_map **mask_ret,
                                   struct ocs_error *error)
{
    return path ? open_mask(options, path, inputs, mask_ret, error) : OCS_OK;
}

/* NaN and infinities mark nothing in a mask; in a label map they are to be found and refused. */
static void place_masks(struct ocs_inputs *inputs)
{
    if (inputs->definition)
        inputs->definition_volume = volume_of(inputs->definition, true);
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map)
        if (inputs->target[map])
            inputs->target_volume[map] = volume_of(inputs->target[map], map == OCS_TARGET_MASK);
}

enum ocs_status ocs_inputs_open_map(const struct ocs_options *options, uint64_t level,
                                    struct ocs_inputs *inputs, struct ocs_error *error)
{
    *inputs = (struct ocs_inputs){0};
    enum ocs_status status = ocs_budget_create(UINT64_MAX, &inputs->budget, error);
    if (status == OCS_OK)
        status = ocs_loop_create(&inputs->loop, error);
    if (status == OCS_OK)
        status = open_map(options, level, inputs, error);
    if (status != OCS_OK)
        return status;
    inputs->volume = volume_of(inputs->map, options->nonfinite == OCS_NONFINITE_ZERO);
    inputs->raw_volume = volume_of(inputs->map, false);
    return OCS_OK;
}

enum ocs_status ocs_inputs_open(const struct ocs_options *options, struct ocs_inputs *inputs,
                                struct ocs_error *error)
{
    enum ocs_status status = ocs_inputs_open_map(options, OCS_LEVEL_AUTO, inputs, error);
    if (status != OCS_OK)
        return status;
    status = open_beside(options, options->solvent_def, inputs, &inputs->definition, error);
    for (unsigned map = 0; map < OCS_TARGET_MAPS && status == OCS_OK; ++map)
        status =
            open_beside(options, map == OCS_TARGET_MASK ? options->target_mask : options->labels,
                        inputs, &inputs->target[map], error);
    if (status == OCS_OK)
        place_masks(inputs);
    return status;
}

struct ocs_map *ocs_inputs_file(const struct ocs_inputs *inputs, unsigned file)
{
    switch (file) {
    case OCS_INPUT_MAP:
        return inputs->map;
    case OCS_INPUT_DEFINITION:
        return inputs->definition;
    default:
        return inputs->target[file - OCS_INPUT_TARGETS];
    }
}

void ocs_inputs_set_spool(struct ocs_inputs *inputs, unsigned file, const struct ocs_spool *spool)
{
    switch (file) {
    case OCS_INPUT_MAP:
        inputs->volume.spool = inputs->raw_volume.spool = spool;
        break;
    case OCS_INPUT_DEFINITION:
        inputs->definition_volume.spool = spool;
        break;
    default:
        inputs->target_volume[file - OCS_INPUT_TARGETS].spool = spool;
    }
}

void ocs_inputs_set_stocked(struct ocs_inputs *inputs, unsigned stocked)
{
    const bool map = stocked >> OCS_INPUT_MAP & 1;
    inputs->volume.stocked = inputs->raw_volume.stocked = map;
    inputs->definition_volume.stocked = stocked >> OCS_INPUT_DEFINITION & 1;
    for (unsigned target = 0; target < OCS_TARGET_MAPS; ++target)
        inputs->target_volume[target].stocked = stocked >> (OCS_INPUT_TARGETS + target) & 1;
}

uint64_t ocs_inputs_stock_bytes(const struct ocs_inputs *inputs, unsigned stocked)
{
    uint64_t bytes = 0;
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file)
        if (stocked >> file & 1)
            bytes += ocs_map_stock_bytes(ocs_inputs_file(inputs, file));
    return bytes;
}

uint64_t ocs_inputs_stock_need(const struct ocs_inputs *inputs, unsigned stocked)
{
    uint64_t need = 0;
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file)
        if (stocked >> file & 1)
            need += ocs_map_stock_need(ocs_inputs_file(inputs, file));
    return need;
}

enum ocs_status ocs_inputs_stock(const struct ocs_inputs *inputs, unsigned stocked,
                                 struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned file = 0; file < OCS_INPUT_FILES && status == OCS_OK; ++file)
        if (stocked >> file & 1)
            status = ocs_map_stock(ocs_inputs_file(inputs, file), inputs->budget, error);
    return status;
}

void ocs_inputs_unstock(const struct ocs_inputs *inputs)
{
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        const struct ocs_map *const map = ocs_inputs_file(inputs, file);
        if (map)
            ocs_map_unstock(map);
    }
}

void ocs_inputs_close(struct ocs_inputs *inputs)
{
    ocs_map_close(inputs->map);
    ocs_map_close(inputs->definition);
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map)
        ocs_map_close(inputs->target[map]);
    ocs_loop_destroy(inputs->loop);
    ocs_budget_destroy(inputs->budget);
    *inputs = (struct ocs_inputs){0};
}

uint64_t ocs_inputs_outside_bytes(const struct ocs_inputs *inputs)
{
    uint64_t bytes = 0;
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        const struct ocs_map *const map = ocs_inputs_file(inputs, file);
        bytes += map ? ocs_map_outside_bytes(map) : 0;
    }
    return bytes > 0 ? bytes + OCS_URL_LIBRARY_BYTES : 0;
}

void ocs_inputs_interrupt(const struct ocs_inputs *inputs)
{
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        const struct ocs_map *const map = ocs_inputs_file(inputs, file);
        if (map)
            ocs_map_interrupt(map);
    }
}
