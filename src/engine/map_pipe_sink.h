/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MAP_PIPE_SINK_H
#define OCS_MAP_PIPE_SINK_H

/* A map to standard output as a sink of a sweep. */

#include "map_pipe.h"
#include "sink.h"

struct ocs_sink ocs_map_pipe_sink(struct ocs_map_pipe *pipe);

#endif
