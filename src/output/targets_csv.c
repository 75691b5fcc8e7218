/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "result_files.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>

/* A number that does not exist leaves its field empty. */
static void put_field(struct ocs_text *text, double value)
{
    ocs_text_string(text, ",");
    if (isfinite(value))
        ocs_text_printf(text, "%.9g", value);
}

static void put_target(struct ocs_text *text, const struct ocs_report_target *target)
{
    ocs_text_printf(text, "%" PRId64 ",%" PRIu64, target->label, target->voxels);
    put_field(text, target->tau);
    put_field(text, target->occupancy);
    put_field(text, target->relative);
    for (int i = 0; i < 3; ++i)
        put_field(text, target->scale_quartile[i]);
    ocs_text_string(text, "\n");
}

enum ocs_status ocs_write_targets_csv(const struct ocs_report *report, struct ocs_output_file *file,
                                      struct ocs_error *error)
{
    struct ocs_text text;
    ocs_text_start(&text, file, error);
    ocs_text_string(&text,
                    "label,voxels,tau,occupancy,relative,scale_q25,scale_median,scale_q75\n");
    for (unsigned i = 0; i < report->target_count; ++i)
        put_target(&text, &report->targets[i]);
    return ocs_text_end(&text);
}
