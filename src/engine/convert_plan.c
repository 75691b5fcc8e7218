/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert_plan.h"

#include "fail.h"
#include "location.h"
#include "map_header.h"
#include "options_check.h"
#include "out_flow.h"
#include "output_file.h"
#include "output_tree.h"
#include "plan_resume.h"
#include "resources.h"
#include "scratch_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the output ---- */

static bool ends_with(const char *name, const char *suffix)
{
    const size_t length = strlen(name), suffix_length = strlen(suffix);
    return length > suffix_length && strcasecmp(name + length - suffix_length, suffix) == 0;
}

static enum ocs_status choose_format(const char *out, enum ocs_format *format_ret,
                                     struct ocs_error *error)
{
    static const struct {
        const char *suffix;
        enum ocs_format format;
    } names[] = {
        {".zarr", OCS_FORMAT_ZARR},       {".mrc.zst", OCS_FORMAT_MRC_ZST},
        {".map.zst", OCS_FORMAT_MRC_ZST}, {".ccp4.zst", OCS_FORMAT_MRC_ZST},
        {".mrc", OCS_FORMAT_MRC},         {".map", OCS_FORMAT_MRC},
        {".ccp4", OCS_FORMAT_MRC},
    };
    if (ocs_location_kind(out) != OCS_LOCATION_PATH)
        return ocs_fail(error, OCS_USAGE, "planning", out, "results can only be written to files");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        if (ends_with(out, names[i].suffix)) {
            *format_ret = names[i].format;
            return OCS_OK;
        }
    }
    ocs_fail(error, OCS_USAGE, "planning", out, "its name does not say what it is to become");
    ocs_advise(error, "end it with .mrc, .mrc.zst or .zarr");
    return OCS_USAGE;
}

void ocs_convert_folder(const char *out, char *folder)
{
    size_t length = strlen(out);
    while (length > 1 && out[length - 1] == '/')
        --length;
    while (length > 0 && out[length - 1] != '/')
        --length;
    if (length == 0)
        snprintf(folder, OCS_REPORT_PATH, ".");
    else
        snprintf(folder, OCS_REPORT_PATH, "%.*s", length > 1 ? (int)length - 1 : 1, out);
}

/* A slash behind a folder's name is a way of writing it. */
static enum ocs_status name_output(struct ocs_convert_plan *plan, const char *out,
                                   struct ocs_error *error)
{
    struct ocs_results *const results = &plan->base.results;
    char *const path = results->map_path[0];
    size_t length = strlen(out);
    if (length == 0 || length >= OCS_REPORT_PATH)
        return ocs_fail(error, OCS_USAGE, "planning", out,
                        length ? "the path is too long" : "OUT has no name");
    while (length > 1 && out[length - 1] == '/')
        --length;
    memcpy(path, out, length);
    ocs_convert_folder(path, plan->folder);
    results->outputs = 1;
    results->force = plan->base.options.force;
    results->to_standard_output = ocs_results_is_standard_output(path);
    if (results->to_standard_output)
        return OCS_OK;
    return choose_format(path, &plan->base.options.format, error);
}

static enum ocs_status check_output(const struct ocs_convert_plan *plan, struct ocs_error *error)
{
    const struct ocs_results *const results = &plan->base.results;
    const char *const path = results->map_path[0];
    const struct ocs_tiled *const tiled = &plan->base.settings.tiled;
    if (results->to_standard_output)
        return ocs_out_flow_check(error);
    const enum ocs_status status = tiled->format == OCS_FORMAT_ZARR
                                       ? ocs_output_tree_check(path, results->force, error)
                                       : ocs_output_file_check(path, results->force, error);
    return status == OCS_OK ? ocs_tiled_check(tiled, plan->base.settings.native_box, path, error)
                            : status;
}

/* ---- options ---- */

static enum ocs_status check_options(const struct ocs_convert_plan *plan,
                                     const struct ocs_convert_options *options,
                                     struct ocs_error *error)
{
    struct ocs_options common = plan->base.options;
    common.dtype = OCS_DTYPE_F32;
    common.output_dir = plan->folder;
    const enum ocs_status status = ocs_options_check(&common, error);
    if (status != OCS_OK)
        return status;
    if ((unsigned)options->dtype > OCS_DTYPE_KEEP)
        return ocs_fail(error, OCS_USAGE, "checking", "--dtype", "no such type");
    if (options->verify && plan->base.results.to_standard_output) {
        ocs_fail(error, OCS_USAGE, "checking", "--verify",
                 "what went to standard output cannot be read again");
        ocs_advise(error, "name a file, or leave it out");
        return OCS_USAGE;
    }
    return OCS_OK;
}

