/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_resume.h"

#include "output_left.h"
#include "result_files.h"

#include <errno.h>

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

/* With --resume, what a run can go on with is no leaving: it may be what this run goes on with, or
 * refuses to because its options are others. */
void ocs_plan_find_left_output(struct ocs_plan *plan)
{
    struct ocs_plan_summary *const summary = &plan->summary;
    if (!plan->results.to_standard_output)
        ocs_output_find_left(plan->options.output_dir, !plan->options.resume, &summary->left_count,
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
