/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results.h"

#include "fail.h"
#include "out_flow.h"
#include "output_tree.h"
#include "result_files.h"
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `room`: bytes for a text of the usual length, kept from the start, so that a disk that fills up
 * in a long run does not cost its maps. */
static const struct {
    const char *suffix;
    uint64_t room;
} texts[OCS_TEXTS] = {
    [OCS_TEXT_REPORT] = {"_report.json", 64 << 10},
    [OCS_TEXT_LOG] = {".log", 16 << 10},
    [OCS_TEXT_CHIMERAX] = {".cxc", 16 << 10},
    [OCS_TEXT_TARGETS] = {"_targets.csv", 64 << 10},
};

/* "_scale.mrc" */
static void map_suffix(unsigned index, enum ocs_format format, char suffix[64])
{
    snprintf(suffix, 64, "_%s%s", ocs_output_kind_name((enum ocs_output)(1 << index)),
             ocs_tiled_suffix(format));
}

bool ocs_results_possible_name(const char *stem, unsigned number, char name_ret[OCS_RESULT_NAME])
{
    char suffix[64];
    const unsigned maps = OCS_OUTPUT_KINDS * (OCS_FORMAT_ZARR + 1);
    if (number >= maps + OCS_TEXTS)
        return false;
    if (number < maps)
        map_suffix(number % OCS_OUTPUT_KINDS, (enum ocs_format)(number / OCS_OUTPUT_KINDS), suffix);
    snprintf(name_ret, OCS_RESULT_NAME, "%s%s", stem,
             number < maps ? suffix : texts[number - maps].suffix);
    return true;
}

static enum ocs_status name_file(char *path, const char *folder, const char *stem,
                                 const char *suffix, struct ocs_error *error)
{
    const int length = snprintf(path, OCS_REPORT_PATH, "%s/%s%s", folder, stem, suffix);
    if (length > 0 && length < OCS_REPORT_PATH)
        return OCS_OK;
    return ocs_fail(error, OCS_USAGE, "naming the results in", folder, "the path is too long");
}

static enum ocs_status name_maps(struct ocs_results *results, const struct ocs_options *options,
                                 bool may_exist, const char *stem, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS && status == OCS_OK; ++i) {
        if (!(results->outputs >> i & 1))
            continue;
        char suffix[64];
        map_suffix(i, options->format, suffix);
        status = name_file(results->map_path[i], options->output_dir, stem, suffix, error);
        if (status == OCS_OK)
            status = options->format == OCS_FORMAT_ZARR
                         ? ocs_output_tree_check(results->map_path[i], may_exist, error)
                         : ocs_output_file_check(results->map_path[i], may_exist, error);
    }
    return status;
}

static bool is_text_wanted(const struct ocs_options *options, int text)
{
    if (text == OCS_TEXT_CHIMERAX)
        return options->chimerax && options->format == OCS_FORMAT_MRC;
    return text != OCS_TEXT_TARGETS || options->target_mask || options->labels;
}

bool ocs_results_is_standard_output(const char *folder)
{
    return strcmp(folder, "-") == 0;
}

static enum ocs_status check_standard_output(struct ocs_results *results, struct ocs_error *error)
{
    if (__builtin_popcount(results->outputs) == 1) {
        results->to_standard_output = true;
        return ocs_out_flow_check(error);
    }
    ocs_fail(error, OCS_USAGE, "checking", "--output",
             "only one map can go to standard output, not %d",
             __builtin_popcount(results->outputs));
    ocs_advise(error, "name it with --outputs");
    return OCS_USAGE;
}

enum ocs_status ocs_results_name(const struct ocs_options *options, unsigned outputs, bool resumed,
                                 struct ocs_results *results, struct ocs_error *error)
{
    const bool may_exist = options->force || resumed;
    results->outputs = outputs;
    results->force = options->force;
    results->carry_report = options->format == OCS_FORMAT_ZARR;
    if (ocs_results_is_standard_output(options->output_dir))
        return check_standard_output(results, error);
    char stem[256];
    enum ocs_status status = ocs_stem(options->map, stem, sizeof stem, error);
    if (status == OCS_OK)
        status = name_maps(results, options, may_exist, stem, error);
    for (int text = 0; text < OCS_TEXTS && status == OCS_OK; ++text) {
        if (!is_text_wanted(options, text))
            continue;
        status = name_file(results->text_path[text], options->output_dir, stem, texts[text].suffix,
                           error);
        if (status == OCS_OK)
            status = ocs_output_file_check(results->text_path[text], may_exist, error);
    }
    return status;
}

static enum ocs_status create_file(struct ocs_results *results, unsigned index,
                                   const struct ocs_results_means *means, const char *label,
                                   const struct ocs_mrc *like, struct ocs_error *error)
{
    const struct ocs_result_map_spec spec = {
        .path = results->map_path[index],
        .force = results->force,
        .tiled = means->tiled,
        .dtype = means->options->dtype,
        .like = like,
        .label = label,
        .simd = means->simd,
        .keeping = means->keeping,
        .writer = means->writer,
        .budget = means->budget,
        .scratch = means->scratch,
        .scratch_offset = means->layout->pyramid[index],
        .band_rows = means->band_rows[index],
    };
    return ocs_result_map_create(&results->map[index], &spec, &results->sink[index], error);
}

