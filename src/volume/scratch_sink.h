/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SCRATCH_SINK_H
#define OCS_SCRATCH_SINK_H

/* An intermediate volume in scratch as a sink of a sweep: plain float32, box.x a row. `volume` must
 * outlive the sink. */

#include "sink.h"
#include "volume.h"

struct ocs_sink ocs_scratch_sink(struct ocs_volume *volume);

#endif
