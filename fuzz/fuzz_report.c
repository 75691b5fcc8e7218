/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A report with any content becomes JSON that another parser reads, with the same values in it, and
 * text files in which nothing from outside is a line or a command of its own. Input: the values and
 * strings of the report, in the order of the struct. */
#include "input.h"
#include "result_files.h"
#include "temporary.h"

#include <jansson.h>
#include <math.h>

enum { MOST_TARGETS = 5, MOST_NOTES = 3, COLUMNS = 8 };

/* ---- a report from bytes ---- */

/* A length, then as many bytes. */
static void take_text(struct fuzz_input *input, char *text, size_t room)
{
    const size_t wanted = fuzz_take_u8(input), most = room - 1;
    fuzz_take(input, text, wanted < most ? wanted : most);
    text[wanted < most ? wanted : most] = '\0';
}

/* A word of the library's own, which is printable. */
static void take_word(struct fuzz_input *input, char *word, size_t room)
{
    take_text(input, word, room);
    for (; *word; ++word)
        *word = (char)(' ' + (unsigned char)*word % ('~' - ' '));
}

static bool take_bool(struct fuzz_input *input)
{
    return fuzz_take_u8(input) & 1;
}

static unsigned take_count(struct fuzz_input *input, unsigned most)
{
    return fuzz_take_u8(input) % (most + 1);
}

static unsigned take_notes(struct fuzz_input *input, struct ocs_note *notes)
{
    const unsigned count = take_count(input, MOST_NOTES);
    for (unsigned i = 0; i < count; ++i) {
        take_word(input, notes[i].code, sizeof notes[i].code);
        take_text(input, notes[i].text, sizeof notes[i].text);
    }
    return count;
}

static void take_input(struct fuzz_input *input, struct ocs_report_input *about)
{
    take_text(input, about->path, sizeof about->path);
    take_word(input, about->mode_name, sizeof about->mode_name);
    fuzz_take(input, about->dims, sizeof about->dims);
    fuzz_take(input, about->voxel_size_ang, sizeof about->voxel_size_ang);
    fuzz_take(input, &about->mode, sizeof about->mode);
    fuzz_take(input, &about->statistics, sizeof about->statistics);
    about->volume = fuzz_take_u64(input);
    about->volumes = fuzz_take_u64(input);
    about->nonfinite = fuzz_take_u64(input);
    about->finding_count = take_notes(input, about->findings);
}

static void take_tiles(struct fuzz_input *input, struct ocs_report_tiles *tiles)
{
    fuzz_take(input, tiles, sizeof *tiles);
    memset(&tiles->used, 0, sizeof tiles->used);
    tiles->used = take_bool(input);
}

static void take_outputs(struct fuzz_input *input, struct ocs_report *report)
{
    const uint8_t kinds = fuzz_take_u8(input);
    for (unsigned i = 0; i < OCS_OUTPUT_KINDS; ++i) {
        if (!(kinds >> i & 1))
            continue;
        struct ocs_report_output *const output = &report->outputs[report->output_count++];
        output->kind = (enum ocs_output)(1 << i);
        take_text(input, output->path, sizeof output->path);
        fuzz_take(input, &output->statistics, sizeof output->statistics);
    }
}

static void take_run(struct fuzz_input *input, struct ocs_report *report)
{
    report->pass_count = take_count(input, 4);
    for (unsigned i = 0; i < report->pass_count; ++i) {
        take_word(input, report->passes[i].name, sizeof report->passes[i].name);
        report->passes[i].seconds = fuzz_take_double(input);
    }
    uint64_t *const counts[] = {&report->bytes_read, &report->bytes_written, &report->scratch_bytes,
                                &report->memory_limit_bytes, &report->memory_peak_bytes};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i)
        *counts[i] = fuzz_take_u64(input);
    fuzz_take(input, &report->threads, sizeof report->threads);
    take_word(input, report->simd, sizeof report->simd);
    report->seconds = fuzz_take_double(input);
}

