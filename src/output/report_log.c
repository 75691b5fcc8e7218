/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "result_files.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

enum { NAME_WIDTH = 20 };

static void put_name(struct ocs_text *text, const char *name)
{
    ocs_text_printf(text, "%-*s", NAME_WIDTH, name);
}

static void put_string(struct ocs_text *text, const char *name, const char *value)
{
    put_name(text, name);
    ocs_text_visible(text, value);
    ocs_text_string(text, "\n");
}

static void put_number(struct ocs_text *text, const char *name, double value)
{
    put_name(text, name);
    ocs_text_printf(text, "%.6g\n", value);
}

static void put_notes(struct ocs_text *text, const char *name, const struct ocs_note *notes,
                      unsigned count)
{
    for (unsigned i = 0; i < count; ++i) {
        put_name(text, name);
        ocs_text_visible(text, notes[i].text);
        ocs_text_printf(text, " [%s]\n", notes[i].code);
    }
}

static void put_statistics(struct ocs_text *text, const struct ocs_statistics *statistics)
{
    ocs_text_printf(text, "min %.6g, max %.6g, mean %.6g, rms %.6g\n", statistics->min,
                    statistics->max, statistics->mean, statistics->rms);
}

static void put_input(struct ocs_text *text, const struct ocs_report_input *input)
{
    put_string(text, "map", input->path);
    put_name(text, "box (z y x)");
    ocs_text_printf(text, "%" PRIu64 " x %" PRIu64 " x %" PRIu64 " voxels of %.6g x %.6g x %.6g A",
                    input->dims[0], input->dims[1], input->dims[2], input->voxel_size_ang[0],
                    input->voxel_size_ang[1], input->voxel_size_ang[2]);
    ocs_text_printf(text, ", %s\n", input->mode_name);
    if (input->volumes > 1) {
        put_name(text, "volume");
        ocs_text_printf(text, "%" PRIu64 " of %" PRIu64 "\n", input->volume, input->volumes);
    }
    put_name(text, "grey values");
    put_statistics(text, &input->statistics);
    if (input->nonfinite > 0) {
        put_name(text, "not finite");
        ocs_text_printf(text, "%" PRIu64 " voxels, taken as 0\n", input->nonfinite);
    }
    put_notes(text, "finding", input->findings, input->finding_count);
}

static void put_tile(struct ocs_text *text, const char *name, double value, const uint64_t voxel[3],
                     const double angstrom[3])
{
    put_name(text, name);
    ocs_text_printf(text,
                    "%.6g at voxel %" PRIu64 ", %" PRIu64 ", %" PRIu64
                    " (z y x); centre %.5g, %.5g, %.5g A (x y z)\n",
                    value, voxel[0], voxel[1], voxel[2], angstrom[0], angstrom[1], angstrom[2]);
}

static void put_method(struct ocs_text *text, const struct ocs_report *report)
{
    const struct ocs_report_kernel *const kernel = &report->kernel;
    put_string(text, "rules", report->rules);
    put_string(text, "scale data", report->scale_data);
    put_name(text, "low-pass");
    ocs_text_printf(text, "%.6g A%s\n", report->lowpass_ang,
                    report->lowpass_active ? "" : ", not needed for this voxel size");
    put_name(text, "kernel (z y x)");
    ocs_text_printf(text, "%u x %u x %u voxels, radius %.4g x %.4g x %.4g, %" PRIu64 " inside\n",
                    kernel->size[0], kernel->size[1], kernel->size[2], kernel->radius[0],
                    kernel->radius[1], kernel->radius[2], kernel->voxels);
    put_number(text, "tau", report->tau);
}

