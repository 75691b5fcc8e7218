/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RUN_INTERNAL_H
#define OCS_RUN_INTERNAL_H

/* One run from inside: what the steps hand on to each other. run.c knows their order, the other run_*.c do one each. */

#include "confidence.h"
#include "density.h"
#include "emit.h"
#include "filter.h"
#include "gather.h"
#include "loop.h"
#include "plan.h"
#include "scratch.h"
#include "survey.h"
#include "writer.h"

struct ocs_run_state {
    struct ocs_plan *plan;
    const struct ocs_hooks *hooks; /* never NULL here                                       */
    struct ocs_report *report;

    /* shared by all passes */
    struct ocs_budget *budget;
    struct ocs_loop *loop;
    struct ocs_writer *writer;
    struct ocs_scratch *scratch;
    struct ocs_reading reading;
    struct ocs_beat beat;
    struct ocs_run_context context;

    /* progress */
    double started;
    unsigned pass_index;

    /* what passes leave for later ones */
    struct ocs_spectrum_store *store;
    struct ocs_synth *synth;
    struct ocs_feed_source raw, filtered;     /* V and L; filtered is V itself without a low-pass */
    const struct ocs_feed_source *scale_data; /* one of the two                              */
    struct ocs_tally tally;                   /* of V                                       */
    float filtered_min, filtered_max;         /* of L                                       */
    float solvent_min, solvent_max;           /* of L among the solvent voxels               */
    enum ocs_solvent_side solvent_side;
    struct ocs_tile_thresholds thresholds;
    struct ocs_tile_counts *tile_counts;
    double full_scale;
    struct ocs_bins solvent_bins, whole_bins;
    uint64_t solvent_counts[OCS_BINS], whole_counts[OCS_BINS];
    struct ocs_confidence confidence;
};

/* Runs one pass on the plan's threads, with progress, and notes its time. */
OCS_MUST_USE enum ocs_status ocs_run_pass(struct ocs_run_state *run, const struct ocs_pass *pass,
                                          struct ocs_error *error);

/* Exact values of a sample of tiles: the thresholds that the counting sweep uses. */
OCS_MUST_USE enum ocs_status ocs_run_sample_tiles(struct ocs_run_state *run,
                                                  struct ocs_error *error);

/* From the counts to full scale, the smallest tile value and where they are. */
OCS_MUST_USE enum ocs_status ocs_run_settle_tiles(struct ocs_run_state *run,
                                                  struct ocs_error *error);

/* From the histograms to the solvent model and the confidence curve. */
OCS_MUST_USE enum ocs_status ocs_run_make_model(struct ocs_run_state *run, struct ocs_error *error);

/* The report's fields that follow from the plan alone. */
void ocs_run_report_plan(struct ocs_run_state *run);

/* What users should know about the result, from the finished report. */
void ocs_run_warn(struct ocs_run_state *run);

OCS_PRINTF(3, 4)
void ocs_report_warning(struct ocs_report *report, const char *code, const char *text, ...);

#endif
