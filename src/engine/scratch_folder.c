/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scratch_folder.h"

#include "results.h"

#include <stdlib.h>

const char *ocs_scratch_folder(const struct ocs_options *options)
{
    if (options->scratch_dir)
        return options->scratch_dir;
    const char *const temporary = getenv("TMPDIR");
    if (temporary && temporary[0])
        return temporary;
    return ocs_results_is_standard_output(options->output_dir) ? "." : options->output_dir;
}
