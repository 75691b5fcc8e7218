/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_internal.h"

#include "keeper_internal.h"
#include "scratch_sink.h"

#include <stdio.h>

/* ---- where an output goes ---- */

static const struct ocs_sink *file_sink(struct ocs_run_state *run, unsigned index)
{
    return run->plan->results.outputs >> index & 1 ? &run->plan->results.sink[index] : NULL;
}

static const struct ocs_sink *modification_sink(struct ocs_run_state *run, unsigned index)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    if (!(settings->finished >> index & 1))
        return file_sink(run, index);
    run->modified_volume[index] =
        ocs_run_intermediate(run, settings->modified_box, run->plan->cut.layout.modified[index]);
    run->modified_sink[index] = ocs_scratch_sink(&run->modified_volume[index]);
    return &run->modified_sink[index];
}

static const struct ocs_sink *working_map_sink(struct ocs_run_state *run, int map)
{
    run->map_volume[map] =
        ocs_run_intermediate(run, run->plan->settings.box, run->plan->cut.layout.maps[map]);
    run->map_sink[map] = ocs_scratch_sink(&run->map_volume[map]);
    return &run->map_sink[map];
}

/* ---- how a modification is made ---- */

static struct ocs_modify_request request_for(const struct ocs_run_state *run, enum ocs_output kind)
{
    const struct ocs_options *const options = &run->plan->options;
    struct ocs_modify_request request = {
        .kind = OCS_NO_CHANGE,
        .pivot = options->pivot,
        .scale_limit = options->scale_limit,
        .reference = run->plan->settings.rules.early_lookup,
        .exclude_solvent = options->exclude_solvent,
        .solvent = run->solvent_fit,
        .seed = options->seed,
    };
    if (kind == OCS_OUTPUT_AMPLIFIED) {
        request.kind = OCS_AMPLIFY;
        request.strength = options->amplify;
    } else if (kind == OCS_OUTPUT_ATTENUATED) {
        request.kind = OCS_ATTENUATE;
        request.strength = options->attenuate;
    } else if (kind == OCS_OUTPUT_SIGMOID) {
        request.kind = OCS_SIGMOID;
        request.strength = options->sigmoid;
    }
    return request;
}

/* What is not finished by a later pass is clipped to the input's extremes at once. */
static void add_modifications(struct ocs_run_state *run, struct ocs_products *products)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i) {
        const enum ocs_output kind = (enum ocs_output)(1 << i);
        if (!(settings->outputs & OCS_MODIFICATIONS & (unsigned)kind))
            continue;
        struct ocs_product *const product = &products->product[i];
        const struct ocs_modify_request request = request_for(run, kind);
        ocs_modify_make(&request, &product->modify);
        product->sink = modification_sink(run, i);
        product->clip = !(settings->finished >> i & 1) &&
                        (kind != OCS_OUTPUT_SOLVENT_EXCLUDED || settings->rules.clip_excluded);
    }
}

static void start_products(struct ocs_run_state *run, struct ocs_box box,
                           struct ocs_products *products)
{
    const bool omit = run->plan->options.omit_confidence;
    *products = (struct ocs_products){
        .context = &run->context,
        .box = box,
        .clip_min = run->tally.min,
        .clip_max = run->tally.max,
        .confident_everywhere = omit,
        .confidence_as_one = omit && run->plan->settings.rules.omitted_as_one,
    };
}

static void add_plain_maps(struct ocs_run_state *run, struct ocs_products *products)
{
    static const enum ocs_output plain[] = {OCS_OUTPUT_SCALE, OCS_OUTPUT_CONFIDENCE,
                                            OCS_OUTPUT_LOWPASS};
    for (int i = 0; i < 3; ++i) {
        const unsigned index = ocs_output_index(plain[i]);
        products->product[index].sink = file_sink(run, index);
    }
}

