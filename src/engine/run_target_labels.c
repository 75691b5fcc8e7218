/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_targets_internal.h"

#include "fail.h"

#include <stdlib.h>

struct ocs_sweep ocs_target_sweep(const struct ocs_run_state *run,
                                  const struct ocs_feed_source *source,
                                  const struct ocs_volume *labels)
{
    return (struct ocs_sweep){
        .context = &run->context,
        .filtered = source,
        .mask = labels,
        .slabs = ocs_run_slabs(run, source->volume->box),
    };
}

enum ocs_status ocs_run_target_sweep(struct ocs_run_state *run, struct ocs_sweep *sweep,
                                     const struct ocs_found *found, struct ocs_error *error)
{
    const struct ocs_pass pass = ocs_sweep_pass(sweep);
    return ocs_run_pass(run, &pass, found, error);
}

static enum ocs_status scan_map(struct ocs_run_state *run, struct ocs_label_scan *scan,
                                unsigned map, struct ocs_label_set **set_ret,
                                struct ocs_error *error)
{
    const struct ocs_inputs *const inputs = &run->plan->inputs;
    const struct ocs_feed_source source = {.volume = &inputs->target_volume[map]};
    struct ocs_sweep sweep = ocs_target_sweep(run, &source, NULL);
    scan->is_mask = map == OCS_TARGET_MASK;
    ocs_label_scan_begin(scan, &sweep);
    struct ocs_found found = {0};
    ocs_found_add(&found, &scan->table, sizeof scan->table);
    ocs_found_add(&found, &scan->bad_at, sizeof scan->bad_at);
    ocs_found_add(&found, &scan->bad_value, sizeof scan->bad_value);
    const enum ocs_status status = ocs_run_target_sweep(run, &sweep, &found, error);
    if (status != OCS_OK)
        return status;
    *set_ret = ocs_budget_alloc(run->budget, sizeof **set_ret, error);
    if (!*set_ret)
        return error->status;
    return ocs_label_scan_settle(scan, ocs_map_path(inputs->target[map]), *set_ret, error);
}

static enum ocs_status find_labels(struct ocs_run_state *run, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned map = 0; map < OCS_TARGET_MAPS && status == OCS_OK; ++map) {
        if (!run->plan->inputs.target[map])
            continue;
        struct ocs_label_scan *const scan = ocs_budget_alloc(run->budget, sizeof *scan, error);
        status = scan ? scan_map(run, scan, map, &run->targets.set[map], error) : error->status;
        ocs_budget_free(run->budget, scan);
    }
    return status;
}

unsigned ocs_target_count(const struct ocs_run_state *run, unsigned map)
{
    return run->targets.set[map] ? run->targets.set[map]->count : 0;
}

static enum ocs_status make_rows(struct ocs_run_state *run, struct ocs_error *error)
{
    struct ocs_report *const report = run->report;
    const unsigned rows =
        ocs_target_count(run, OCS_TARGET_MASK) + ocs_target_count(run, OCS_TARGET_LABELS);
    if (rows == 0)
        return OCS_OK;
    report->targets = calloc(rows, sizeof *report->targets);
    if (!report->targets)
        return ocs_fail(error, OCS_LIMIT, "measuring", "the targets", "no memory");
    report->target_count = rows;
    return OCS_OK;
}

struct ocs_report_target *ocs_target_rows(const struct ocs_run_state *run, unsigned map)
{
    const unsigned before = map == OCS_TARGET_LABELS ? ocs_target_count(run, OCS_TARGET_MASK) : 0;
    return before > 0 ? run->report->targets + before : run->report->targets;
}

enum ocs_status ocs_run_find_targets(struct ocs_run_state *run, struct ocs_error *error)
{
    const enum ocs_status status = find_labels(run, error);
    return status == OCS_OK ? make_rows(run, error) : status;
}
