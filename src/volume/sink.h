/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_SINK_H
#define OCS_SINK_H

/* Where a sweep's rows go, whatever is behind it. A worker opens a pen, gives it rows in file
 * order, closes it; pens of different workers are independent. */

#include "occustream/error.h"

#include <stdbool.h>

struct ocs_sink {
    void *self;
    OCS_MUST_USE enum ocs_status (*open)(void *self, void **pen_ret, struct ocs_error *error);
    /* Rows y .. y + rows of section z, box.x floats each. */
    OCS_MUST_USE enum ocs_status (*rows)(void *pen, uint64_t z, uint64_t y, uint64_t rows,
                                         const float *voxels, struct ocs_error *error);
    /* `keep` false: what was not yet handed over is dropped. */
    OCS_MUST_USE enum ocs_status (*close)(void *pen, bool keep, struct ocs_error *error);
};

#endif
