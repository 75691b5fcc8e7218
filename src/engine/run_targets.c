/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_targets_internal.h"

#include "cut_targets.h"
#include "fail.h"
#include "scratch_sink.h"
#include "target_sample.h"
#include "target_select.h"

#include <math.h>
#include <stdlib.h>

/* The map with its labels in the box of the scale data. */
static enum ocs_status bring_to_working_box(struct ocs_run_state *run, unsigned map,
                                            struct ocs_error *error)
{
    const struct ocs_plan *const plan = run->plan;
    struct ocs_volume *const working = &run->targets.working[map];
    *working = plan->inputs.target_volume[map];
    if (!plan->settings.cropped)
        return OCS_OK;
    *working = ocs_run_intermediate(run, plan->settings.box, plan->cut.layout.target[map]);
    const struct ocs_sink sink = ocs_scratch_sink(working);
    struct ocs_target_sample sample = {
        .context = &run->context,
        .labels = &plan->inputs.target_volume[map],
        .slabs = ocs_run_slabs(run, working->box),
        .sink = &sink,
    };
    struct ocs_found found = {0};
    ocs_found_add_volume(&found, working);
    const struct ocs_pass pass = ocs_target_sample_pass(&sample);
    return ocs_run_pass(run, &pass, &found, error);
}

/* ---- their values ---- */

static bool is_largest_wanted(const struct ocs_run_state *run, unsigned map)
{
    return map == OCS_TARGET_MASK && run->plan->settings.rules.target_is_largest;
}

static enum ocs_status run_selection(struct ocs_run_state *run, unsigned map,
                                     struct ocs_target_select *select, struct ocs_error *error)
{
    enum ocs_status status =
        ocs_target_select_begin(select, run->plan->cut.target_bytes[map], error);
    while (status == OCS_OK && ocs_target_select_is_open(select)) {
        struct ocs_sweep sweep = ocs_target_sweep(run, run->scale_data, &run->targets.working[map]);
        ocs_target_select_next(select, &sweep);
        struct ocs_found found = {0};
        ocs_found_add(&found, select->counts, sweep.state_bytes);
        status = ocs_run_target_sweep(run, &sweep, &found, error);
        if (status == OCS_OK)
            ocs_target_select_take(select);
    }
    return status;
}

/* Each label is treated as one tile of its own. Leaves the grey values in the rows' occupancies;
 * *voxels_ret is the size of the first label as the selection saw it. */
static enum ocs_status select_values(struct ocs_run_state *run, unsigned map, uint64_t *voxels_ret,
                                     struct ocs_error *error)
{
    const struct ocs_label_set *const set = run->targets.set[map];
    struct ocs_target_select select = {
        .budget = run->budget,
        .labels = set,
        .fraction = is_largest_wanted(run, map) ? 1 : run->plan->settings.tau,
    };
    const enum ocs_status status = run_selection(run, map, &select, error);
    for (unsigned i = 0; i < set->count && status == OCS_OK; ++i)
        ocs_target_rows(run, map)[i] = (struct ocs_report_target){
            .label = set->is_mask ? 0 : set->label[i],
            .voxels = set->voxels[i],
            .tau = run->plan->settings.tau,
            .occupancy = (double)ocs_target_select_value(&select, i),
        };
    *voxels_ret = status == OCS_OK ? select.voxels[0] : 0;
    ocs_target_select_end(&select);
    return status;
}

/* ---- from values to occupancies ---- */

static double clip(double value)
{
    return fmin(fmax(value, 0), 1);
}

/* As the local scale of a voxel is made from its neighbourhood's largest value; what is unknown
 * stays unknown. */
static double finish(const struct ocs_run_state *run, double ratio)
{
    const double limit = run->plan->options.nlrc ? run->report->confidence_limit : 0;
    if (isnan(ratio) || limit == 0)
        return isnan(ratio) ? ratio : clip(ratio);
    return clip((clip(ratio) - limit) / (1 - limit));
}

