/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_resume.h"

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

void ocs_plan_find_left(struct ocs_plan *plan)
{
    struct ocs_plan_summary *const summary = &plan->summary;
    const struct ocs_results *const results = &plan->results;
    const bool resume = plan->options.resume;
    summary->left_count =
        ocs_journal_find_left(plan->options.scratch_dir, resume ? plan->resume_folder : NULL,
                              summary->left_path, sizeof summary->left_path);
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        if (results->map_path[i][0])
            ocs_output_file_find_left(results->map_path[i], !resume, &summary->left_count,
                                      summary->left_path, sizeof summary->left_path);
}
