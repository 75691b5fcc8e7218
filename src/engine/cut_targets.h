/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CUT_TARGETS_H
#define OCS_CUT_TARGETS_H

/* What the targets cost in memory: all 0 when there are none. */

#include "cut.h"

/* How large a worker's table of counters for one target map may be, when reads are of
 * `chunk_bytes`. */
uint64_t ocs_cut_target_bytes(unsigned map, uint64_t chunk_bytes);

/* How large its histograms of the scale may be: fixed, since the quartiles depend on it a little.
 */
uint64_t ocs_cut_target_scale_bytes(unsigned map);

/* Held by the whole run, beside whatever pass is under way. `cut` has its target_bytes. */
uint64_t ocs_cut_targets_shared(const struct ocs_settings *settings,
                                const struct ocs_inputs *inputs, const struct ocs_cut *cut);

/* Of one worker in the sweeps over the labels; `working` is the volume of the estimate,
 * `scale_data` as of its synth. */
uint64_t ocs_cut_targets_sweep(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                               const struct ocs_cut *cut, const struct ocs_reading *reading,
                               const struct ocs_volume *working,
                               const struct ocs_spectral *scale_data);

/* Of one worker of the sweep that makes the final scale, added to what that needs by itself. */
uint64_t ocs_cut_targets_beside_scale(const struct ocs_inputs *inputs,
                                      const struct ocs_reading *reading);

/* The tiles of the reference rules for a target mask. */
enum { OCS_TARGET_TILE_SIDE = 12, OCS_TARGET_TILES_AT_ONCE = 64 };

#endif
