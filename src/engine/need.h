/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_NEED_H
#define OCS_NEED_H

/* What a run cut in a certain way needs of memory: every pass says what one worker needs, the
 * hungriest decides. cut.c chooses a cut by it. */

#include "cut.h"

/* One worker in the hungriest pass. */
uint64_t ocs_need_worker(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                         const struct ocs_cut *cut);

/* The whole process at its peak. */
uint64_t ocs_need_run(const struct ocs_settings *settings, const struct ocs_inputs *inputs,
                      const struct ocs_cut *cut);

#endif
