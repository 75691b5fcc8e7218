/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_spool.h"

#include "chunk_spooling.h"
#include "cut_spool.h"
#include "keeper.h"
#include "spooling.h"
#include "zarr_input.h"

#include <stdio.h>

/* ---- what came behind the voxels ---- */

/* Departures of the map from its format are findings; those of a mask are warnings, which name it.
 */
static void note(struct ocs_run_state *run, unsigned file, const char *code, const char *text)
{
    if (file != OCS_INPUT_MAP) {
        ocs_report_warning(run->report, code, "%.120s: %s",
                           ocs_map_path(ocs_inputs_file(&run->plan->inputs, file)), text);
        return;
    }
    struct ocs_report_input *const input = &run->report->input;
    if (input->finding_count == OCS_REPORT_NOTES)
        return;
    struct ocs_note *const finding = &input->findings[input->finding_count++];
    snprintf(finding->code, sizeof finding->code, "%s", code);
    snprintf(finding->text, sizeof finding->text, "%s", text);
}

static void note_tail(struct ocs_run_state *run, unsigned file, struct ocs_spool_tail tail)
{
    if (tail.more_voxels)
        note(run, file, "file_size", OCS_FINDING_MORE);
    if (tail.garbage)
        note(run, file, "trailing_garbage", OCS_FINDING_GARBAGE);
}

/* ---- filling ---- */

static enum ocs_status run_filler(struct ocs_run_state *run, unsigned file,
                                  struct ocs_spool_filler *filler, struct ocs_spool_tail *tail_ret,
                                  struct ocs_error *error)
{
    struct ocs_spooling spooling = {
        .context = &run->context,
        .spool = run->spools[file],
        .filler = filler,
        .row_voxels = ocs_map_mrc(ocs_inputs_file(&run->plan->inputs, file))->box.x,
    };
    const struct ocs_pass pass = ocs_spooling_pass(&spooling);
    const enum ocs_status status = ocs_run_pass(run, &pass, NULL, error);
    if (status == OCS_OK)
        *tail_ret = ocs_spool_filler_tail(filler);
    return status;
}

static enum ocs_status fill_once(struct ocs_run_state *run, unsigned file, struct ocs_map *map,
                                 struct ocs_spool_tail *tail_ret, struct ocs_error *error)
{
    const unsigned buffers = ocs_cut_spool_buffers(run->plan->cut.threads);
    struct ocs_spool_filler *filler;
    enum ocs_status status = ocs_spool_filler_open(
        run->budget, map, ocs_spool_shape(run->spools[file]), buffers, &filler, error);
    if (status != OCS_OK)
        return status;
    status = run_filler(run, file, filler, tail_ret, error);
    ocs_spool_filler_close(filler);
    return status;
}

static enum ocs_status fill_chunks(struct ocs_run_state *run, unsigned file,
                                   const struct ocs_map *map, struct ocs_error *error)
{
    struct ocs_chunk_spooling spooling = {
        .context = &run->context,
        .spool = run->spools[file],
        .strips = ocs_cut_strips(map, &run->plan->cut),
        .row_voxels = ocs_map_mrc(map)->box.x,
    };
    const struct ocs_pass pass = ocs_chunk_spooling_pass(&spooling);
    const enum ocs_status status = ocs_run_pass(run, &pass, NULL, error);
    return status == OCS_OK ? ocs_zarr_tally_check(ocs_map_zarr(map), error) : status;
}

/* The index of the spool, and what is at its place in scratch: as far as it is used, which shows
 * only once it is filled. */
static struct ocs_found found_of(const struct ocs_run_state *run, unsigned file,
                                 struct ocs_spool_tail *tail)
{
    struct ocs_found found = {0};
    struct ocs_spool *const spool = run->spools[file];
    void *at;
    const uint64_t bytes = ocs_spool_index(spool, &at);
    ocs_found_add(&found, at, bytes);
    ocs_found_add(&found, &tail->more_voxels, sizeof tail->more_voxels);
    ocs_found_add(&found, &tail->garbage, sizeof tail->garbage);
    ocs_found_add_place(&found, OCS_SCRATCH_FILE, run->plan->cut.layout.spool[file],
                        ocs_spool_bytes(ocs_spool_shape(spool)));
    return found;
}

static enum ocs_status recall_or_fill(struct ocs_run_state *run, unsigned file, struct ocs_map *map,
                                      struct ocs_error *error)
{
    struct ocs_spool_tail tail = {0};
    struct ocs_found found = found_of(run, file, &tail);
    uint64_t units;
    enum ocs_status status = ocs_keeper_recall(run, "spool", &found, &units, error);
    if (status == OCS_OK && units == OCS_ALL_UNITS) {
        ocs_map_let_go(map);
    } else if (status == OCS_OK) {
        status = ocs_keeper_begin(run, &found, 0, error);
        if (status == OCS_OK)
            status = ocs_map_zarr(map) ? fill_chunks(run, file, map, error)
                                       : fill_once(run, file, map, &tail, error);
        found.place[0].bytes = ocs_spool_used(run->spools[file]);
        const struct ocs_done done = {.units = OCS_ALL_UNITS, .planes = 1, .planes_done = 1};
        if (status == OCS_OK)
            status = ocs_keeper_record(run, "spool", &found, &done, error);
    }
    if (status == OCS_OK)
        note_tail(run, file, tail);
    return status;
}

static enum ocs_status spool_file(struct ocs_run_state *run, unsigned file, struct ocs_map *map,
                                  struct ocs_error *error)
{
    const struct ocs_spool_shape shape = ocs_map_spool_shape(map);
    enum ocs_status status =
        ocs_spool_open(run->budget, run->scratch, run->plan->cut.layout.spool[file], &shape,
                       &run->spools[file], error);
    if (status == OCS_OK)
        status = recall_or_fill(run, file, map, error);
    if (status == OCS_OK)
        ocs_inputs_set_spool(&run->plan->inputs, file, run->spools[file]);
    return status;
}

enum ocs_status ocs_run_spool(struct ocs_run_state *run, struct ocs_error *error)
{
    struct ocs_inputs *const inputs = &run->plan->inputs;
    enum ocs_status status = OCS_OK;
    for (unsigned file = 0; file < OCS_INPUT_FILES && status == OCS_OK; ++file) {
        struct ocs_map *const map = ocs_inputs_file(inputs, file);
        if (map && ocs_map_comes_once(map))
            status = spool_file(run, file, map, error);
    }
    run->working = inputs->volume;
    run->definition = inputs->definition_volume;
    return status;
}

void ocs_run_free_spools(struct ocs_run_state *run)
{
    for (unsigned file = 0; file < OCS_INPUT_FILES; ++file) {
        ocs_inputs_set_spool(&run->plan->inputs, file, NULL);
        ocs_spool_close(run->spools[file]);
    }
}