/* What the reference program finds for a mask is not clipped: it may exceed 1. */
static enum ocs_status measure_by_reference(struct ocs_run_state *run, uint64_t voxels,
                                            struct ocs_report_target *row, struct ocs_error *error)
{
    if (voxels == 0)
        return OCS_OK;
    double full = 0;
    const enum ocs_status status =
        ocs_target_reference_full_scale(run, voxels, &row->tau, &full, error);
    const double ratio = full > 0 ? row->occupancy / full : (double)NAN;
    row->occupancy = run->plan->options.nlrc ? finish(run, ratio) : ratio;
    return status;
}

/* The reference program has no label maps: they are measured by the default rule whatever the
 * rules. */
static enum ocs_status measure(struct ocs_run_state *run, unsigned map, struct ocs_error *error)
{
    uint64_t voxels;
    enum ocs_status status = bring_to_working_box(run, map, error);
    if (status == OCS_OK)
        status = select_values(run, map, &voxels, error);
    if (status != OCS_OK)
        return status;
    struct ocs_report_target *const rows = ocs_target_rows(run, map);
    if (is_largest_wanted(run, map))
        return measure_by_reference(run, voxels, rows, error);
    for (unsigned i = 0; i < ocs_target_count(run, map); ++i)
        rows[i].occupancy = finish(run, rows[i].occupancy / run->full_scale);
    return OCS_OK;
}

static double largest(const struct ocs_report_target *rows, unsigned count)
{
    double most = 0;
    for (unsigned i = 0; i < count; ++i)
        most = fmax(most, rows[i].occupancy);
    return most;
}

/* To the largest label's occupancy, the mask's too; a mask alone is its own measure. */
static void fill_relative(struct ocs_run_state *run)
{
    const unsigned labels = ocs_target_count(run, OCS_TARGET_LABELS);
    const unsigned map = labels > 0 ? OCS_TARGET_LABELS : OCS_TARGET_MASK;
    const double most = largest(ocs_target_rows(run, map), ocs_target_count(run, map));
    for (unsigned i = 0; i < run->report->target_count; ++i) {
        struct ocs_report_target *const row = &run->report->targets[i];
        row->relative = most > 0 ? row->occupancy / most : (double)NAN;
    }
}

/* ---- their scale ---- */

/* Beside the scale as it is written: at the map's own size unless that is padded from the working
 * box. */
static enum ocs_status begin_scale(struct ocs_run_state *run, unsigned map, struct ocs_error *error)
{
    run->targets.scale[map] = (struct ocs_target_scale){
        .context = &run->context,
        .volume = run->plan->settings.padded ? &run->targets.working[map]
                                             : &run->plan->inputs.target_volume[map],
        .labels = run->targets.set[map],
    };
    return ocs_target_scale_begin(&run->targets.scale[map], ocs_cut_target_scale_bytes(map), error);
}

void ocs_run_add_targets(struct ocs_run_state *run, struct ocs_products *products)
{
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map)
        if (run->targets.set[map])
            products->target[map] = &run->targets.scale[map];
}

static void report_quartiles(const struct ocs_target_scale *scale, unsigned label,
                             double quartile_ret[3])
{
    static const double fractions[3] = {.25, .5, .75};
    for (unsigned i = 0; i < 3; ++i)
        quartile_ret[i] = ocs_target_scale_quantile(scale, label, fractions[i]);
}

void ocs_run_report_targets(struct ocs_run_state *run)
{
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map)
        for (unsigned i = 0; i < ocs_target_count(run, map); ++i)
            report_quartiles(&run->targets.scale[map], i,
                             ocs_target_rows(run, map)[i].scale_quartile);
}

/* ---- together ---- */

enum ocs_status ocs_run_measure_targets(struct ocs_run_state *run, struct ocs_error *error)
{
    enum ocs_status status = ocs_run_find_targets(run, error);
    for (unsigned map = 0; map < OCS_TARGET_MAPS && status == OCS_OK; ++map)
        if (run->targets.set[map])
            status = measure(run, map, error);
    for (unsigned map = 0; map < OCS_TARGET_MAPS && status == OCS_OK; ++map)
        if (run->targets.set[map])
            status = begin_scale(run, map, error);
    if (status == OCS_OK)
        fill_relative(run);
    return status;
}

void ocs_run_free_targets(struct ocs_run_state *run)
{
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map) {
        ocs_target_scale_end(&run->targets.scale[map]);
        ocs_budget_free(run->budget, run->targets.set[map]);
        run->targets.set[map] = NULL;
    }
}
