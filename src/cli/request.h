/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_REQUEST_H
#define OCS_CLI_REQUEST_H

#include "occustream/confine.h"

enum cli_progress { CLI_PROGRESS_AUTO, CLI_PROGRESS_BAR, CLI_PROGRESS_JSON, CLI_PROGRESS_NONE };

/* What the command line of `estimate` asks for. */
struct cli_request {
    struct ocs_options options;
    bool plan; /* only say how it would be done */
    enum ocs_sandbox sandbox;
    enum cli_progress progress;
    bool quiet;
    bool verbose;
    bool help;
};

#define CLI_REQUEST_DEFAULT                                                                        \
    {                                                                                              \
        .options = OCS_OPTIONS_DEFAULT                                                             \
    }

#endif
