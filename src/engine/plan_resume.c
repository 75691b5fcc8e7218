/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_resume.h"

#include "output_left.h"
#include "result_files.h"

#include <errno.h>
#include <string.h>

enum ocs_status ocs_plan_find_journal(struct ocs_plan *plan, struct ocs_error *error)
{
    const struct ocs_options *const options = &plan->options;
    if (!options->resume)
        return OCS_OK;
    char stem[256];
    enum ocs_status status = ocs_stem(options->map, stem, sizeof stem, error);
    if (status == OCS_OK)
        status = ocs_journal_folder(options->scratch_dir, stem, options->output_dir,
                                    plan->resume_folder, sizeof plan->resume_folder, error);
    if (status != OCS_OK)
        return status;
    status = ocs_journal_open(plan->resume_folder, false, &plan->journal, error);
    return status != OCS_OK && error->system == ENOENT ? OCS_OK : status;
}

static bool is_named(const char *path, const char *name)
{
    const char *const slash = strrchr(path, '/');
    return slash && strcmp(slash + 1, name) == 0;
}

/* What --resume goes on with. */
static bool is_wanted(const void *user, const char *name)
{
    const struct ocs_plan *const plan = user;
    bool found = false;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        found = found || is_named(plan->results.map_path[i], name);
    for (int text = 0; text < OCS_TEXTS; ++text)
        found = found || is_named(plan->results.text_path[text], name);
    return found && plan->options.resume;
}

void ocs_plan_find_left_output(struct ocs_plan *plan)
{
    struct ocs_plan_summary *const summary = &plan->summary;
    if (!plan->results.to_standard_output)
        ocs_output_find_left(plan->options.output_dir, is_wanted, plan, &summary->left_count,
                             summary->left_path, sizeof summary->left_path);
}

void ocs_plan_find_left(struct ocs_plan *plan)
{
    struct ocs_plan_summary *const summary = &plan->summary;
    const bool resume = plan->options.resume;
    summary->left_count =
        ocs_journal_find_left(plan->options.scratch_dir, resume ? plan->resume_folder : NULL,
                              summary->left_path, sizeof summary->left_path);
    ocs_plan_find_left_output(plan);
}
