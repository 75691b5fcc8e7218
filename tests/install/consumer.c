/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Somebody else's program: shows the version, then plans a run on a map that does not exist. */
#include <occustream/occustream.h>
#include <stdio.h>

int main(void)
{
    struct ocs_options options = OCS_OPTIONS_DEFAULT;
    options.map = "no-such-map.mrc";
    struct ocs_plan *plan = NULL;
    struct ocs_error error;
    const enum ocs_status status = ocs_plan_make(&options, &plan, &error);
    char line[1200];
    ocs_error_format(&error, line, sizeof line);
    printf("%s\n%s: %s\n", ocs_version(), ocs_status_name(status), line);
    return 0;
}
