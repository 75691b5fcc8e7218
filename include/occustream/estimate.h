/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCCUSTREAM_ESTIMATE_H
#define OCCUSTREAM_ESTIMATE_H

/* Estimating the local scale: make a plan from the options and the map's header, look at it, run
 * it.
 *
 *     struct ocs_plan *plan;
 *     if (ocs_plan_make(&options, &plan, &error) == OCS_OK) {
 *         status = ocs_run(plan, NULL, &report, &error);
 *         ocs_plan_destroy(plan);
 *     }
 *
 * Different plans may be made and run on different threads. While a plan is run nobody else may use
 * it. */

#include "occustream/error.h"
#include "occustream/options.h"
#include "occustream/report.h"

#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ocs_plan;

/* One sweep over the data, as planned. */
struct ocs_plan_pass {
    char name[16];
    char text[96]; /* what it does, for people                                            */
    uint64_t bytes_read, bytes_written; /* input, masks and outputs; scratch is apart      */
    uint64_t scratch_bytes;             /* moved to and from scratch                       */
};

struct ocs_plan_summary {
    uint64_t dims[3];
    double voxel_size_ang[3];
    unsigned pass_count;
    struct ocs_plan_pass passes[OCS_REPORT_PASSES];
    uint64_t bytes_read, bytes_written;
    uint64_t scratch_bytes; /* largest size of the scratch file; 0: none needed             */
    char scratch_dir[OCS_REPORT_PATH];
    char resume_folder[OCS_REPORT_PATH]; /* of the journal; "": not to be resumed            */
    bool resumes;                        /* there is a journal of an interrupted run         */
    /* What interrupted runs left in scratch_dir and in the output folder, and nobody uses: how many
     * folders and files, and the first one. */
    unsigned left_count;
    char left_path[OCS_REPORT_PATH];
    uint64_t memory_limit_bytes;
    uint64_t memory_need_bytes;     /* what this plan will use at most                      */
    uint64_t memory_smallest_bytes; /* the smallest limit that works for these options      */
    uint64_t in_memory_bytes;       /* of maps behind URLs, kept so that they come once     */
    unsigned threads;
    uint64_t band_rows, slab_planes; /* how the emit sweep is cut                           */
    char simd[12];
};

/* Checks the options, opens the map and its masks, reads their headers, checks that the outputs may
 * be written, and decides how to run. Nothing is written. Waits for a pipe until it has sent a
 * header; one with a name also until something writes to it. Fails with OCS_USAGE, OCS_BAD_INPUT,
 * OCS_LIMIT (memory too small: the advice names the smallest that works) or OCS_IO. */
OCS_MUST_USE enum ocs_status ocs_plan_make(const struct ocs_options *options,
                                           struct ocs_plan **plan_ret, struct ocs_error *error);
void ocs_plan_destroy(struct ocs_plan *plan); /* NULL is fine */

/* Valid as long as the plan. */
const struct ocs_plan_summary *ocs_plan_summary(const struct ocs_plan *plan);

struct ocs_progress {
    const char *pass;
    unsigned pass_index, pass_count;
    double pass_fraction;  /* 0..1 of this pass                                           */
    double total_fraction; /* 0..1 of the run, by the bytes that its passes move          */
    double seconds;        /* since the run began                                         */
    /* Of this pass. Passes over a spectrum count its lines instead, those over tiles planes. */
    uint64_t voxels_done, voxels_total;
};

struct ocs_hooks {
    /* Called about ten times a second from a thread of the run; must return soon. May be NULL. */
    void (*progress)(void *user, const struct ocs_progress *progress);
    void *user;
    /* The run ends with OCS_CANCELLED soon after this becomes non-zero; may be set by a signal
     * handler. May be NULL. */
    const volatile sig_atomic_t *cancel;
};

/* Runs the plan once and writes all its files. `hooks` may be NULL. On failure no output file has
 * appeared and earlier ones are untouched; the report is then only good for ocs_report_free. */
OCS_MUST_USE enum ocs_status ocs_run(struct ocs_plan *plan, const struct ocs_hooks *hooks,
                                     struct ocs_report *report_ret, struct ocs_error *error);

#ifdef __cplusplus
}
#endif
#endif
