/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_resume.h"

#include "output_left.h"
#include "publish.h"
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

/* Whether it is a result of that map, with whatever options: those that the interrupted run had may
 * be others. */
static bool is_of_stem(const void *stem, const char *entry)
{
    char name[OCS_RESULT_NAME];
    for (unsigned i = 0; ocs_results_possible_name(stem, i, name); ++i) {
        struct ocs_hidden_name hidden;
        ocs_publish_kept_name(name, &hidden);
        if (strcmp(hidden.text, entry) == 0)
            return true;
    }
    return false;
}

/* With --resume, what this run goes on with, or refuses to because its options are others, is no
 * leaving. */
void ocs_plan_find_left_output(struct ocs_plan *plan)
{
    struct ocs_plan_summary *const summary = &plan->summary;
    const struct ocs_options *const options = &plan->options;
    struct ocs_error error;
    char stem[256];
    if (plan->results.to_standard_output ||
        (options->resume && ocs_stem(options->map, stem, sizeof stem, &error) != OCS_OK))
        return;
    ocs_output_find_left(options->output_dir, options->resume ? is_of_stem : NULL, stem,
                         &summary->left_count, summary->left_path, sizeof summary->left_path);
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