/* ---- what follows from the input ---- */

/* Statistics that say of themselves that they were determined, of the one volume there is. */
static bool are_determined(const struct ocs_mrc *mrc)
{
    const struct ocs_mrc_header *const header = &mrc->header;
    return mrc->volumes == 1 && header->dmax >= header->dmin && header->dmean >= header->dmin &&
           header->dmean <= header->dmax && header->rms >= 0;
}

static void make_settings(struct ocs_convert_plan *plan, enum ocs_dtype dtype)
{
    const struct ocs_mrc *const mrc = ocs_map_mrc(plan->base.inputs.map);
    struct ocs_settings *const settings = &plan->base.settings;
    const struct ocs_voxel_format voxels = ocs_map_format(mrc, dtype);
    settings->native_box = settings->box = mrc->box;
    settings->outputs = 1;
    settings->tiled = ocs_tiled_make(&plan->base.options, &voxels);
    if (plan->base.results.to_standard_output)
        settings->pipe_voxel_bytes = ocs_voxels_row_bytes(voxels.mode, 1);
    const bool narrows = voxels.mode == OCS_MODE_FLOAT16 && mrc->header.mode != OCS_MODE_FLOAT16;
    plan->has_statistics = !narrows && are_determined(mrc);
    plan->statistics = (struct ocs_statistics){(double)mrc->header.dmin, (double)mrc->header.dmax,
                                               (double)mrc->header.dmean, (double)mrc->header.rms};
}

static enum ocs_status choose_cut(struct ocs_convert_plan *plan, struct ocs_error *error)
{
    const struct ocs_options *const options = &plan->base.options;
    const uint64_t memory = options->memory_bytes ? options->memory_bytes : ocs_default_memory();
    const unsigned threads = options->threads ? options->threads : ocs_default_threads();
    uint64_t smallest;
    const enum ocs_status status = ocs_convert_cut(plan, memory, threads, &smallest, error);
    if (status == OCS_OK)
        ocs_plan_summarise_conversion(&plan->base, plan->verify, memory, smallest);
    return status;
}

static enum ocs_status make(struct ocs_convert_plan *plan,
                            const struct ocs_convert_options *options, struct ocs_error *error)
{
    enum ocs_status status = name_output(plan, options->out, error);
    if (status == OCS_OK)
        status = check_options(plan, options, error);
    if (status == OCS_OK)
        status = ocs_plan_choose_simd(&plan->base.simd, error);
    plan->base.options.output_dir =
        plan->base.results.to_standard_output ? plan->base.results.map_path[0] : plan->folder;
    plan->base.options.scratch_dir = ocs_scratch_folder(&plan->base.options);
    if (status == OCS_OK)
        status =
            ocs_inputs_open_map(&plan->base.options, options->level, &plan->base.inputs, error);
    if (status != OCS_OK)
        return status;
    make_settings(plan, options->dtype);
    status = check_output(plan, error);
    if (status == OCS_OK)
        status = choose_cut(plan, error);
    if (status == OCS_OK)
        ocs_plan_find_left_output(&plan->base);
    return status;
}

enum ocs_status ocs_convert_plan_make(const struct ocs_convert_options *options,
                                      struct ocs_convert_plan **plan_ret, struct ocs_error *error)
{
    if (options->struct_bytes != sizeof *options ||
        options->common.struct_bytes != sizeof options->common)
        return ocs_fail(error, OCS_USAGE, "planning", NULL,
                        "the options are of another version of the library");
    struct ocs_convert_plan *const plan = calloc(1, sizeof *plan);
    if (!plan)
        return ocs_fail(error, OCS_LIMIT, "planning", NULL, "no memory");
    plan->base.options = options->common;
    plan->base.options.dtype = options->dtype;
    plan->verify = options->verify;
    const enum ocs_status status = make(plan, options, error);
    if (status != OCS_OK) {
        ocs_convert_plan_destroy(plan);
        return status;
    }
    *plan_ret = plan;
    return OCS_OK;
}

void ocs_convert_plan_destroy(struct ocs_convert_plan *plan)
{
    if (!plan)
        return;
    ocs_inputs_close(&plan->base.inputs);
    free(plan);
}

const struct ocs_plan_summary *ocs_convert_plan_summary(const struct ocs_convert_plan *plan)
{
    return &plan->base.summary;
}
