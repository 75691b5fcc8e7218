/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RESULTS_H
#define OCS_RESULTS_H

/* The files of a run: named and checked when it is planned, made without a name when it starts, and
 * given their names together at the end, or never. */

#include "layout.h"
#include "map_pipe_sink.h"
#include "result_map.h"

#include "occustream/report.h"

enum { OCS_TEXT_REPORT, OCS_TEXT_LOG, OCS_TEXT_CHIMERAX, OCS_TEXT_TARGETS, OCS_TEXTS };

struct ocs_results {
    unsigned outputs; /* bits                                                              */
    bool force;
    enum ocs_output_keeping keeping;
    bool carry_report; /* maps have room for it                                            */
    char map_path[OCS_OUTPUT_KINDS][OCS_REPORT_PATH];
    char text_path[OCS_TEXTS][OCS_REPORT_PATH]; /* "": not wanted                           */

    bool to_standard_output; /* the one map, and nothing else                                 */
    struct ocs_result_map map[OCS_OUTPUT_KINDS];
    struct ocs_map_pipe *pipe;
    struct ocs_sink sink[OCS_OUTPUT_KINDS];
    struct ocs_output_file *text[OCS_TEXTS];
};

/* Whether `folder` stands for standard output. */
bool ocs_results_is_standard_output(const char *folder);

/* The names that any results of a map with that stem may have, by number; false behind the last. */
enum { OCS_RESULT_NAME = 320 };
bool ocs_results_possible_name(const char *stem, unsigned number, char name_ret[OCS_RESULT_NAME]);

/* Names the files and checks that they may be written. Changes nothing on disk. `resumed`: some may
 * have been named by the run that is resumed, which is looked at later. `results` is all zeros
 * before. */
OCS_MUST_USE enum ocs_status ocs_results_name(const struct ocs_options *options, unsigned outputs,
                                              bool resumed, struct ocs_results *results,
                                              struct ocs_error *error);

/* What maps are made with. */
struct ocs_results_means {
    const struct ocs_options *options;
    const struct ocs_tiled *tiled;
    const struct ocs_mrc *map;   /* modifications are like this                             */
    const struct ocs_mrc *plain; /* the others like this                                    */
    enum ocs_simd simd;
    enum ocs_output_keeping keeping;
    struct ocs_writer *writer;
    struct ocs_budget *budget;
    struct ocs_scratch *scratch;
    const struct ocs_layout *layout;
    uint64_t band_rows[OCS_OUTPUT_KINDS]; /* most rows of a pen                             */
};

/* Makes the files, still without a name: maps at their full size, texts with room for the usual. */
OCS_MUST_USE enum ocs_status ocs_results_create(struct ocs_results *results,
                                                const struct ocs_results_means *means,
                                                struct ocs_error *error);

/* After the writer was drained: waits until standard output took its map, if it gets one. */
OCS_MUST_USE enum ocs_status ocs_results_drain(struct ocs_results *results, struct ocs_beat *beat,
                                               struct ocs_error *error);

/* After the writer was drained: headers with the report's statistics (which become those of the
 * voxels as stored), and texts. Kept files are then on the disk. */
OCS_MUST_USE enum ocs_status ocs_results_complete(struct ocs_results *results,
                                                  struct ocs_report *report, const char *command,
                                                  const struct ocs_mrc *like,
                                                  struct ocs_error *error);

/* After that: all the names. On failure abandoning takes back those that were given
 * already. */
OCS_MUST_USE enum ocs_status ocs_results_publish(struct ocs_results *results,
                                                 struct ocs_error *error);

/* Leaves nothing behind of what has no name yet, but kept files when `leave`. Always safe. */
void ocs_results_abandon(struct ocs_results *results, bool leave);

#endif
