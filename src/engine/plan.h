/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_PLAN_H
#define OCS_PLAN_H

/* A plan from inside. */

#include "cut.h"
#include "inputs.h"
#include "results.h"
#include "settings.h"

#include "occustream/estimate.h"

struct ocs_plan {
    struct ocs_options options;
    struct ocs_inputs inputs;
    struct ocs_settings settings;
    struct ocs_cut cut;
    struct ocs_results results;
    enum ocs_simd simd;
    uint64_t fail_allocation; /* for tests: the run's n-th from its budget fails; 0: none    */
    struct ocs_plan_summary summary;
};

/* Whether the extremes of L, or of the solvent region, need a sweep of their own. */
bool ocs_plan_has_range_pass(const struct ocs_plan *plan);

/* The best instructions, or slower ones that OCCUSTREAM_SIMD names, for tests and for reports about
 * wrong results. */
OCS_MUST_USE enum ocs_status ocs_plan_choose_simd(enum ocs_simd *simd_ret, struct ocs_error *error);

/* Fills the summary from the rest. */
void ocs_plan_summarise(struct ocs_plan *plan, uint64_t memory_bytes, uint64_t smallest_bytes);
void ocs_plan_summarise_conversion(struct ocs_plan *plan, bool verify, uint64_t memory_bytes,
                                   uint64_t smallest_bytes);

#endif
