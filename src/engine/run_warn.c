/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_internal.h"

enum { SMALL_KERNEL_VOXELS = 7 };

void ocs_run_warn(struct ocs_run_state *run)
{
    struct ocs_report *const report = run->report;
    if (run->confidence.limit_bin > OCS_BINS / 2)
        ocs_report_warning(report, "solvent_model_poor",
                           "the solvent model reaches over more than half of the grey values; "
                           "consider --solvent-def");
    if (report->confidence_limit > 0.5)
        ocs_report_warning(report, "confidence_limit_high",
                           "confidence only begins at a scale of %.2f: scale below that is not "
                           "told from solvent; a lower --lowpass resolution may help",
                           report->confidence_limit);
    if (report->kernel.voxels <= SMALL_KERNEL_VOXELS)
        ocs_report_warning(report, "kernel_small",
                           "the kernel holds only %llu voxels, so the scale is noisy; use a finer "
                           "map, a larger --lowpass or --kernel-radius",
                           (unsigned long long)report->kernel.voxels);
}
