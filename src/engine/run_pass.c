/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_internal.h"

#include "checked.h"
#include "clock.h"
#include "keeper_internal.h"
#include "workers.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Workers that wait for the network do not look whether to stop. */
static void wake_when_stopped(struct ocs_run_state *run)
{
    const bool stopped = ocs_is_cancelled(&run->beat) || atomic_load(&run->beat.stop);
    if (!stopped || run->interrupted)
        return;
    run->interrupted = true;
    ocs_inputs_interrupt(&run->plan->inputs);
}

/* What a pass moves says best how long it takes; it is 0 for those that go through little. */
static uint64_t moved_bytes(const struct ocs_plan_pass *pass)
{
    return pass->bytes_read + pass->bytes_written + pass->scratch_bytes;
}

static double total_fraction(const struct ocs_plan_summary *summary, unsigned index,
                             double fraction)
{
    double all = 0, done = 0;
    for (unsigned i = 0; i < summary->pass_count; ++i) {
        const double bytes = (double)moved_bytes(&summary->passes[i]);
        all += bytes;
        done += i < index ? bytes : i == index ? fraction * bytes : 0;
    }
    return all > 0 ? done / all : (index + fraction) / summary->pass_count;
}

static void tick(void *user, const struct ocs_pass *pass, uint64_t voxels_done)
{
    struct ocs_run_state *const run = user;
    wake_when_stopped(run);
    if (!run->hooks->progress)
        return;
    const struct ocs_plan_summary *const summary = &run->plan->summary;
    const unsigned index = run->pass_index;
    const double fraction = pass->voxels ? fmin((double)voxels_done / (double)pass->voxels, 1) : 1;
    const struct ocs_progress progress = {
        .pass = pass->name,
        .pass_index = index,
        .pass_count = summary->pass_count,
        .pass_fraction = fraction,
        .total_fraction = total_fraction(summary, index, fraction),
        .seconds = ocs_clock_seconds() - run->started,
        .voxels_done = voxels_done,
        .voxels_total = pass->voxels,
    };
    run->hooks->progress(run->hooks->user, &progress);
}

void ocs_run_note_time(struct ocs_run_state *run, const char *name, double seconds, bool taken_over)
{
    struct ocs_report *const report = run->report;
    const unsigned last = report->pass_count;
    if (last > 0 && strcmp(report->passes[last - 1].name, name) == 0) {
        report->passes[last - 1].seconds += seconds;
        report->passes[last - 1].taken_over |= taken_over;
        return;
    }
    if (last == OCS_REPORT_PASSES)
        return;
    struct ocs_report_pass *const pass = &report->passes[last];
    snprintf(pass->name, sizeof pass->name, "%s", name);
    pass->seconds = seconds;
    pass->taken_over = taken_over;
    ++report->pass_count;
}

/* The place of this pass in the plan: at or after the last one's. */
static void find_pass(struct ocs_run_state *run, const char *name)
{
    const struct ocs_plan_summary *const summary = &run->plan->summary;
    unsigned index = run->pass_index;
    while (index < summary->pass_count && strcmp(summary->passes[index].name, name) != 0)
        ++index;
    if (index < summary->pass_count)
        run->pass_index = index;
}

static enum ocs_status run_leg(struct ocs_run_state *run, const struct ocs_pass *pass,
                               struct ocs_leg *leg, struct ocs_error *error)
{
    return ocs_workers_run_leg(pass, run->plan->cut.threads, leg, &run->beat, tick, run, error);
}

static struct ocs_done done_after(const struct ocs_pass *pass, const struct ocs_leg *leg,
                                  double seconds)
{
    const bool all = leg->first == pass->units;
    const uint64_t planes = ocs_max_u64(pass->planes, 1);
    return (struct ocs_done){
        .units = all ? OCS_ALL_UNITS : leg->first,
        .planes = planes,
        .planes_done =
            all ? planes : ocs_min_u64(leg->first / leg->together * pass->unit_planes, planes),
        .seconds = seconds,
    };
}

/* From leg to leg, with a record after each. */
static enum ocs_status run_kept(struct ocs_run_state *run, const struct ocs_pass *pass,
                                const struct ocs_found *found, struct ocs_error *error)
{
    const bool in_parts = pass->unit_planes && !found->lost;
    struct ocs_leg leg = {.together = ocs_max_u64(pass->together, 1),
                          .seconds = in_parts ? ocs_keeper_interval(run) : 0};
    enum ocs_status status = ocs_keeper_recall(run, pass->name, found, &leg.first, error);
    if (status != OCS_OK || leg.first == OCS_ALL_UNITS)
        return status;
    if (leg.first >= pass->units && leg.first > 0)
        return ocs_keeper_fail_record(run->keeper, error);
    status = ocs_keeper_begin(run, found, leg.first, error);
    while (status == OCS_OK) {
        const double before = ocs_clock_seconds();
        status = run_leg(run, pass, &leg, error);
        const double seconds = ocs_clock_seconds() - before;
        ocs_run_note_time(run, pass->name, seconds, false);
        const struct ocs_done done = done_after(pass, &leg, seconds);
        if (status == OCS_OK)
            status = ocs_keeper_record(run, pass->name, found, &done, error);
        if (done.units == OCS_ALL_UNITS)
            break;
    }
    return status;
}

enum ocs_status ocs_run_pass(struct ocs_run_state *run, const struct ocs_pass *pass,
                             const struct ocs_found *found, struct ocs_error *error)
{
    find_pass(run, pass->name);
    if (run->keeper && found)
        return run_kept(run, pass, found, error);
    const double before = ocs_clock_seconds();
    const enum ocs_status status =
        ocs_workers_run(pass, run->plan->cut.threads, &run->beat, tick, run, error);
    ocs_run_note_time(run, pass->name, ocs_clock_seconds() - before, false);
    return status;
}

struct ocs_slabs ocs_run_slabs(const struct ocs_run_state *run, struct ocs_box box)
{
    const uint64_t units = (uint64_t)run->plan->cut.threads * run->plan->cut.sweep_slabs;
    return (struct ocs_slabs){.box = box, .planes = ocs_div_up_u64(box.z, units)};
}

struct ocs_slabs ocs_run_output_slabs(const struct ocs_run_state *run)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    struct ocs_slabs slabs = ocs_run_slabs(run, settings->native_box);
    slabs.planes = ocs_tiled_slab(&settings->tiled, settings->native_box, slabs.planes);
    slabs.rows = run->plan->cut.output_rows;
    return slabs;
}

struct ocs_volume ocs_run_intermediate(const struct ocs_run_state *run, struct ocs_box box,
                                       uint64_t offset)
{
    return (struct ocs_volume){.box = box, .scratch = run->scratch, .scratch_offset = offset};
}

void ocs_found_add_volume(struct ocs_found *found, const struct ocs_volume *volume)
{
    ocs_found_add_place(found, OCS_SCRATCH_FILE, volume->scratch_offset,
                        ocs_box_voxels(volume->box) * sizeof(float));
}
