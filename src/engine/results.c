/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "results.h"

#include "fail.h"
#include "result_files.h"
#include "settings.h"

#include <stdio.h>

static const char *const text_suffix[OCS_TEXTS] = {"_report.json", ".log", ".cxc", "_targets.csv"};

static enum ocs_status name_file(char *path, const char *folder, const char *stem,
                                 const char *suffix, struct ocs_error *error)
{
    const int length = snprintf(path, OCS_REPORT_PATH, "%s/%s%s", folder, stem, suffix);
    if (length > 0 && length < OCS_REPORT_PATH)
        return OCS_OK;
    return ocs_fail(error, OCS_USAGE, "naming the results in", folder, "the path is too long");
}

static enum ocs_status name_maps(struct ocs_results *results, const struct ocs_options *options,
                                 const char *stem, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS && status == OCS_OK; ++i) {
        if (!(results->outputs >> i & 1))
            continue;
        char suffix[64];
        snprintf(suffix, sizeof suffix, "_%s.mrc", ocs_output_kind_name((enum ocs_output)(1 << i)));
        status = name_file(results->map_path[i], options->output_dir, stem, suffix, error);
        if (status == OCS_OK)
            status = ocs_output_file_check(results->map_path[i], options->force, error);
    }
    return status;
}

static bool is_text_wanted(const struct ocs_options *options, int text)
{
    if (text == OCS_TEXT_CHIMERAX)
        return options->chimerax;
    return text != OCS_TEXT_TARGETS || options->target_mask || options->labels;
}

enum ocs_status ocs_results_name(const struct ocs_options *options, unsigned outputs,
                                 struct ocs_results *results, struct ocs_error *error)
{
    *results = (struct ocs_results){.outputs = outputs, .force = options->force};
    char stem[256];
    enum ocs_status status = ocs_stem(options->map, stem, sizeof stem, error);
    if (status == OCS_OK)
        status = name_maps(results, options, stem, error);
    for (int text = 0; text < OCS_TEXTS && status == OCS_OK; ++text) {
        if (!is_text_wanted(options, text))
            continue;
        status = name_file(results->text_path[text], options->output_dir, stem, text_suffix[text],
                           error);
        if (status == OCS_OK)
            status = ocs_output_file_check(results->text_path[text], options->force, error);
    }
    return status;
}

static enum ocs_status create_map(struct ocs_results *results, unsigned index,
                                  const struct ocs_options *options, const struct ocs_mrc *like,
                                  enum ocs_simd simd, struct ocs_writer *writer,
                                  struct ocs_error *error)
{
    char label[OCS_MRC_LABEL_BYTES + 1];
    snprintf(label, sizeof label, "occustream " OCS_VERSION ": %s",
             ocs_output_kind_name((enum ocs_output)(1 << index)));
    const struct ocs_map_file_spec spec = {
        .path = results->map_path[index],
        .force = options->force,
        .dtype = options->dtype,
        .like = like,
        .label = label,
        .simd = simd,
    };
    const enum ocs_status status = ocs_map_file_create(&spec, writer, &results->map[index], error);
    if (status == OCS_OK)
        results->sink[index] = ocs_map_sink(results->map[index]);
    return status;
}

enum ocs_status ocs_results_create(struct ocs_results *results, const struct ocs_options *options,
                                   const struct ocs_mrc *map, const struct ocs_mrc *plain,
                                   enum ocs_simd simd, struct ocs_writer *writer,
                                   struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS && status == OCS_OK; ++i)
        if (results->outputs >> i & 1)
            status = create_map(results, i, options, OCS_MODIFICATIONS >> i & 1 ? map : plain, simd,
                                writer, error);
    return status;
}

static enum ocs_status finish_maps(struct ocs_results *results, struct ocs_report *report,
                                   struct ocs_error *error)
{
    for (unsigned o = 0; o < report->output_count; ++o) {
        const unsigned i = (unsigned)__builtin_ctz(report->outputs[o].kind);
        const enum ocs_status status =
            ocs_map_file_finish(results->map[i], &report->outputs[o].statistics, error);
        if (status != OCS_OK)
            return status;
    }
    return OCS_OK;
}

static enum ocs_status write_text(struct ocs_results *results, int text,
                                  const struct ocs_report *report, const char *command,
                                  const struct ocs_mrc *like, struct ocs_error *error)
{
    const enum ocs_status status = ocs_output_file_create(results->text_path[text], results->force,
                                                          0, &results->text[text], error);
    if (status != OCS_OK)
        return status;
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

static enum ocs_status publish_all(struct ocs_results *results, struct ocs_error *error)
{
    enum ocs_status status = OCS_OK;
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS && status == OCS_OK; ++i) {
        struct ocs_map_file *const file = results->map[i];
        results->map[i] = NULL;
        if (file)
            status = ocs_map_file_publish(file, error);
    }
    for (int text = 0; text < OCS_TEXTS && status == OCS_OK; ++text) {
        struct ocs_output_file *const file = results->text[text];
        results->text[text] = NULL;
        if (file)
            status = ocs_output_file_publish(file, error);
    }
    return status;
}

enum ocs_status ocs_results_publish(struct ocs_results *results, struct ocs_report *report,
                                    const char *command, const struct ocs_mrc *like,
                                    struct ocs_error *error)
{
    enum ocs_status status = finish_maps(results, report, error);
    for (int text = 0; text < OCS_TEXTS && status == OCS_OK; ++text)
        if (results->text_path[text][0])
            status = write_text(results, text, report, command, like, error);
    return status == OCS_OK ? publish_all(results, error) : status;
}

void ocs_results_abandon(struct ocs_results *results)
{
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i) {
        ocs_map_file_abandon(results->map[i]);
        results->map[i] = NULL;
    }
    for (int text = 0; text < OCS_TEXTS; ++text) {
        ocs_output_file_abandon(results->text[text]);
        results->text[text] = NULL;
    }
}
