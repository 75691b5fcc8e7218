/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_internal.h"

#include "fail.h"

#include <string.h>

static enum ocs_status check_full_scale(const struct ocs_run_state *run, struct ocs_error *error)
{
    if (run->full_scale > 0)
        return OCS_OK;
    ocs_fail(error, OCS_BAD_INPUT, "normalising", run->plan->options.map,
             "the map has no positive contrast: its strongest tile is %g", run->full_scale);
    ocs_advise(error, "densities must be positive; invert the map if it is stored inverted");
    return OCS_BAD_INPUT;
}

static void report_model(struct ocs_run_state *run, const struct ocs_solvent_model *model)
{
    struct ocs_report *const report = run->report;
    report->full_scale = run->full_scale;
    report->solvent_fit =
        (struct ocs_report_fit){model->fit.scale, model->fit.mean, model->fit.sigma};
    report->content_at_1pct = model->content_at_1pct;
    report->solvent_edge = model->solvent_edge;
    report->confidence_limit = run->confidence.limit_grey / run->full_scale;
    memcpy(report->confidence_curve, run->confidence.curve, sizeof report->confidence_curve);
    if (model->poor)
        ocs_report_warning(report, "solvent_fit",
                           "the solvent model could not be fitted well; look at the histogram and "
                           "consider --solvent-def");
}

enum ocs_status ocs_run_make_model(struct ocs_run_state *run, struct ocs_error *error)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    const bool absolute = settings->rules.absolute_tolerances;
    double density[OCS_BINS];
    struct ocs_solvent_model model;
    enum ocs_status status = check_full_scale(run, error);
    if (status != OCS_OK)
        return status;
    ocs_bins_density(&run->solvent_bins, run->solvent_counts, density);
    status = ocs_solvent_fit(&run->solvent_bins, density, absolute, &model, error);
    if (status != OCS_OK)
        return status;
    run->solvent_fit = model.fit;
    ocs_bins_density(&run->whole_bins, run->whole_counts, density);
    ocs_confidence_make(&run->whole_bins, density, &model.fit, settings->rules.early_lookup,
                        run->plan->options.hedge_confidence, &run->confidence);
    report_model(run, &model);
    return OCS_OK;
}
