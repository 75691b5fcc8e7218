/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RUN_INTERNAL_H
#define OCS_RUN_INTERNAL_H

/* One run from inside: what the steps hand on to each other. run.c knows their order, the other
 * run_*.c do one each. */

#include "confidence.h"
#include "density.h"
#include "emit.h"
#include "found.h"
#include "loop.h"
#include "plan.h"
#include "scratch.h"
#include "survey.h"
#include "target_scale.h"
#include "writer.h"

/* A Fourier step under way: its kept spectrum, and rows of its result. */
struct ocs_step {
    const struct ocs_spectral *spectral;
    struct ocs_spectrum_store *store, *filtered; /* the same, unless the run can be resumed      */
    struct ocs_synth *synth;
};

/* What is known of the target maps, by OCS_TARGET_MASK and OCS_TARGET_LABELS; all-zero: none. */
struct ocs_run_targets {
    struct ocs_label_set *set[OCS_TARGET_MAPS];
    struct ocs_volume working[OCS_TARGET_MAPS]; /* in the box of the scale data               */
    struct ocs_target_scale scale[OCS_TARGET_MAPS];
};

struct ocs_keeper;

struct ocs_run_state {
    struct ocs_plan *plan;
    const struct ocs_hooks *hooks; /* never NULL here                                       */
    struct ocs_report *report;

    /* shared by all passes */
    struct ocs_budget *budget; /* this and the loop are the inputs'                         */
    struct ocs_loop *loop;
    struct ocs_writer *writer;
    struct ocs_scratch *scratch;
    struct ocs_spool *spools[OCS_INPUT_FILES]; /* NULL: the file can be read at any place */
    struct ocs_reading reading;
    struct ocs_beat beat;
    struct ocs_run_context context;
    bool published;   /* by taking up where an interrupted run had all but the names          */
    bool accepted;    /* what the journal has, if there is one, is this run's                 */
    bool complete;    /* all files have their names                                        */
    bool interrupted; /* the inputs were, because the run is to stop                        */

    /* progress */
    double started;
    unsigned pass_index;

    /* the volumes of the estimate: the map and the definition, or their cropped forms in scratch */
    struct ocs_volume working, definition;
    struct ocs_keeper *keeper; /* NULL: the run cannot be resumed                             */

    uint64_t repeats;       /* voxels of V equal to the one before them */
    struct ocs_tally tally; /* of V, at its own size                                        */

    /* what passes leave for later ones */
    struct ocs_step lowpass;
    struct ocs_feed_source raw, filtered;     /* V and L; filtered is V itself without a low-pass */
    const struct ocs_feed_source *scale_data; /* one of the two                              */
    struct ocs_tally working_tally;           /* of the working volume                       */
    float filtered_min, filtered_max;         /* of L                                       */
    float solvent_min, solvent_max;           /* of L among the solvent voxels               */
    enum ocs_solvent_side solvent_side;
    struct ocs_tile_thresholds thresholds;
    struct ocs_tile_counts *tile_counts;
    double full_scale;
    struct ocs_bins solvent_bins, whole_bins;
    uint64_t solvent_counts[OCS_BINS], whole_counts[OCS_BINS];
    struct ocs_gaussian solvent_fit;
    struct ocs_confidence confidence;
    struct ocs_run_targets targets;

    /* intermediates that outputs go through, and what was written in the end */
    struct ocs_volume map_volume[OCS_WORKING_MAPS], modified_volume[OCS_OUTPUT_KINDS];
    struct ocs_sink map_sink[OCS_WORKING_MAPS], modified_sink[OCS_OUTPUT_KINDS];
    struct ocs_tally output_tally[OCS_OUTPUT_KINDS];
};

/* ---- run.c ---- */

/* Budget, loop, writer and scratch, as the plan has them, and what readers and passes are made
 * with. `fresh`: scratch that is kept is made anew. */
OCS_MUST_USE enum ocs_status ocs_run_open_means(struct ocs_run_state *run, bool fresh,
                                                struct ocs_error *error);

/* ---- run_pass.c ---- */

/* Runs one pass on the plan's threads, with progress, and notes its time. Where the run can be
 * resumed, or is, what the pass leaves behind is recorded, or taken from the record instead;
 * `found` NULL: the caller sees to that (keeper.h). */
OCS_MUST_USE enum ocs_status ocs_run_pass(struct ocs_run_state *run, const struct ocs_pass *pass,
                                          const struct ocs_found *found, struct ocs_error *error);

/* Adds to the times in the report; `taken_over`: by an earlier run. */
void ocs_run_note_time(struct ocs_run_state *run, const char *name, double seconds,
                       bool taken_over);

struct ocs_slabs ocs_run_slabs(const struct ocs_run_state *run, struct ocs_box box);

/* Those of a sweep whose rows go to outputs of the map's own box. */
struct ocs_slabs ocs_run_output_slabs(const struct ocs_run_state *run);

