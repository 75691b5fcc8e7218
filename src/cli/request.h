/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_REQUEST_H
#define OCS_CLI_REQUEST_H

#include "occustream/confine.h"
#include "occustream/convert.h"

enum cli_progress { CLI_PROGRESS_AUTO, CLI_PROGRESS_BAR, CLI_PROGRESS_JSON, CLI_PROGRESS_NONE };

/* What the command line of `estimate` or `convert` asks for. */
struct cli_request {
    struct ocs_options options;
    struct ocs_convert_options convert; /* its `common` is made of `options` at the end */
    bool plan;                          /* only say how it would be done */
    enum ocs_sandbox sandbox;
    enum cli_progress progress;
    bool quiet;
    bool verbose;
    bool help;
};

#define CLI_REQUEST_DEFAULT                                                                        \
    {                                                                                              \
        .options = OCS_OPTIONS_DEFAULT, .convert = OCS_CONVERT_OPTIONS_DEFAULT                     \
    }

#endif
