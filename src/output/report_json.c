/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fail.h"
#include "json_build.h"
#include "result_files.h"
#include "text.h"

/* Positions and extents stand in the order z, y, x of the file's axes; angstrom positions in x, y,
 * z of space. */

static json_t *notes_json(struct ocs_json *json, const struct ocs_note *notes, unsigned count)
{
    json_t *const array = json_array();
    for (unsigned i = 0; i < count; ++i) {
        json_t *const note = json_object();
        ocs_json_member(json, note, "code", ocs_json_string(notes[i].code));
        ocs_json_member(json, note, "text", ocs_json_string(notes[i].text));
        ocs_json_element(json, array, note);
    }
    return array;
}

static void add_statistics(struct ocs_json *json, json_t *object,
                           const struct ocs_statistics *statistics)
{
    ocs_json_member(json, object, "min", ocs_json_number(statistics->min));
    ocs_json_member(json, object, "max", ocs_json_number(statistics->max));
    ocs_json_member(json, object, "mean", ocs_json_number(statistics->mean));
    ocs_json_member(json, object, "rms", ocs_json_number(statistics->rms));
}

static json_t *input_json(struct ocs_json *json, const struct ocs_report_input *input)
{
    json_t *const object = json_object();
    json_t *const statistics = json_object();
    add_statistics(json, statistics, &input->statistics);
    ocs_json_member(json, object, "source", ocs_json_string(input->path));
    ocs_json_member(json, object, "dims", ocs_json_counts3(json, input->dims));
    ocs_json_member(json, object, "voxel_size_ang",
                    ocs_json_numbers(json, input->voxel_size_ang, 3));
    ocs_json_member(json, object, "mode", json_integer(input->mode));
    ocs_json_member(json, object, "mode_name", ocs_json_string(input->mode_name));
    ocs_json_member(json, object, "volume", ocs_json_count(input->volume));
    ocs_json_member(json, object, "volumes", ocs_json_count(input->volumes));
    ocs_json_member(json, object, "statistics", statistics);
    ocs_json_member(json, object, "nonfinite", ocs_json_count(input->nonfinite));
    ocs_json_member(json, object, "findings",
                    notes_json(json, input->findings, input->finding_count));
    return object;
}

static json_t *lowpass_json(struct ocs_json *json, const struct ocs_report *report)
{
    json_t *const object = json_object();
    ocs_json_member(json, object, "active", json_boolean(report->lowpass_active));
    ocs_json_member(json, object, "resolution_ang", ocs_json_number(report->lowpass_ang));
    return object;
}

static json_t *kernel_json(struct ocs_json *json, const struct ocs_report_kernel *kernel)
{
    const uint64_t size[3] = {kernel->size[0], kernel->size[1], kernel->size[2]};
    json_t *const object = json_object();
    ocs_json_member(json, object, "size", ocs_json_counts3(json, size));
    ocs_json_member(json, object, "radius", ocs_json_numbers(json, kernel->radius, 3));
    ocs_json_member(json, object, "voxels", ocs_json_count(kernel->voxels));
    return object;
}

static json_t *place_json(struct ocs_json *json, const uint64_t voxel[3], const double angstrom[3])
{
    json_t *const object = json_object();
    ocs_json_member(json, object, "voxel", ocs_json_counts3(json, voxel));
    ocs_json_member(json, object, "angstrom", ocs_json_numbers(json, angstrom, 3));
    return object;
}

static json_t *tiles_json(struct ocs_json *json, const struct ocs_report_tiles *tiles)
{
    if (!tiles->used)
        return json_null();
    json_t *const object = json_object();
    ocs_json_member(json, object, "side", ocs_json_counts3(json, tiles->side));
    ocs_json_member(json, object, "step", ocs_json_integers3(json, tiles->step));
    ocs_json_member(json, object, "edge", ocs_json_integers3(json, tiles->edge));
    ocs_json_member(json, object, "full_at", place_json(json, tiles->full_at, tiles->full_at_ang));
    ocs_json_member(json, object, "low_at", place_json(json, tiles->low_at, tiles->low_at_ang));
    ocs_json_member(json, object, "low", ocs_json_number(tiles->low));
    return object;
}

static json_t *fit_json(struct ocs_json *json, const struct ocs_report_fit *fit)
{
    json_t *const object = json_object();
    ocs_json_member(json, object, "scale", ocs_json_number(fit->scale));
    ocs_json_member(json, object, "mean", ocs_json_number(fit->mean));
    ocs_json_member(json, object, "sigma", ocs_json_number(fit->sigma));
    return object;
}

static json_t *solvent_limits_json(struct ocs_json *json, const struct ocs_report *report)
{
    json_t *const object = json_object();
    ocs_json_member(json, object, "content_at_1pct", ocs_json_number(report->content_at_1pct));
    ocs_json_member(json, object, "solvent_edge", ocs_json_number(report->solvent_edge));
    return object;
}

static json_t *target_json(struct ocs_json *json, const struct ocs_report_target *target)
{
    json_t *const object = json_object();
    ocs_json_member(json, object, "label", json_integer(target->label));
    ocs_json_member(json, object, "voxels", ocs_json_count(target->voxels));
    ocs_json_member(json, object, "tau", ocs_json_number(target->tau));
    ocs_json_member(json, object, "occupancy", ocs_json_number(target->occupancy));
    ocs_json_member(json, object, "relative", ocs_json_number(target->relative));
    ocs_json_member(json, object, "scale_quartiles",
                    ocs_json_numbers(json, target->scale_quartile, 3));
    return object;
}

