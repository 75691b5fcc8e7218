/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_MAP_SINK_H
#define OCS_MAP_SINK_H

/* An output map as a sink of a sweep. */

#include "map_file.h"
#include "sink.h"

struct ocs_sink ocs_map_sink(struct ocs_map_file *file);

#endif