static void take_numbers(struct fuzz_input *input, struct ocs_report *report)
{
    double *const numbers[] = {&report->lowpass_ang,         &report->tau,
                               &report->full_scale,          &report->content_at_1pct,
                               &report->solvent_edge,        &report->variability_limit,
                               &report->confidence_limit,    &report->hedge_confidence,
                               &report->confidence_curve[0], &report->confidence_curve[999]};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i)
        *numbers[i] = fuzz_take_double(input);
    fuzz_take(input, &report->kernel, sizeof report->kernel);
    fuzz_take(input, &report->solvent_fit, sizeof report->solvent_fit);
    report->seed = fuzz_take_u64(input);
    report->lowpass_active = take_bool(input);
    report->nlrc = take_bool(input);
}

static void take_targets(struct fuzz_input *input, struct ocs_report *report)
{
    report->target_count = take_count(input, MOST_TARGETS);
    report->targets = fuzz_room(report->target_count * sizeof *report->targets);
    fuzz_take(input, report->targets, report->target_count * sizeof *report->targets);
}

static void take_report(struct fuzz_input *input, struct ocs_report *report)
{
    take_input(input, &report->input);
    take_text(input, report->rules, sizeof report->rules);
    take_text(input, report->scale_data, sizeof report->scale_data);
    take_outputs(input, report);
    report->warning_count = take_notes(input, report->warnings);
    take_targets(input, report);
    take_tiles(input, &report->tiles);
    take_numbers(input, report);
    take_run(input, report);
}

/* ---- values read back ---- */

static void same_number(const json_t *json, double value)
{
    if (!isfinite(value))
        FUZZ_CHECK(json_is_null(json));
    else
        FUZZ_CHECK(json_is_real(json) && json_real_value(json) == value);
}

static void same_numbers(const json_t *array, const double *values, size_t count)
{
    FUZZ_CHECK(json_array_size(array) == count);
    for (size_t i = 0; i < count; ++i)
        same_number(json_array_get(array, i), values[i]);
}

static void same_count(const json_t *json, uint64_t value)
{
    if (value <= INT64_MAX)
        FUZZ_CHECK(json_is_integer(json) && json_integer_value(json) == (json_int_t)value);
    else
        FUZZ_CHECK(json_is_real(json) && json_real_value(json) == (double)value);
}

static void same_counts(const json_t *array, const uint64_t values[3])
{
    FUZZ_CHECK(json_array_size(array) == 3);
    for (size_t i = 0; i < 3; ++i)
        same_count(json_array_get(array, i), values[i]);
}

static void same_integers(const json_t *array, const int64_t values[3])
{
    FUZZ_CHECK(json_array_size(array) == 3);
    for (size_t i = 0; i < 3; ++i)
        FUZZ_CHECK(json_integer_value(json_array_get(array, i)) == values[i]);
}

/* Well-formed text as it was; of other text, at least what is ASCII. */
static void same_text(const json_t *json, const char *text)
{
    const char *back = json_string_value(json);
    FUZZ_CHECK(back);
    json_t *const known = json_string(text);
    if (known) {
        FUZZ_CHECK(strcmp(back, text) == 0);
        json_decref(known);
        return;
    }
    FUZZ_CHECK(strstr(back, "\xef\xbf\xbd"));
    for (; *text || *back; ++text, ++back) {
        while (*text && (unsigned char)*text >= 0x80)
            ++text;
        while (*back && (unsigned char)*back >= 0x80)
            ++back;
        FUZZ_CHECK(*text == *back);
        if (!*text)
            return;
    }
}

static void same_statistics(const json_t *json, const struct ocs_statistics *statistics)
{
    same_number(json_object_get(json, "min"), statistics->min);
    same_number(json_object_get(json, "max"), statistics->max);
    same_number(json_object_get(json, "mean"), statistics->mean);
    same_number(json_object_get(json, "rms"), statistics->rms);
}

static void same_notes(const json_t *array, const struct ocs_note *notes, unsigned count)
{
    FUZZ_CHECK(json_array_size(array) == count);
    for (unsigned i = 0; i < count; ++i) {
        same_text(json_object_get(json_array_get(array, i), "code"), notes[i].code);
        same_text(json_object_get(json_array_get(array, i), "text"), notes[i].text);
    }
}

