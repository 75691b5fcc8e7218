/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layout.h"

#include "checked.h"
#include "spectrum_store.h"
#include "spool.h"

uint64_t ocs_box_voxels(struct ocs_box box)
{
    return box.z * box.y * box.x;
}

static uint64_t spectrum_bytes(const struct ocs_spectral *spectral)
{
    return ocs_spectrum_store_bytes(ocs_spectral_planes(spectral), ocs_spectral_columns(spectral));
}

static uint64_t largest_spectrum(const struct ocs_settings *settings)
{
    uint64_t largest = settings->cropped ? spectrum_bytes(&settings->crop) : 0;
    if (settings->lowpass_active)
        largest = ocs_max_u64(largest, spectrum_bytes(&settings->lowpass));
    if (settings->finished && settings->output_lowpass_active)
        largest = ocs_max_u64(largest, spectrum_bytes(&settings->output_lowpass));
    if (settings->finished && settings->padded)
        largest = ocs_max_u64(largest, spectrum_bytes(&settings->pad));
    return largest;
}

/* Gives the next `box` of the file. */
static uint64_t place(struct ocs_layout *layout, struct ocs_box box)
{
    const uint64_t offset = layout->bytes;
    layout->bytes += ocs_box_voxels(box) * sizeof(float);
    return offset;
}

static void place_spools(struct ocs_layout *layout, const struct ocs_inputs *inputs)
{
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        const struct ocs_map *const map = ocs_inputs_file(inputs, file);
        if (!map || !ocs_map_comes_once(map))
            continue;
        const struct ocs_spool_shape shape = ocs_map_spool_shape(map);
        layout->spool[file] = layout->bytes;
        layout->bytes += ocs_spool_bytes(&shape);
    }
}

void ocs_layout_make(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                     bool spectrum_in_memory, struct ocs_layout *layout_ret)
{
    struct ocs_layout layout = {.spectrum_bytes = largest_spectrum(settings)};
    layout.bytes = spectrum_in_memory ? 0 : layout.spectrum_bytes;
    if (settings->cropped)
        layout.working = place(&layout, settings->box);
    if (settings->cropped && inputs->definition)
        layout.definition = place(&layout, settings->box);
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map)
        if (settings->cropped && inputs->target[map])
            layout.target[map] = place(&layout, settings->box);
    for (int map = 0; map < OCS_WORKING_MAPS && settings->restored; ++map)
        if (map != OCS_WORKING_LOWPASS || settings->outputs & OCS_OUTPUT_LOWPASS)
            layout.maps[map] = place(&layout, settings->box);
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        if (settings->finished >> i & 1)
            layout.modified[i] = place(&layout, settings->modified_box);
    if (settings->finished && settings->padded && settings->output_lowpass_active)
        layout.filtered = place(&layout, settings->box);
    place_spools(&layout, inputs);
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i) {
        layout.pyramid[i] = layout.bytes;
        if (settings->outputs >> i & 1)
            layout.bytes +=
                ocs_tiled_scratch_bytes(&settings->tiled, ocs_settings_output_box(settings, i));
    }
    layout.pipe = layout.bytes;
    layout.bytes += ocs_box_voxels(settings->native_box) * settings->pipe_voxel_bytes;
    *layout_ret = layout;
}