static void put_scale(struct ocs_text *text, const struct ocs_report *report)
{
    const struct ocs_report_tiles *const tiles = &report->tiles;
    if (tiles->used) {
        put_name(text, "tiles (z y x)");
        ocs_text_printf(text, "%" PRIu64 " x %" PRIu64 " x %" PRIu64 " voxels\n", tiles->side[0],
                        tiles->side[1], tiles->side[2]);
        put_tile(text, "full scale", report->full_scale, tiles->full_at, tiles->full_at_ang);
        put_tile(text, "lowest tile", tiles->low, tiles->low_at, tiles->low_at_ang);
    } else {
        put_number(text, "full scale", report->full_scale);
    }
    put_name(text, "solvent");
    ocs_text_printf(text, "mean %.6g, sigma %.6g, height %.6g\n", report->solvent_fit.mean,
                    report->solvent_fit.sigma, report->solvent_fit.scale);
    put_number(text, "content at 1 %", report->content_at_1pct);
    put_number(text, "solvent edge", report->solvent_edge);
    put_number(text, "variability limit", report->variability_limit);
    put_number(text, "confidence limit", report->confidence_limit);
    put_notes(text, "warning", report->warnings, report->warning_count);
}

static void put_targets(struct ocs_text *text, const struct ocs_report *report)
{
    for (unsigned i = 0; i < report->target_count; ++i) {
        const struct ocs_report_target *const target = &report->targets[i];
        put_name(text, "target");
        if (target->label == 0)
            ocs_text_printf(text, "mask");
        else
            ocs_text_printf(text, "%" PRId64, target->label);
        ocs_text_printf(text,
                        ": %" PRIu64 " voxels, occupancy %.4g, relative %.4g, "
                        "scale quartiles %.4g %.4g %.4g\n",
                        target->voxels, target->occupancy, target->relative,
                        target->scale_quartile[0], target->scale_quartile[1],
                        target->scale_quartile[2]);
    }
}

static void put_outputs(struct ocs_text *text, const struct ocs_report *report)
{
    for (unsigned i = 0; i < report->output_count; ++i) {
        const struct ocs_report_output *const output = &report->outputs[i];
        put_string(text, ocs_output_kind_name(output->kind), output->path);
        put_name(text, "");
        put_statistics(text, &output->statistics);
    }
}

static void put_run(struct ocs_text *text, const struct ocs_report *report)
{
    const double mib = 1024.0 * 1024.0;
    put_name(text, "run");
    ocs_text_printf(text, "%.2f s, %u threads, %s\n", report->seconds, report->threads,
                    report->simd);
    for (unsigned i = 0; i < report->pass_count; ++i) {
        put_name(text, i == 0 ? "passes" : "");
        ocs_text_printf(text, "%-12s %.2f s%s\n", report->passes[i].name, report->passes[i].seconds,
                        report->passes[i].taken_over ? ", taken over" : "");
    }
    put_name(text, "moved");
    ocs_text_printf(text, "%.1f MiB read, %.1f MiB written, %.1f MiB scratch\n",
                    (double)report->bytes_read / mib, (double)report->bytes_written / mib,
                    (double)report->scratch_bytes / mib);
    put_name(text, "memory");
    ocs_text_printf(text, "%.1f MiB at most, of %.1f MiB allowed\n",
                    (double)report->memory_peak_bytes / mib,
                    (double)report->memory_limit_bytes / mib);
    if (report->in_memory_bytes == 0)
        return;
    put_name(text, "");
    ocs_text_printf(text, "%.1f MiB of them for what came from URLs\n",
                    (double)report->in_memory_bytes / mib);
}

enum ocs_status ocs_write_log(const struct ocs_report *report, const char *command_line,
                              struct ocs_output_file *file, struct ocs_error *error)
{
    struct ocs_text text;
    ocs_text_start(&text, file, error);
    put_string(&text, "occustream", OCS_VERSION);
    if (command_line)
        put_string(&text, "command", command_line);
    put_input(&text, &report->input);
    put_method(&text, report);
    put_scale(&text, report);
    put_targets(&text, report);
    put_outputs(&text, report);
    put_run(&text, report);
    return ocs_text_end(&text);
}