static void same_input(const json_t *json, const struct ocs_report_input *input)
{
    same_text(json_object_get(json, "source"), input->path);
    same_text(json_object_get(json, "mode_name"), input->mode_name);
    same_counts(json_object_get(json, "dims"), input->dims);
    same_numbers(json_object_get(json, "voxel_size_ang"), input->voxel_size_ang, 3);
    FUZZ_CHECK(json_integer_value(json_object_get(json, "mode")) == input->mode);
    same_count(json_object_get(json, "volume"), input->volume);
    same_count(json_object_get(json, "volumes"), input->volumes);
    same_count(json_object_get(json, "nonfinite"), input->nonfinite);
    same_statistics(json_object_get(json, "statistics"), &input->statistics);
    same_notes(json_object_get(json, "findings"), input->findings, input->finding_count);
}

static void same_tiles(const json_t *json, const struct ocs_report_tiles *tiles)
{
    if (!tiles->used) {
        FUZZ_CHECK(json_is_null(json));
        return;
    }
    same_counts(json_object_get(json, "side"), tiles->side);
    same_integers(json_object_get(json, "step"), tiles->step);
    same_integers(json_object_get(json, "edge"), tiles->edge);
    const json_t *const full = json_object_get(json, "full_at"), *const low = json_object_get(
                                                                     json, "low_at");
    same_counts(json_object_get(full, "voxel"), tiles->full_at);
    same_numbers(json_object_get(full, "angstrom"), tiles->full_at_ang, 3);
    same_counts(json_object_get(low, "voxel"), tiles->low_at);
    same_numbers(json_object_get(low, "angstrom"), tiles->low_at_ang, 3);
    same_number(json_object_get(json, "low"), tiles->low);
}

static void same_scale(const json_t *root, const struct ocs_report *report)
{
    const json_t *const kernel = json_object_get(root, "kernel");
    const uint64_t size[3] = {report->kernel.size[0], report->kernel.size[1],
                              report->kernel.size[2]};
    same_counts(json_object_get(kernel, "size"), size);
    same_numbers(json_object_get(kernel, "radius"), report->kernel.radius, 3);
    same_count(json_object_get(kernel, "voxels"), report->kernel.voxels);
    same_tiles(json_object_get(root, "tiles"), &report->tiles);
    same_number(json_object_get(root, "tau"), report->tau);
    same_number(json_object_get(root, "full_scale"), report->full_scale);
    same_number(json_object_get(root, "variability_limit"), report->variability_limit);
    same_number(json_object_get(root, "confidence_limit"), report->confidence_limit);
    same_numbers(json_object_get(root, "confidence_curve"), report->confidence_curve,
                 OCS_REPORT_CURVE);
    same_count(json_object_get(root, "seed"), report->seed);
    const json_t *const fit = json_object_get(root, "solvent_fit");
    same_number(json_object_get(fit, "scale"), report->solvent_fit.scale);
    same_number(json_object_get(fit, "mean"), report->solvent_fit.mean);
    same_number(json_object_get(fit, "sigma"), report->solvent_fit.sigma);
}

static void same_targets(const json_t *array, const struct ocs_report *report)
{
    FUZZ_CHECK(json_array_size(array) == report->target_count);
    for (unsigned i = 0; i < report->target_count; ++i) {
        const json_t *const json = json_array_get(array, i);
        const struct ocs_report_target *const target = &report->targets[i];
        FUZZ_CHECK(json_integer_value(json_object_get(json, "label")) == target->label);
        same_count(json_object_get(json, "voxels"), target->voxels);
        same_number(json_object_get(json, "occupancy"), target->occupancy);
        same_numbers(json_object_get(json, "scale_quartiles"), target->scale_quartile, 3);
    }
}

static void same_outputs(const json_t *array, const struct ocs_report *report)
{
    FUZZ_CHECK(json_array_size(array) == report->output_count);
    for (unsigned i = 0; i < report->output_count; ++i) {
        same_text(json_object_get(json_array_get(array, i), "path"), report->outputs[i].path);
        same_statistics(json_array_get(array, i), &report->outputs[i].statistics);
    }
}

static void same_run(const json_t *json, const struct ocs_report *report)
{
    const json_t *const passes = json_object_get(json, "passes");
    FUZZ_CHECK(json_array_size(passes) == report->pass_count);
    for (unsigned i = 0; i < report->pass_count; ++i) {
        const json_t *const pass = json_array_get(passes, i);
        same_text(json_object_get(pass, "name"), report->passes[i].name);
        same_number(json_object_get(pass, "seconds"), report->passes[i].seconds);
    }
    same_count(json_object_get(json, "bytes_read"), report->bytes_read);
    same_count(json_object_get(json, "memory_peak_bytes"), report->memory_peak_bytes);
    same_text(json_object_get(json, "simd"), report->simd);
}

