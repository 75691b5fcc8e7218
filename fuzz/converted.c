/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "converted.h"

#include "convert_plan.h"
#include "cut.h"
#include "input.h"
#include "run_options.h"
#include "temporary.h"

enum {
    MIB = 1 << 20,
    AMPLE = 64 * MIB,
    STORE = 1,
    VERSION_3 = 2,
    BLOSC = 4,
    HALF = 32,
    VERIFIED = 64
};

static struct ocs_convert_options options_for(const struct ocs_options *given, unsigned way,
                                              const char *path)
{
    static const uint64_t sides[4] = {16, 5, 24, 64};
    struct ocs_convert_options options = OCS_CONVERT_OPTIONS_DEFAULT;
    options.common.map = given->map;
    options.common.volume = given->volume;
    options.common.max_voxels = given->max_voxels;
    options.common.threads = 1;
    options.common.memory_bytes = MIB;
    options.common.scratch_dir = fuzz_input_folder();
    options.out = path;
    options.dtype = way & HALF ? OCS_DTYPE_F16 : OCS_DTYPE_KEEP;
    options.verify = way & VERIFIED;
    if (!(way & STORE))
        return options;
    options.common.zarr_version = way & VERSION_3 ? 3 : 2;
    options.common.codec = way & BLOSC ? OCS_ZARR_CODEC_BLOSC : OCS_ZARR_CODEC_ZSTD;
    for (int axis = 0; axis < 3; ++axis)
        options.common.chunk_vox[axis] = sides[way >> 3 & 3];
    return options;
}

static void check_refusal(const struct ocs_error *error, enum ocs_status status)
{
    FUZZ_CHECK(error->status == status && error->what[0]);
    FUZZ_CHECK(status == OCS_USAGE || status == OCS_BAD_INPUT || status == OCS_LIMIT);
}

static struct ocs_convert_plan *make_plan(struct ocs_convert_options *options)
{
    struct ocs_convert_plan *plan;
    struct ocs_error error = {.status = OCS_OK};
    enum ocs_status status = ocs_convert_plan_make(options, &plan, &error);
    const uint64_t named = fuzz_named_memory(&error);
    if (named > AMPLE)
        return NULL;
    if (named > 0) {
        options->common.memory_bytes = named;
        status = ocs_convert_plan_make(options, &plan, &error);
        FUZZ_CHECK(status == OCS_OK);
    }
    if (status == OCS_OK)
        return plan;
    check_refusal(&error, status);
    return NULL;
}

static bool run(struct ocs_convert_plan *plan, unsigned way)
{
    struct ocs_report *const report = calloc(1, sizeof *report);
    FUZZ_CHECK(report);
    struct ocs_error error = {.status = OCS_OK};
    const struct ocs_plan *const base = &plan->base;
    const uint64_t before = ocs_budget_in_use(base->inputs.budget);
    const enum ocs_status status = ocs_convert_run(plan, NULL, report, &error);
    FUZZ_CHECK(ocs_budget_high_water(base->inputs.budget) <=
               base->summary.memory_limit_bytes - ocs_process_bytes(base->cut.threads));
    FUZZ_CHECK(ocs_budget_in_use(base->inputs.budget) <= before);
    if (status != OCS_OK)
        check_refusal(&error, status);
    /* What decompresses may show its need only later. */
    FUZZ_CHECK(status != OCS_LIMIT || way & HALF || ocs_map_comes_once(base->inputs.map));
    ocs_report_free(report);
    free(report);
    return status == OCS_OK;
}

bool fuzz_convert(const struct ocs_options *given, unsigned way, char path_ret[FUZZ_CONVERTED_PATH])
{
    snprintf(path_ret, FUZZ_CONVERTED_PATH, "%s/map.%s", fuzz_input_folder(),
             way & STORE ? "zarr" : "mrc.zst");
    struct ocs_convert_options options = options_for(given, way, path_ret);
    struct ocs_convert_plan *const plan = make_plan(&options);
    const bool done = plan && run(plan, way);
    FUZZ_CHECK(fuzz_input_folder_files() == done);
    ocs_convert_plan_destroy(plan);
    return done;
}
