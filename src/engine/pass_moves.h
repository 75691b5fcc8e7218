/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_PASS_MOVES_H
#define OCS_PASS_MOVES_H

/* The passes of a plan's summary, and the bytes that each reads, writes, and moves to and from
 * scratch. Each function below adds what one sweep moves to `pass`, which is of the list. */

#include "plan.h"

struct ocs_pass_list {
    const struct ocs_plan *plan;
    struct ocs_plan_summary *summary;
    unsigned counted; /* bits of the files kept in memory that came already              */
};

/* The next pass, which moves nothing yet. */
struct ocs_plan_pass *ocs_pass_list_add(struct ocs_pass_list *list, const char *name,
                                        const char *text);

/* `sweeps` times all of a map, from its file, its spool or memory; `map` may be NULL. */
void ocs_pass_reads_map(struct ocs_pass_list *list, struct ocs_plan_pass *pass,
                        const struct ocs_map *map, uint64_t sweeps);

/* The map in its working box: from the map, or from scratch once it is cropped. */
void ocs_pass_reads_working(struct ocs_pass_list *list, struct ocs_plan_pass *pass);
void ocs_pass_reads_definition(struct ocs_pass_list *list, struct ocs_plan_pass *pass);
void ocs_pass_reads_filtered(struct ocs_pass_list *list, struct ocs_plan_pass *pass);

/* The targets under which the sweep that makes the final scale gathers it. */
void ocs_pass_reads_targets(struct ocs_pass_list *list, struct ocs_plan_pass *pass);

/* `outputs`, as bits: files, or intermediates where they are finished later. */
void ocs_pass_writes_outputs(struct ocs_pass_list *list, struct ocs_plan_pass *pass,
                             unsigned outputs);

/* What goes to standard output goes through scratch. */
void ocs_pass_goes_to_pipe(struct ocs_pass_list *list, struct ocs_plan_pass *pass);

/* Bytes of the files of `outputs`; of the means that are the first coarser levels of their
 * pyramids; of one reading of a step's whole spectrum, when that is in scratch; of a float32 box.
 */
uint64_t ocs_pass_written_bytes(const struct ocs_plan *plan, unsigned outputs);
uint64_t ocs_pass_first_means_bytes(const struct ocs_settings *settings, unsigned outputs);
uint64_t ocs_pass_spectrum_bytes(const struct ocs_plan *plan, const struct ocs_spectral *spectral);
uint64_t ocs_box_float_bytes(struct ocs_box box);

#endif
