/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan.h"

#include "fail.h"
#include "keeper_internal.h"
#include "options_check.h"
#include "plan_resume.h"
#include "resources.h"
#include "scratch_folder.h"

#include <stdio.h>
#include <stdlib.h>

enum ocs_status ocs_plan_choose_simd(enum ocs_simd *simd_ret, struct ocs_error *error)
{
    const char *const wish = getenv("OCCUSTREAM_SIMD");
    *simd_ret = ocs_simd_best();
    if (!wish || ocs_simd_parse(wish, simd_ret))
        return OCS_OK;
    return ocs_fail(error, OCS_USAGE, "reading", "OCCUSTREAM_SIMD",
                    "\"%s\" is no instruction set of this machine", wish);
}

static enum ocs_status choose_cut(struct ocs_plan *plan, struct ocs_error *error)
{
    const struct ocs_options *const options = &plan->options;
    uint64_t memory = ocs_default_memory();
    unsigned threads = ocs_default_threads();
    if (plan->journal)
        ocs_keeper_read_resources(plan->journal, &memory, &threads);
    memory = options->memory_bytes ? options->memory_bytes : memory;
    threads = options->threads ? options->threads : threads;
    plan->wanted_threads = threads;
    uint64_t smallest;
    const enum ocs_status status = ocs_cut_choose(&plan->settings, &plan->inputs, memory, threads,
                                                  &plan->cut, &smallest, error);
    if (status != OCS_OK)
        return status;
    ocs_inputs_set_stocked(&plan->inputs, plan->cut.stocked);
    ocs_plan_summarise(plan, memory, smallest);
    return OCS_OK;
}

/* Whether the format can hold maps of their size. */
static enum ocs_status check_outputs(const struct ocs_plan *plan, struct ocs_error *error)
{
    const struct ocs_settings *const settings = &plan->settings;
    enum ocs_status status = OCS_OK;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS && status == OCS_OK; ++i)
        if (settings->outputs >> i & 1)
            status = ocs_tiled_check(&settings->tiled, ocs_settings_output_box(settings, i),
                                     ocs_map_path(plan->inputs.map), error);
    return status;
}

static enum ocs_status make(struct ocs_plan *plan, struct ocs_error *error)
{
    enum ocs_status status = ocs_options_check(&plan->options, error);
    if (status == OCS_OK)
        status = ocs_plan_choose_simd(&plan->simd, error);
    if (status == OCS_OK)
        status = ocs_inputs_open(&plan->options, &plan->inputs, error);
    if (status == OCS_OK)
        status = ocs_settings_make(&plan->options, ocs_map_mrc(plan->inputs.map), &plan->settings,
                                   error);
    if (status == OCS_OK)
        status = check_outputs(plan, error);
    if (status == OCS_OK)
        status = ocs_plan_find_journal(plan, error);
    if (status == OCS_OK)
        status = ocs_results_name(&plan->options, plan->settings.outputs, plan->journal != NULL,
                                  &plan->results, error);
    if (status == OCS_OK)
        status = choose_cut(plan, error);
    if (status == OCS_OK)
        ocs_plan_find_left(plan);
    return status;
}

enum ocs_status ocs_plan_make(const struct ocs_options *options, struct ocs_plan **plan_ret,
                              struct ocs_error *error)
{
    if (options->struct_bytes != sizeof *options)
        return ocs_fail(error, OCS_USAGE, "planning", NULL,
                        "the options are of another version of the library");
    struct ocs_plan *const plan = calloc(1, sizeof *plan);
    if (!plan)
        return ocs_fail(error, OCS_LIMIT, "planning", NULL, "no memory");
    plan->options = *options;
    plan->options.scratch_dir = ocs_scratch_folder(options);
    const enum ocs_status status = make(plan, error);
    if (status != OCS_OK) {
        ocs_plan_destroy(plan);
        return status;
    }
    *plan_ret = plan;
    return OCS_OK;
}

void ocs_plan_destroy(struct ocs_plan *plan)
{
    if (!plan)
        return;
    ocs_journal_close(plan->journal);
    ocs_inputs_close(&plan->inputs);
    free(plan);
}

const struct ocs_plan_summary *ocs_plan_summary(const struct ocs_plan *plan)
{
    return &plan->summary;
}
