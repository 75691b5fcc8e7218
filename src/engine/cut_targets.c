/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cut_targets.h"

#include "checked.h"
#include "gather.h"
#include "target_sample.h"
#include "target_scale.h"
#include "target_select.h"
#include "target_tiles.h"

#include "occustream/report.h"

/* A mask is one label: two sweeps of 16 bits each. Label maps may have thousands, which more memory
 * serves with fewer sweeps. */
enum {
    MIB = 1 << 20,
    MASK_BYTES = (1 << 16) * sizeof(uint64_t),
    LEAST_LABEL_BYTES = MIB,
    LABEL_CHUNKS = 8,
    LABEL_SCALE_BYTES = 2 * MIB,
};

uint64_t ocs_cut_target_bytes(unsigned map, uint64_t chunk_bytes)
{
    return map == OCS_TARGET_MASK ? MASK_BYTES
                                  : ocs_max_u64(LABEL_CHUNKS * chunk_bytes, LEAST_LABEL_BYTES);
}

uint64_t ocs_cut_target_scale_bytes(unsigned map)
{
    return map == OCS_TARGET_MASK ? ocs_target_scale_most_bytes(1) : LABEL_SCALE_BYTES;
}

static bool has_own_tiles(const struct ocs_settings *settings, const struct ocs_inputs *inputs)
{
    return settings->rules.target_is_largest && inputs->target[OCS_TARGET_MASK];
}

/* Only the tiles' extent matters here, so any grid of that side will do. */
static struct ocs_tile_grid own_grid(void)
{
    const struct ocs_tile_axis axis = {.side = OCS_TARGET_TILE_SIDE};
    return (struct ocs_tile_grid){.z = axis, .y = axis, .x = axis};
}

uint64_t ocs_cut_targets_shared(const struct ocs_settings *settings,
                                const struct ocs_inputs *inputs, const struct ocs_cut *cut)
{
    const struct ocs_tile_grid grid = own_grid();
    uint64_t kept = 0, passing = 0;
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map) {
        if (!inputs->target[map])
            continue;
        const uint64_t limit = cut->target_bytes[map];
        kept += ocs_budget_cost(sizeof(struct ocs_label_set)) +
                ocs_target_scale_need(ocs_cut_target_scale_bytes(map)) +
                OCS_LABELS_MAX * sizeof(struct ocs_report_target);
        passing = ocs_max_u64(passing, ocs_target_select_need(limit));
        passing = ocs_max_u64(passing, ocs_budget_cost(sizeof(struct ocs_label_scan)));
    }
    if (has_own_tiles(settings, inputs))
        passing = ocs_max_u64(passing, ocs_budget_cost(sizeof(struct ocs_tile_counts)) +
                                           ocs_gather_need(&grid, OCS_TARGET_TILES_AT_ONCE));
    return kept + passing;
}

static uint64_t map_sweep(const struct ocs_settings *settings, const struct ocs_volume *labels,
                          uint64_t limit, const struct ocs_reading *reading,
                          const struct ocs_volume *working, const struct ocs_spectral *scale_data)
{
    const struct ocs_volume sampled = {.box = settings->box};
    const uint64_t scan = ocs_sweep_need(reading, labels, NULL, NULL, ocs_label_scan_state_bytes());
    const uint64_t select =
        ocs_sweep_need(reading, working, scale_data, settings->cropped ? &sampled : labels, limit);
    const uint64_t sample =
        settings->cropped ? ocs_target_sample_need(reading, labels, settings->box) : 0;
    return ocs_max_u64(ocs_max_u64(scan, select), sample);
}

uint64_t ocs_cut_targets_sweep(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                               const struct ocs_cut *cut, const struct ocs_reading *reading,
                               const struct ocs_volume *working,
                               const struct ocs_spectral *scale_data)
{
    const struct ocs_tile_grid grid = own_grid();
    uint64_t need = 0;
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map)
        if (inputs->target[map])
            need =
                ocs_max_u64(need, map_sweep(settings, &inputs->target_volume[map],
                                            cut->target_bytes[map], reading, working, scale_data));
    if (!has_own_tiles(settings, inputs))
        return need;
    need = ocs_max_u64(need, ocs_gather_worker_need(reading, &grid, working, scale_data));
    return ocs_max_u64(
        need, ocs_sweep_need(reading, working, scale_data, NULL, ocs_target_tiles_state_bytes()));
}

uint64_t ocs_cut_targets_beside_scale(const struct ocs_inputs *inputs,
                                      const struct ocs_reading *reading)
{
    uint64_t need = 0;
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map)
        if (inputs->target[map])
            need += ocs_target_desk_need(reading, &inputs->target_volume[map],
                                         ocs_cut_target_scale_bytes(map));
    return need;
}
