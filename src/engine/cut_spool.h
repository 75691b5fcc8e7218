/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CUT_SPOOL_H
#define OCS_CUT_SPOOL_H

/* What the maps whose bytes come only once need. */

#include "inputs.h"

/* What is held from their spooling to the end of the run. */
uint64_t ocs_cut_spool_shared(const struct ocs_inputs *inputs);

/* At the peak of the spool passes, beside that: decoders, buffers, thread and workers. 0: no map
 * comes only once. */
uint64_t ocs_cut_spool_pass(const struct ocs_inputs *inputs, unsigned threads);

/* Groups under way from the decoder to the workers. */
unsigned ocs_cut_spool_buffers(unsigned threads);

#endif