static void check_json(const char *text, size_t bytes, const struct ocs_report *report,
                       const char *command_line)
{
    json_error_t why;
    json_t *const root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &why);
    FUZZ_CHECK(root);
    same_text(json_object_get(root, "command_line"), command_line);
    same_text(json_object_get(root, "rules"), report->rules);
    same_input(json_object_get(root, "input"), &report->input);
    same_scale(root, report);
    same_notes(json_object_get(root, "warnings"), report->warnings, report->warning_count);
    same_targets(json_object_get(root, "targets"), report);
    same_outputs(json_object_get(root, "outputs"), report);
    same_run(json_object_get(root, "run"), report);
    json_decref(root);
}

/* ---- the text files ---- */

static void check_no_control(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; ++i)
        FUZZ_CHECK(text[i] == '\n' || ((unsigned char)text[i] >= 0x20 && text[i] != 0x7f));
}

static void check_csv(const char *text, const struct ocs_report *report)
{
    unsigned lines = 0, commas = 0;
    for (; *text; ++text) {
        lines += *text == '\n';
        commas += *text == ',';
    }
    FUZZ_CHECK(lines == report->target_count + 1 && commas == lines * (COLUMNS - 1));
}

/* Every line is a command of ours or a comment, and no name is more than a name. */
static void check_script(const char *text)
{
    static const char *const words[] = {"#",      "open \"", "alias ",  "volume ",
                                        "color ", "key ",    "marker ", "view\n"};
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        bool known = false;
        for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
            known |= strncmp(line, words[i], strlen(words[i])) == 0;
        FUZZ_CHECK(known && strchr(line, '\n'));
        const size_t length = strcspn(line, "\n");
        FUZZ_CHECK(*line == '#' || !memchr(line, ';', length));
        if (strncmp(line, "open ", 5) == 0)
            FUZZ_CHECK((line[6] == '/' || line[6] == '.') &&
                       strcspn(line + 6, "$~*?[:\n") == length - 6);
    }
}

/* ---- writing ---- */

enum kind { JSON, LOG, CSV, SCRIPT, KINDS };

static enum ocs_status write_kind(enum kind kind, const struct ocs_report *report,
                                  const char *command_line, struct ocs_output_file *file,
                                  struct ocs_error *error)
{
    static const struct ocs_mrc like = {.header = {.alpha = 90, .beta = 90, .gamma = 90},
                                        .axis_of = {2, 1, 0}};
    switch (kind) {
    case JSON:
        return ocs_write_report_json(report, command_line, file, error);
    case LOG:
        return ocs_write_log(report, command_line, file, error);
    case CSV:
        return ocs_write_targets_csv(report, file, error);
    default:
        return ocs_write_chimerax(report, &like, file, error);
    }
}

static char *written(enum kind kind, const struct ocs_report *report, const char *command_line,
                     size_t *bytes_ret)
{
    char path[128];
    struct ocs_error error;
    struct ocs_output_file *file;
    snprintf(path, sizeof path, "%s/report", fuzz_folder());
    FUZZ_CHECK(ocs_output_file_create(path, true, 0, &file, &error) == OCS_OK);
    FUZZ_CHECK(write_kind(kind, report, command_line, file, &error) == OCS_OK);
    FUZZ_CHECK(ocs_output_file_appear(file, &error) == OCS_OK);
    ocs_output_file_leave(file);
    return fuzz_read_file(path, bytes_ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct ocs_report *const report = calloc(1, sizeof *report);
    char command_line[256];
    FUZZ_CHECK(report);
    take_text(&input, command_line, sizeof command_line);
    take_report(&input, report);
    for (int kind = 0; kind < KINDS; ++kind) {
        size_t bytes;
        char *const text = written((enum kind)kind, report, command_line, &bytes);
        FUZZ_CHECK(strlen(text) == bytes);
        if (kind == JSON)
            check_json(text, bytes, report, command_line);
        else
            check_no_control(text, bytes);
        if (kind == CSV)
            check_csv(text, report);
        else if (kind == SCRIPT)
            check_script(text);
        free(text);
    }
    free(report->targets);
    free(report);
    return 0;
}
