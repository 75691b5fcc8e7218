/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_TILE_SINK_H
#define OCS_TILE_SINK_H

/* A tiled map, or a level of one, as a sink of a sweep. */

#include "sink.h"
#include "tile_pen.h"

struct ocs_sink ocs_tile_sink(struct ocs_tile_target *target);

#endif
