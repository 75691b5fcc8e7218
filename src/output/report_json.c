/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fail.h"
#include "json_build.h"
#include "result_files.h"
#include "text.h"
#include "zarr_json.h"

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
        if (report->passes[i].taken_over)
            ocs_json_member(json, pass, "taken_over", json_true());
        ocs_json_element(json, passes, pass);
    }
    ocs_json_member(json, object, "passes", passes);
    ocs_json_member(json, object, "seconds", ocs_json_number(report->seconds));
    ocs_json_member(json, object, "bytes_read", ocs_json_count(report->bytes_read));
    ocs_json_member(json, object, "bytes_written", ocs_json_count(report->bytes_written));
    ocs_json_member(json, object, "scratch_bytes", ocs_json_count(report->scratch_bytes));
    ocs_json_member(json, object, "memory_limit_bytes", ocs_json_count(report->memory_limit_bytes));
    ocs_json_member(json, object, "memory_peak_bytes", ocs_json_count(report->memory_peak_bytes));
    ocs_json_member(json, object, "in_memory_bytes", ocs_json_count(report->in_memory_bytes));
    ocs_json_member(json, object, "threads", json_integer(report->threads));
    ocs_json_member(json, object, "simd", ocs_json_string(report->simd));
    return object;
}

struct writer {
    json_t *object; /* NULL: into the text                                                  */
    struct ocs_text text;
    struct ocs_json json;
    const char *before; /* what stands before the next key */
};

static int put_dumped(const char *bytes, size_t count, void *user)
{
    ocs_text_put(user, bytes, count);
    return 0;
}

/* Takes `value`. */
static void put_value(struct writer *writer, json_t *value)
{
    const size_t how = JSON_ENCODE_ANY | JSON_REAL_PRECISION(17);
    if (!value || json_dump_callback(value, put_dumped, &writer->text, how) != 0)
        writer->json.failed = true;
    json_decref(value);
}

static void put_key(struct writer *writer, const char *key)
{
    ocs_text_printf(&writer->text, "%s\"%s\": ", writer->before, key);
    writer->before = ",\n  ";
}

static void put(struct writer *writer, const char *key, json_t *value)
{
    if (writer->object) {
        ocs_json_member(&writer->json, writer->object, key, value);
        return;
    }
    put_key(writer, key);
    put_value(writer, value);
}

static void put_program(struct writer *writer)
{
    put(writer, "schema", json_string("occustream-report/1"));
    put(writer, "program", json_string("occustream"));
    put(writer, "version", json_string(OCS_VERSION));
}

static void put_request(struct writer *writer, const struct ocs_report *report)
{
    put(writer, "rules", ocs_json_string(report->rules));
    put(writer, "input", input_json(&writer->json, &report->input));
}

static void put_scale(struct writer *writer, const struct ocs_report *report)
{
    struct ocs_json *const json = &writer->json;
    put(writer, "scale_data", ocs_json_string(report->scale_data));
    put(writer, "lowpass", lowpass_json(json, report));
    put(writer, "kernel", kernel_json(json, &report->kernel));
    put(writer, "tau", ocs_json_number(report->tau));
    put(writer, "tiles", tiles_json(json, &report->tiles));
    put(writer, "full_scale", ocs_json_number(report->full_scale));
    put(writer, "solvent_fit", fit_json(json, &report->solvent_fit));
    put(writer, "solvent_limits", solvent_limits_json(json, report));
    put(writer, "variability_limit", ocs_json_number(report->variability_limit));
    put(writer, "confidence_limit", ocs_json_number(report->confidence_limit));
    put(writer, "confidence_curve",
        ocs_json_numbers(json, report->confidence_curve, OCS_REPORT_CURVE));
    put(writer, "hedge_confidence", ocs_json_number(report->hedge_confidence));
    put(writer, "nlrc", json_boolean(report->nlrc));
    put(writer, "seed", ocs_json_count(report->seed));
}

static void put_targets(struct writer *writer, const struct ocs_report *report)
{
    put_key(writer, "targets");
    ocs_text_string(&writer->text, "[");
    for (unsigned i = 0; i < report->target_count; ++i) {
        ocs_text_string(&writer->text, i ? ", " : "");
        put_value(writer, target_json(&writer->json, &report->targets[i]));
    }
    ocs_text_string(&writer->text, "]");
}

enum ocs_status ocs_write_report_json(const struct ocs_report *report, const char *command_line,
                                      struct ocs_output_file *file, struct ocs_error *error)
{
    struct writer writer = {.before = "{\n  "};
    ocs_text_start(&writer.text, file, error);
    put_program(&writer);
    put(&writer, "command_line", ocs_json_string(command_line));
    put_request(&writer, report);
    put_scale(&writer, report);
    put(&writer, "warnings", notes_json(&writer.json, report->warnings, report->warning_count));
    put_targets(&writer, report);
    put(&writer, "outputs", outputs_json(&writer.json, report));
    put(&writer, "run", run_json(&writer.json, report));
    ocs_text_string(&writer.text, "\n}\n");
    const enum ocs_status status = ocs_text_end(&writer.text);
    if (status != OCS_OK || !writer.json.failed)
        return status;
    return ocs_fail(error, OCS_LIMIT, "writing", ocs_output_file_path(file), "no memory");
}

enum ocs_status ocs_report_attributes(const struct ocs_report *report, char **text_ret,
                                      struct ocs_error *error)
{
    struct writer writer = {.object = json_object()};
    *text_ret = NULL;
    if (writer.object) {
        put_program(&writer);
        put_request(&writer, report);
        put_scale(&writer, report);
        put(&writer, "warnings", notes_json(&writer.json, report->warnings, report->warning_count));
        if (!writer.json.failed)
            *text_ret = ocs_json_text(writer.object, JSON_REAL_PRECISION(17));
    }
    json_decref(writer.object);
    return *text_ret ? OCS_OK : ocs_fail(error, OCS_LIMIT, "writing", "the report", "no memory");
}
