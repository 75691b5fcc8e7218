/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pass_moves.h"

#include "checked.h"
#include "spectrum_store.h"
#include "working_header.h"

#include <assert.h>
#include <stdio.h>

struct ocs_plan_pass *ocs_pass_list_add(struct ocs_pass_list *list, const char *name,
                                        const char *text)
{
    assert(list->summary->pass_count < OCS_REPORT_PASSES);
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
static uint64_t sweeps_of_file(struct ocs_pass_list *list, const struct ocs_map *map,
                               uint64_t sweeps)
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

void ocs_pass_reads_map(struct ocs_pass_list *list, struct ocs_plan_pass *pass,
                        const struct ocs_map *map, uint64_t sweeps)
{
    uint64_t *const where =
        map && ocs_map_comes_once(map) ? &pass->scratch_bytes : &pass->bytes_read;
    *where += sweeps_of_file(list, map, sweeps) * data_bytes(map);
}

/* Maps that are not modifications stay in a working box that is padded only for those. */
uint64_t ocs_pass_written_bytes(const struct ocs_plan *plan, unsigned outputs)
{
    const struct ocs_mrc *const map = ocs_map_mrc(plan->inputs.map);
    const struct ocs_mrc working = ocs_working_header(map, plan->settings.box);
    const struct ocs_mrc *const plain = plan->settings.padded ? &working : map;
    const unsigned modified = outputs & OCS_MODIFICATIONS;
    return ocs_map_file_bytes(map, plan->options.dtype) * (uint64_t)__builtin_popcount(modified) +
           ocs_map_file_bytes(plain, plan->options.dtype) *
               (uint64_t)__builtin_popcount(outputs & ~modified);
}

uint64_t ocs_box_float_bytes(struct ocs_box box)
{
    return ocs_box_voxels(box) * sizeof(float);
}

uint64_t ocs_pass_spectrum_bytes(const struct ocs_plan *plan, const struct ocs_spectral *spectral)
{
    return plan->cut.spectrum_in_memory ? 0
                                        : ocs_spectrum_store_bytes(ocs_spectral_planes(spectral),
                                                                   ocs_spectral_columns(spectral));
}

/* What one sweep over the working volume reads: from the map, or from scratch once it is cropped.
 */
void ocs_pass_reads_working(struct ocs_pass_list *list, struct ocs_plan_pass *pass)
{
    if (list->plan->settings.cropped)
        pass->scratch_bytes += ocs_box_float_bytes(list->plan->settings.box);
    else
        ocs_pass_reads_map(list, pass, list->plan->inputs.map, 1);
}

void ocs_pass_reads_definition(struct ocs_pass_list *list, struct ocs_plan_pass *pass)
{
    if (list->plan->settings.cropped && list->plan->inputs.definition)
        pass->scratch_bytes += ocs_box_float_bytes(list->plan->settings.box);
    else
        ocs_pass_reads_map(list, pass, list->plan->inputs.definition, 1);
}

void ocs_pass_reads_filtered(struct ocs_pass_list *list, struct ocs_plan_pass *pass)
{
    if (list->plan->settings.lowpass_active)
        pass->scratch_bytes += ocs_pass_spectrum_bytes(list->plan, &list->plan->settings.lowpass);
    else
        ocs_pass_reads_working(list, pass);
}

void ocs_pass_reads_targets(struct ocs_pass_list *list, struct ocs_plan_pass *pass)
{
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map) {
        if (list->plan->settings.padded && list->plan->inputs.target[map])
            pass->scratch_bytes += ocs_box_float_bytes(list->plan->settings.box);
        else
            ocs_pass_reads_map(list, pass, list->plan->inputs.target[map], 1);
    }
}

/* Levels of a pyramid are made one from the other, through scratch. */
uint64_t ocs_pass_first_means_bytes(const struct ocs_settings *settings, unsigned outputs)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        if (outputs >> i & 1)
            bytes += ocs_tiled_first_scratch_bytes(&settings->tiled,
                                                   ocs_settings_output_box(settings, i));
    return bytes;
}

void ocs_pass_goes_to_pipe(struct ocs_pass_list *list, struct ocs_plan_pass *pass)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    pass->scratch_bytes += 2 * settings->pipe_voxel_bytes * ocs_box_voxels(settings->native_box);
}

/* Writes `outputs`: files, or intermediates where they are finished later. */
void ocs_pass_writes_outputs(struct ocs_pass_list *list, struct ocs_plan_pass *pass,
                             unsigned outputs)
{
    const struct ocs_settings *const settings = &list->plan->settings;
    const unsigned finished = outputs & settings->finished;
    pass->bytes_written += ocs_pass_written_bytes(list->plan, outputs & ~finished);
    pass->scratch_bytes += ocs_pass_first_means_bytes(settings, outputs & ~finished);
    if (outputs & ~finished)
        ocs_pass_goes_to_pipe(list, pass);
    pass->scratch_bytes +=
        (uint64_t)__builtin_popcount(finished) * ocs_box_float_bytes(settings->modified_box);
}
