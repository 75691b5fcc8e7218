/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_PACK_H
#define OCS_PACK_H

/* A sweep that reads a volume and hands its rows to a sink as they are, each unit to a pen of its
 * own. */

#include "pass.h"
#include "sink.h"
#include "slabs.h"
#include "tally.h"

struct ocs_pack {
    const char *name;
    const struct ocs_run_context *context;
    const struct ocs_volume *volume;
    struct ocs_slabs slabs; /* of the volume's box; bands are fine                         */
    const struct ocs_sink *sink;

    struct ocs_tally tally; /* found: of what was handed over                               */
};

/* One worker, without the sink's pen. */
uint64_t ocs_pack_need(const struct ocs_reading *reading, const struct ocs_volume *volume);
struct ocs_pass ocs_pack_pass(struct ocs_pack *pack);

#endif