/* An intermediate volume at its place in the scratch file. */
struct ocs_volume ocs_run_intermediate(const struct ocs_run_state *run, struct ocs_box box,
                                       uint64_t offset);

/* The whole of it, as a region that a pass writes. */
void ocs_found_add_volume(struct ocs_found *found, const struct ocs_volume *volume);

/* ---- run_fourier.c ---- */

/* Surveys and filters `survey->volume`, whose fields `spectral` and `store` are set here; then the
 * step can be used as a feed's synth until its end. `survey` keeps what was found. */
OCS_MUST_USE enum ocs_status ocs_run_step_begin(struct ocs_run_state *run,
                                                const struct ocs_spectral *spectral,
                                                struct ocs_survey *survey, struct ocs_step *step,
                                                struct ocs_error *error);
void ocs_run_step_end(struct ocs_run_state *run, struct ocs_step *step);

/* The sweep over one volume that needs no spectrum. */
OCS_MUST_USE enum ocs_status ocs_run_survey(struct ocs_run_state *run, struct ocs_survey *survey,
                                            struct ocs_error *error);

/* Brings the map, and the solvent definition, to the working box. */
OCS_MUST_USE enum ocs_status ocs_run_crop(struct ocs_run_state *run, struct ocs_error *error);

/* Refuses a map with NaN, infinities or no contrast; else notes what was found of it. */
OCS_MUST_USE enum ocs_status ocs_run_judge_map(struct ocs_run_state *run,
                                               const struct ocs_survey *survey,
                                               struct ocs_error *error);

/* ---- run_estimate.c ---- */

/* Everything from the survey of the working volume to the emit sweep. */
OCS_MUST_USE enum ocs_status ocs_run_estimate(struct ocs_run_state *run, struct ocs_error *error);

/* ---- run_tiles.c ---- */

/* Exact values of a sample of tiles: the thresholds that the counting sweep uses. */
OCS_MUST_USE enum ocs_status ocs_run_sample_tiles(struct ocs_run_state *run,
                                                  struct ocs_error *error);

/* From the counts to full scale, the smallest tile value and where they are. */
OCS_MUST_USE enum ocs_status ocs_run_settle_tiles(struct ocs_run_state *run,
                                                  struct ocs_error *error);

/* ---- run_model.c ---- */

/* From the histograms to the solvent model and the confidence curve. */
OCS_MUST_USE enum ocs_status ocs_run_make_model(struct ocs_run_state *run, struct ocs_error *error);

/* ---- run_targets.c ---- */

/* After the model: one report row a target, with all but the quartiles of the scale. */
OCS_MUST_USE enum ocs_status ocs_run_measure_targets(struct ocs_run_state *run,
                                                     struct ocs_error *error);

/* Lets the sweep that makes the final scale gather it under the targets; after that, the quartiles.
 */
void ocs_run_add_targets(struct ocs_run_state *run, struct ocs_products *products);
void ocs_run_report_targets(struct ocs_run_state *run);

/* Always safe. */
void ocs_run_free_targets(struct ocs_run_state *run);

/* ---- run_outputs.c ---- */

/* The products of the emit sweep, and those of the restore sweep. */
void ocs_run_emit_products(struct ocs_run_state *run, struct ocs_products *products);
void ocs_run_restore_products(struct ocs_run_state *run, struct ocs_products *products);

/* What a sweep that makes `products` leaves behind of them: files, intermediates, statistics. */
void ocs_run_found_products(struct ocs_run_state *run, struct ocs_products *products,
                            struct ocs_found *found);

/* What is written of output `index`, to its file. */
void ocs_run_found_output(struct ocs_run_state *run, unsigned index, struct ocs_found *found);

/* Keeps the statistics of the products that went straight to their files. */
void ocs_run_keep_tallies(struct ocs_run_state *run, const struct ocs_products *products);
void ocs_run_report_outputs(struct ocs_run_state *run);

/* ---- run_finish.c ---- */

/* Makes the outputs of a restored working box; brings modifications through their last steps. */
OCS_MUST_USE enum ocs_status ocs_run_restore(struct ocs_run_state *run, struct ocs_error *error);
OCS_MUST_USE enum ocs_status ocs_run_finish(struct ocs_run_state *run, struct ocs_error *error);

/* ---- run_pyramids.c ---- */

/* The coarser levels of outputs that have some. */
OCS_MUST_USE enum ocs_status ocs_run_pyramids(struct ocs_run_state *run, struct ocs_error *error);

/* ---- run_report.c, run_warn.c ---- */

/* The report's fields that follow from the plan alone. */
void ocs_run_report_plan(struct ocs_run_state *run);

/* What users should know about the result, from the finished report. */
void ocs_run_warn(struct ocs_run_state *run);

OCS_PRINTF(3, 4)
void ocs_report_warning(struct ocs_report *report, const char *code, const char *text, ...);

#endif