static enum ocs_status create_pipe(struct ocs_results *results, unsigned index,
                                   const struct ocs_results_means *means, const char *label,
                                   const struct ocs_mrc *like, struct ocs_error *error)
{
    const struct ocs_map_pipe_spec spec = {
        .like = like,
        .label = label,
        .dtype = means->options->dtype,
        .simd = means->simd,
        .scratch = means->scratch,
        .scratch_offset = means->layout->pipe,
    };
    const enum ocs_status status = ocs_map_pipe_open(means->budget, &spec, &results->pipe, error);
    if (status == OCS_OK)
        results->sink[index] = ocs_map_pipe_sink(results->pipe);
    return status;
}

static enum ocs_status create_map(struct ocs_results *results, unsigned index,
                                  const struct ocs_results_means *means, struct ocs_error *error)
{
    char label[OCS_MRC_LABEL_BYTES + 1];
    snprintf(label, sizeof label, "occustream " OCS_VERSION ": %s",
             ocs_output_kind_name((enum ocs_output)(1 << index)));
    const struct ocs_mrc *const like = OCS_MODIFICATIONS >> index & 1 ? means->map : means->plain;
    return results->to_standard_output ? create_pipe(results, index, means, label, like, error)
                                       : create_file(results, index, means, label, like, error);
}

/* What is written at the end only has nothing to keep from an interrupted run. */
static enum ocs_status open_text(struct ocs_results *results, int text, struct ocs_error *error)
{
    const enum ocs_output_keeping keeping =
        results->keeping == OCS_OUTPUT_NOT_KEPT ? OCS_OUTPUT_NOT_KEPT : OCS_OUTPUT_KEPT_FRESH;
    return ocs_output_file_open(results->text_path[text], results->force, keeping, texts[text].room,
                                &results->text[text], error);
}

enum ocs_status ocs_results_create(struct ocs_results *results,
                                   const struct ocs_results_means *means, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    results->keeping = means->keeping;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS && status == OCS_OK; ++i)
        if (results->outputs >> i & 1)
            status = create_map(results, i, means, error);
    for (int text = 0; text < OCS_TEXTS && status == OCS_OK; ++text)
        if (results->text_path[text][0])
            status = open_text(results, text, error);
    return status;
}

enum ocs_status ocs_results_drain(struct ocs_results *results, struct ocs_beat *beat,
                                  struct ocs_error *error)
{
    return results->pipe ? ocs_map_pipe_drain(results->pipe, beat, error) : OCS_OK;
}

static enum ocs_status finish_maps(struct ocs_results *results, struct ocs_report *report,
                                   struct ocs_error *error)
{
    char *text = NULL; /* of what the maps themselves say about the run                     */
    enum ocs_status status = OCS_OK;
    if (results->carry_report)
        status = ocs_report_attributes(report, &text, error);
    for (unsigned o = 0; o < report->output_count && status == OCS_OK; ++o) {
        const unsigned i = (unsigned)__builtin_ctz(report->outputs[o].kind);
        status =
            ocs_result_map_finish(&results->map[i], &report->outputs[o].statistics, text, error);
    }
    free(text);
    return status;
}

static enum ocs_status write_text(struct ocs_results *results, int text,
                                  const struct ocs_report *report, const char *command,
                                  const struct ocs_mrc *like, struct ocs_error *error)
{
    struct ocs_output_file *const file = results->text[text];
    switch (text) {
    case OCS_TEXT_REPORT:
        return ocs_write_report_json(report, command, file, error);
    case OCS_TEXT_LOG:
        return ocs_write_log(report, command, file, error);
    case OCS_TEXT_TARGETS:
        return ocs_write_targets_csv(report, file, error);
    default:
        return ocs_write_chimerax(report, like, file, error);
    }
}

/* Those that appeared before one that cannot are abandoned with the rest: all or none. */
static enum ocs_status all_appear(struct ocs_results *results, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS && status == OCS_OK; ++i)
        status = ocs_result_map_appear(&results->map[i], error);
    for (int text = 0; text < OCS_TEXTS && status == OCS_OK; ++text)
        if (results->text[text])
            status = ocs_output_file_appear(results->text[text], error);
    return status;
}

/* Maps are synced when they are finished. */
static enum ocs_status sync_texts(struct ocs_results *results, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (int text = 0; text < OCS_TEXTS && status == OCS_OK; ++text)
        if (results->text[text])
            status = ocs_output_file_sync(results->text[text], error);
    return status;
}

static void leave_all(struct ocs_results *results)
{
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        ocs_result_map_leave(&results->map[i]);
    for (int text = 0; text < OCS_TEXTS; ++text) {
        ocs_output_file_leave(results->text[text]);
        results->text[text] = NULL;
    }
}

enum ocs_status ocs_results_complete(struct ocs_results *results, struct ocs_report *report,
                                     const char *command, const struct ocs_mrc *like,
                                     struct ocs_error *error)
{
    enum ocs_status status = finish_maps(results, report, error);
    for (int text = 0; text < OCS_TEXTS && status == OCS_OK; ++text)
        if (results->text[text])
            status = write_text(results, text, report, command, like, error);
    return status == OCS_OK && results->keeping != OCS_OUTPUT_NOT_KEPT ? sync_texts(results, error)
                                                                       : status;
}

enum ocs_status ocs_results_publish(struct ocs_results *results, struct ocs_error *error)
{
    const enum ocs_status status = all_appear(results, error);
    if (status == OCS_OK)
        leave_all(results);
    return status;
}

void ocs_results_abandon(struct ocs_results *results, bool leave)
{
    ocs_map_pipe_close(results->pipe);
    results->pipe = NULL;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i)
        ocs_result_map_abandon(&results->map[i], leave);
    for (int text = 0; text < OCS_TEXTS; ++text) {
        if (leave)
            ocs_output_file_put_by(results->text[text]);
        else
            ocs_output_file_abandon(results->text[text]);
        results->text[text] = NULL;
    }
}