static json_t *targets_json(struct ocs_json *json, const struct ocs_report *report)
{
    json_t *const array = json_array();
    for (unsigned i = 0; i < report->target_count; ++i)
        ocs_json_element(json, array, target_json(json, &report->targets[i]));
    return array;
}

static json_t *outputs_json(struct ocs_json *json, const struct ocs_report *report)
{
    json_t *const array = json_array();
    for (unsigned i = 0; i < report->output_count; ++i) {
        const struct ocs_report_output *const output = &report->outputs[i];
        json_t *const object = json_object();
        ocs_json_member(json, object, "kind", ocs_json_string(ocs_output_kind_name(output->kind)));
        ocs_json_member(json, object, "path", ocs_json_string(output->path));
        add_statistics(json, object, &output->statistics);
        ocs_json_element(json, array, object);
    }
    return array;
}

static json_t *run_json(struct ocs_json *json, const struct ocs_report *report)
{
    json_t *const object = json_object();
    json_t *const passes = json_array();
    for (unsigned i = 0; i < report->pass_count; ++i) {
        json_t *const pass = json_object();
        ocs_json_member(json, pass, "name", ocs_json_string(report->passes[i].name));
        ocs_json_member(json, pass, "seconds", ocs_json_number(report->passes[i].seconds));
        ocs_json_element(json, passes, pass);
    }
    ocs_json_member(json, object, "passes", passes);
    ocs_json_member(json, object, "seconds", ocs_json_number(report->seconds));
    ocs_json_member(json, object, "bytes_read", ocs_json_count(report->bytes_read));
    ocs_json_member(json, object, "bytes_written", ocs_json_count(report->bytes_written));
    ocs_json_member(json, object, "scratch_bytes", ocs_json_count(report->scratch_bytes));
    ocs_json_member(json, object, "memory_limit_bytes", ocs_json_count(report->memory_limit_bytes));
    ocs_json_member(json, object, "memory_peak_bytes", ocs_json_count(report->memory_peak_bytes));
    ocs_json_member(json, object, "threads", json_integer(report->threads));
    ocs_json_member(json, object, "simd", ocs_json_string(report->simd));
    return object;
}

static void add_request(struct ocs_json *json, json_t *root, const struct ocs_report *report,
                        const char *command_line)
{
    ocs_json_member(json, root, "schema", json_string("occustream-report/1"));
    ocs_json_member(json, root, "program", json_string("occustream"));
    ocs_json_member(json, root, "version", json_string(OCS_VERSION));
    ocs_json_member(json, root, "command_line", ocs_json_string(command_line));
    ocs_json_member(json, root, "rules", ocs_json_string(report->rules));
    ocs_json_member(json, root, "input", input_json(json, &report->input));
}

static void add_results(struct ocs_json *json, json_t *root, const struct ocs_report *report)
{
    ocs_json_member(json, root, "scale_data", ocs_json_string(report->scale_data));
    ocs_json_member(json, root, "lowpass", lowpass_json(json, report));
    ocs_json_member(json, root, "kernel", kernel_json(json, &report->kernel));
    ocs_json_member(json, root, "tau", ocs_json_number(report->tau));
    ocs_json_member(json, root, "tiles", tiles_json(json, &report->tiles));
    ocs_json_member(json, root, "full_scale", ocs_json_number(report->full_scale));
    ocs_json_member(json, root, "solvent_fit", fit_json(json, &report->solvent_fit));
    ocs_json_member(json, root, "solvent_limits", solvent_limits_json(json, report));
    ocs_json_member(json, root, "variability_limit", ocs_json_number(report->variability_limit));
    ocs_json_member(json, root, "confidence_limit", ocs_json_number(report->confidence_limit));
    ocs_json_member(json, root, "confidence_curve",
                    ocs_json_numbers(json, report->confidence_curve, OCS_REPORT_CURVE));
    ocs_json_member(json, root, "hedge_confidence", ocs_json_number(report->hedge_confidence));
    ocs_json_member(json, root, "nlrc", json_boolean(report->nlrc));
    ocs_json_member(json, root, "seed", ocs_json_count(report->seed));
    ocs_json_member(json, root, "warnings",
                    notes_json(json, report->warnings, report->warning_count));
    ocs_json_member(json, root, "targets", targets_json(json, report));
    ocs_json_member(json, root, "outputs", outputs_json(json, report));
    ocs_json_member(json, root, "run", run_json(json, report));
}

static int put_dumped(const char *bytes, size_t count, void *user)
{
    ocs_text_put(user, bytes, count);
    return 0;
}

/* One member a line, so that a report can be read and compared line by line. */
static bool put_members(struct ocs_text *text, json_t *root)
{
    const char *key;
    json_t *value;
    const char *before = "{\n  ";
    json_object_foreach(root, key, value)
    {
        ocs_text_printf(text, "%s\"%s\": ", before, key);
        if (json_dump_callback(value, put_dumped, text,
                               JSON_ENCODE_ANY | JSON_REAL_PRECISION(17)) != 0)
            return false;
        before = ",\n  ";
    }
    ocs_text_string(text, "\n}\n");
    return true;
}

enum ocs_status ocs_write_report_json(const struct ocs_report *report, const char *command_line,
                                      struct ocs_output_file *file, struct ocs_error *error)
{
    struct ocs_json json = {.failed = false};
    json_t *const root = json_object();
    add_request(&json, root, report, command_line);
    add_results(&json, root, report);

    struct ocs_text text;
    ocs_text_start(&text, file, error);
    const bool made = !json.failed && put_members(&text, root);
    json_decref(root);
    const enum ocs_status status = ocs_text_end(&text);
    if (made || status != OCS_OK)
        return status;
    return ocs_fail(error, OCS_LIMIT, "writing", ocs_output_file_path(file), "no memory");
}
