// SPDX-License-Identifier: GPL-3.0-or-later
// The same as consumer.c in C++.
#include <occustream/occustream.h>

#include <cstdio>

int main()
{
    ocs_options options = OCS_OPTIONS_DEFAULT;
    options.map = "no-such-map.mrc";
    ocs_convert_options conversion = OCS_CONVERT_OPTIONS_DEFAULT;
    conversion.common.map = options.map;
    ocs_plan *plan = nullptr;
    ocs_error error;
    const ocs_status status = ocs_plan_make(&options, &plan, &error);
    char line[1200];
    ocs_error_format(&error, line, sizeof line);
    std::printf("%s\n%s: %s\n", ocs_version(), ocs_status_name(status), line);
    const bool defaults = options.chimerax && conversion.common.connections == options.connections;
    return defaults ? 0 : 1;
}
