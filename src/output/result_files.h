/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_RESULT_FILES_H
#define OCS_RESULT_FILES_H

/* The small text results: report, log, ChimeraX script, target table. Each is written into an
 * output file that the caller publishes together with the maps. */

#include "header.h"
#include "output_file.h"

#include "occustream/report.h"

/* STEM of a map's path: without folder, compression suffix (.gz .bz2 .xz .zst) and map suffix (.map
 * .mrc .ccp4 .rec .st .mrcs ...), whatever their case; "stdin" for "-". OCS_USAGE when nothing is
 * left or it does not fit. */
OCS_MUST_USE enum ocs_status ocs_stem(const char *path, char *stem, size_t stem_bytes,
                                      struct ocs_error *error);

/* "scale", "confidence" ...: the part of the file name after STEM_. */
const char *ocs_output_kind_name(enum ocs_output kind);

/* schema occustream-report/1, as docs/formats.md describes it. */
OCS_MUST_USE enum ocs_status ocs_write_report_json(const struct ocs_report *report,
                                                   const char *command_line,
                                                   struct ocs_output_file *file,
                                                   struct ocs_error *error);

/* What of it is about the map and not about this run, for maps that carry it along: the same for
 * any memory and threads. Without targets. To be freed with free(). */
OCS_MUST_USE enum ocs_status ocs_report_attributes(const struct ocs_report *report, char **text_ret,
                                                   struct ocs_error *error);

/* The same for reading. */
OCS_MUST_USE enum ocs_status ocs_write_log(const struct ocs_report *report,
                                           const char *command_line, struct ocs_output_file *file,
                                           struct ocs_error *error);

/* Opens the maps coloured by scale. The written maps are named relative to the script's folder; the
 * input too when it lies there, else by its absolute path. No name can do anything but name a file:
 * see chimerax_name.h. `like` is the input's header, which says where its first voxel lies in
 * space. */
OCS_MUST_USE enum ocs_status ocs_write_chimerax(const struct ocs_report *report,
                                                const struct ocs_mrc *like,
                                                struct ocs_output_file *file,
                                                struct ocs_error *error);

/* STEM_targets.csv */
OCS_MUST_USE enum ocs_status ocs_write_targets_csv(const struct ocs_report *report,
                                                   struct ocs_output_file *file,
                                                   struct ocs_error *error);

/* Version of the JSON library behind the report. */
const char *ocs_json_library(void);

#endif
