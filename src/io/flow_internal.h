/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_FLOW_INTERNAL_H
#define OCS_FLOW_INTERNAL_H

/* What a kind of flow provides; its own struct begins with a struct ocs_flow. The functions are
 * those of flow.h. */

#include "flow.h"

struct ocs_flow_kind {
    OCS_MUST_USE enum ocs_status (*next)(struct ocs_flow *flow, const unsigned char **chunk_ret,
                                         uint64_t *bytes_ret, struct ocs_error *error);
    void (*interrupt)(struct ocs_flow *flow);
    void (*close)(struct ocs_flow *flow);
};

struct ocs_flow {
    const struct ocs_flow_kind *kind;
    const char *path; /* valid as long as the flow                                       */
    uint64_t bytes;   /* UINT64_MAX: not known                                            */
    uint64_t need;
};

#endif
