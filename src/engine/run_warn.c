/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_internal.h"

/* Each warning has a stable code and a sentence that says what to do. */

enum { SMALL_KERNEL_VOXELS = 7 };

/* A share of voxels equal to their neighbour that noise does not make. */
static const double flattened_share = 0.3;

static void warn_of_solvent(struct ocs_run_state *run)
{
    struct ocs_report *const report = run->report;
    if (run->confidence.limit_bin > OCS_BINS / 2)
        ocs_report_warning(report, "solvent_model_poor",
                           "the solvent model reaches over more than half of the grey values; "
                           "consider --solvent-def");
    if (report->confidence_limit > 0.5)
        ocs_report_warning(report, "confidence_limit_high",
                           "confidence only begins at a scale of %.2f: scale below that is not "
                           "told from solvent; try a coarser --lowpass or a --solvent-def",
                           report->confidence_limit);
}

/* Integer modes repeat values by their nature. */
static void warn_of_flattening(struct ocs_run_state *run)
{
    const int mode = run->report->input.mode;
    const double share = (double)run->repeats / (double)run->tally.voxels;
    if ((mode != OCS_MODE_FLOAT32 && mode != OCS_MODE_FLOAT16) || share < flattened_share)
        return;
    ocs_report_warning(run->report, "solvent_flattened",
                       "%.0f %% of the voxels are exactly equal to their neighbour: the solvent "
                       "seems masked or flattened, so its model means little; use the unmasked map",
                       100 * share);
}

static void warn_of_kernel(struct ocs_run_state *run)
{
    if (run->report->kernel.voxels <= SMALL_KERNEL_VOXELS)
        ocs_report_warning(run->report, "kernel_small",
                           "the kernel holds only %llu voxel%s, so the scale is noisy; use a finer "
                           "map, a larger --lowpass or --kernel-radius",
                           (unsigned long long)run->report->kernel.voxels,
                           run->report->kernel.voxels == 1 ? "" : "s");
}

static bool is_at_end(uint64_t first, const struct ocs_tile_axis *axis)
{
    return axis->count > 1 &&
           (first == ocs_tile_first(axis, 0) || first == ocs_tile_first(axis, axis->count - 1));
}

static void warn_of_corner(struct ocs_run_state *run)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    const uint64_t *const at = run->report->tiles.full_at;
    if (!settings->tiles || !is_at_end(at[0], &settings->grid.z) ||
        !is_at_end(at[1], &settings->grid.y) || !is_at_end(at[2], &settings->grid.x))
        return;
    ocs_report_warning(run->report, "full_scale_in_corner",
                       "the full scale was found in a corner of the box, where no molecule is "
                       "expected; look there for an artefact, or use --region ball");
}

static void warn_of_raw_scale(struct ocs_run_state *run)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    const unsigned modified =
        settings->outputs & OCS_MODIFICATIONS & ~(unsigned)OCS_OUTPUT_SOLVENT_EXCLUDED;
    if (modified == 0 || settings->scale_from_lowpass || !settings->lowpass_active)
        return;
    ocs_report_warning(run->report, "modified_by_raw_scale",
                       "the map was modified by a scale that follows resolution as well as "
                       "occupancy; use --occupancy to modify by occupancy alone");
}

void ocs_run_warn(struct ocs_run_state *run)
{
    warn_of_solvent(run);
    warn_of_flattening(run);
    warn_of_kernel(run);
    warn_of_corner(run);
    warn_of_raw_scale(run);
}
