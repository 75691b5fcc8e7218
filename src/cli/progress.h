/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CLI_PROGRESS_H
#define OCS_CLI_PROGRESS_H

/* Progress on standard error: one redrawn line on a terminal, JSON lines, or nothing. */

#include "request.h"

#include "occustream/estimate.h"

struct cli_progress_state {
    enum cli_progress how; /* never CLI_PROGRESS_AUTO                                     */
    bool drawn;            /* a line stands on the terminal                               */
    unsigned pass;         /* of the last call, counted from 1; 0 before the first        */
    double pass_began;     /* in seconds of the run: the last call of the pass before     */
    double last_call;
};

void cli_progress_start(struct cli_progress_state *state, const struct cli_request *request);

/* For struct ocs_hooks; `user` is the state. */
void cli_progress_show(void *user, const struct ocs_progress *progress);

/* Clears the line. To be called after the run and before anything else is written. */
void cli_progress_end(struct cli_progress_state *state);

#endif
