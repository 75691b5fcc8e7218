/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CONVERT_PLAN_H
#define OCS_CONVERT_PLAN_H

/* A conversion from inside. It shares with an estimate what reads maps, counts memory, runs passes
 * and writes maps; of `base` the settings are those of a run that makes one map, its first output,
 * out of nothing but the voxels. */

#include "run_internal.h"

#include "occustream/convert.h"

struct ocs_convert_plan {
    struct ocs_plan base;
    bool verify;
    /* of the input's header, where they are determined and hold for the output as well */
    bool has_statistics;
    struct ocs_statistics statistics;
    char folder[OCS_REPORT_PATH]; /* of the output                                         */
};

/* The folder that an output is in, for `folder` of OCS_REPORT_PATH bytes. */
void ocs_convert_folder(const char *out, char *folder);

/* ---- convert_cut.c ---- */

/* The cheapest cut that fits; as ocs_cut_choose. */
OCS_MUST_USE enum ocs_status ocs_convert_cut(struct ocs_convert_plan *plan, uint64_t memory_bytes,
                                             unsigned threads, uint64_t *smallest_ret,
                                             struct ocs_error *error);

/* ---- convert_verify.c ---- */

/* What reading the output again takes; 0 unless it is wanted. */
uint64_t ocs_convert_verify_need(const struct ocs_convert_plan *plan);

/* Reads the output again: OCS_IO unless its voxels have this checksum. */
OCS_MUST_USE enum ocs_status ocs_convert_verify(struct ocs_run_state *run,
                                                const struct ocs_convert_plan *plan, uint64_t sum,
                                                struct ocs_error *error);

#endif