void ocs_run_emit_products(struct ocs_run_state *run, struct ocs_products *products)
{
    const struct ocs_settings *const settings = &run->plan->settings;
    start_products(run, settings->box, products);
    if (!settings->restored) {
        add_plain_maps(run, products);
        add_modifications(run, products);
        ocs_run_add_targets(run, products);
        return;
    }
    products->product[ocs_output_index(OCS_OUTPUT_SCALE)].sink =
        working_map_sink(run, OCS_WORKING_SCALE);
    products->product[ocs_output_index(OCS_OUTPUT_CONFIDENCE)].sink =
        working_map_sink(run, OCS_WORKING_CONFIDENCE);
    if (settings->outputs & OCS_OUTPUT_LOWPASS)
        products->product[ocs_output_index(OCS_OUTPUT_LOWPASS)].sink =
            working_map_sink(run, OCS_WORKING_LOWPASS);
}

void ocs_run_restore_products(struct ocs_run_state *run, struct ocs_products *products)
{
    start_products(run, run->plan->settings.native_box, products);
    add_plain_maps(run, products);
    add_modifications(run, products);
    ocs_run_add_targets(run, products);
}

/* ---- what was written ---- */

struct ocs_output_file *ocs_run_output(const struct ocs_run_state *run, unsigned index)
{
    struct ocs_map_file *const map = run->plan->results.map[index].file;
    return map ? ocs_map_file_output(map) : NULL;
}

void ocs_run_found_output(struct ocs_run_state *run, unsigned index, struct ocs_found *found)
{
    struct ocs_map_file *const map = run->plan->results.map[index].file;
    if (!map) {
        found->lost = true;
        return;
    }
    struct ocs_half_sums *const sums = ocs_map_file_sums(map);
    ocs_found_add(found, sums, sizeof *sums);
    ocs_found_add_place(found, index, OCS_MRC_HEADER_BYTES,
                        ocs_map_file_total_bytes(map) - OCS_MRC_HEADER_BYTES);
}

static void found_volume_behind(struct ocs_run_state *run, const struct ocs_sink *sink,
                                struct ocs_found *found)
{
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        if (sink == &run->modified_sink[i])
            ocs_found_add_volume(found, &run->modified_volume[i]);
    for (unsigned map = 0; map < OCS_WORKING_MAPS; ++map)
        if (sink == &run->map_sink[map])
            ocs_found_add_volume(found, &run->map_volume[map]);
}

void ocs_run_found_products(struct ocs_run_state *run, struct ocs_products *products,
                            struct ocs_found *found)
{
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i) {
        struct ocs_product *const product = &products->product[i];
        if (!product->sink)
            continue;
        ocs_found_add(found, &product->tally, sizeof product->tally);
        if (product->sink == file_sink(run, i))
            ocs_run_found_output(run, i, found);
        else
            found_volume_behind(run, product->sink, found);
    }
    for (unsigned map = 0; map < OCS_TARGET_MAPS; ++map)
        if (products->target[map])
            ocs_found_add(found, products->target[map]->counts,
                          ocs_target_scale_counts_bytes(products->target[map]));
}

void ocs_run_keep_tallies(struct ocs_run_state *run, const struct ocs_products *products)
{
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        if (products->product[i].sink && products->product[i].sink == file_sink(run, i))
            run->output_tally[i] = products->product[i].tally;
}

void ocs_run_report_outputs(struct ocs_run_state *run)
{
    struct ocs_report *const report = run->report;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i) {
        if (!(run->plan->results.outputs >> i & 1))
            continue;
        const struct ocs_tally *const tally = &run->output_tally[i];
        struct ocs_report_output *const output = &report->outputs[report->output_count++];
        output->kind = (enum ocs_output)(1 << i);
        snprintf(output->path, sizeof output->path, "%s", run->plan->results.map_path[i]);
        output->statistics = (struct ocs_statistics){(double)tally->min, (double)tally->max,
                                                     ocs_tally_mean(tally), ocs_tally_rms(tally)};
    }
}
