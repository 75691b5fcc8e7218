/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "options_check.h"

#include "ball.h"
#include "checked.h"
#include "fail.h"
#include "results.h"
#include "source.h"

#include <math.h>
#include <string.h>

enum {
    SMALLEST_BOX = 16,
    LARGEST_KERNEL = 2 * OCS_BALL_RADIUS_MAX + 1,
    MOST_CHUNK_VOXELS = 1 << 26, /* 256 MiB of float32                                     */
    ALL_OUTPUTS = (1 << OCS_OUTPUT_KINDS) - 1,
};

/* A rule that is broken: which option, and what is the matter with it. */
struct objection {
    bool broken;
    const char *option;
    const char *what;
};

static enum ocs_status first_objection(const struct objection *objections, size_t count,
                                       struct ocs_error *error)
{
    for (size_t i = 0; i < count; ++i)
        if (objections[i].broken)
            return ocs_fail(error, OCS_USAGE, "checking", objections[i].option, "%s",
                            objections[i].what);
    return OCS_OK;
}
#define FIRST_OBJECTION(objections, error)                                                         \
    first_objection(objections, sizeof(objections) / sizeof(objections)[0], error)

/* Written so that NaN is never inside. */
static bool inside(double value, double low, double high)
{
    return value >= low && value <= high;
}

/* 0 means not given. */
static bool is_bad_length(double ang)
{
    return !(inside(ang, 0, HUGE_VAL) && isfinite(ang));
}

static bool is_bad_power(double power)
{
    return power != 0 && !(power >= 1 && isfinite(power));
}

static bool is_modified(const struct ocs_options *options)
{
    return options->amplify > 1 || options->attenuate > 1 || options->sigmoid > 1;
}

static enum ocs_status check_names(const struct ocs_options *options, struct ocs_error *error)
{
    const char *const folder = options->output_dir;
    const struct objection objections[] = {
        {options->struct_bytes != sizeof *options, "options",
         "are not of this version of the library; start from OCS_OPTIONS_DEFAULT"},
        {!options->map || !*options->map, "MAP", "no map was named"},
        {!folder || !*folder, "--output", "no folder was named"},
        {options->scratch_dir && !*options->scratch_dir, "--scratch", "no folder was named"},
        {options->solvent_def && !*options->solvent_def, "--solvent-def", "no map was named"},
        {options->target_mask && !*options->target_mask, "--target-mask", "no map was named"},
        {options->labels && !*options->labels, "--labels", "no map was named"},
    };
    return FIRST_OBJECTION(objections, error);
}

static unsigned is_standard_input(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static enum ocs_status check_standard_input(const struct ocs_options *options,
                                            struct ocs_error *error)
{
    if (is_standard_input(options->map) + is_standard_input(options->solvent_def) +
            is_standard_input(options->target_mask) + is_standard_input(options->labels) <=
        1)
        return OCS_OK;
    return ocs_fail(error, OCS_USAGE, "checking", "-",
                    "only one of the maps can come from standard input");
}

static enum ocs_status check_choices(const struct ocs_options *options, struct ocs_error *error)
{
    const struct objection objections[] = {
        {(unsigned)options->rules > OCS_RULES_OCCUPY_0_1_13, "--compat", "no such rules"},
        {(unsigned)options->scale_data > OCS_SCALE_OCCUPANCY, "--occupancy", "no such scale data"},
        {(unsigned)options->region > OCS_REGION_BOX, "--region", "no such region"},
        {(unsigned)options->nonfinite > OCS_NONFINITE_ZERO, "--nonfinite", "no such choice"},
        {(unsigned)options->io > OCS_IO_READ, "--io", "no such choice"},
        {(unsigned)options->dtype > OCS_DTYPE_F16, "--dtype", "no such type"},
        {(options->outputs & ~(unsigned)ALL_OUTPUTS) != 0, "--outputs", "no such output"},
    };
    return FIRST_OBJECTION(objections, error);
}

static enum ocs_status check_scale(const struct ocs_options *options, struct ocs_error *error)
{
    const unsigned size = options->kernel_size_vox;
    const double radius = options->kernel_radius_vox;
    const uint64_t box = options->max_box_vox;
    const struct objection objections[] = {
        {is_bad_length(options->resolution_ang), "--resolution", "must be more than 0 A"},
        {is_bad_length(options->lowpass_ang), "--lowpass", "must be more than 0 A"},
        {options->tau != 0 && !(options->tau > 0 && options->tau < 1), "--tau",
         "must lie between 0 and 1, both excluded"},
        {size != 0 && (size < 3 || size > LARGEST_KERNEL || size % 2 == 0), "--kernel-size",
         "must be an odd number from 3 to 63"},
        {!(inside(radius, 0, HUGE_VAL) && isfinite(radius)), "--kernel-radius",
         "must be more than 0 voxels"},
        {box != 0 && box < SMALLEST_BOX, "--max-box", "must be 16 voxels or more"},
        {options->s0 && options->tile_size_vox != 0, "--tile-size",
         "contradicts --s0, which uses no tiles"},
    };
    _Static_assert(LARGEST_KERNEL == 63, "the sentence above names it");
    return FIRST_OBJECTION(objections, error);
}

static enum ocs_status check_modification(const struct ocs_options *options,
                                          struct ocs_error *error)
{
    const struct ocs_options defaults = OCS_OPTIONS_DEFAULT;
    const bool changes_map = is_modified(options) || options->exclude_solvent;
    const bool adds_noise = options->attenuate > 1 || options->sigmoid > 1;
    const struct objection objections[] = {
        {is_bad_power(options->hedge_confidence), "--hedge-confidence", "must be 1 or more"},
        {is_bad_power(options->amplify), "--amplify", "must be more than 1"},
        {is_bad_power(options->attenuate), "--attenuate", "must be more than 1"},
        {is_bad_power(options->sigmoid), "--sigmoid", "must be more than 1"},
        {!inside(options->pivot, 0.01, 0.99), "--pivot", "must lie between 0.01 and 0.99"},
        {!(options->scale_limit >= 0 && options->scale_limit < 1), "--scale-limit",
         "must be at least 0 and less than 1"},
        {is_bad_length(options->lowpass_output_ang), "--lowpass-output", "must be more than 0 A"},
        {options->seed > INT64_MAX, "--seed", "must be less than 2^63"},
        {options->pivot != defaults.pivot && !(options->sigmoid > 1), "--pivot",
         "does nothing without --sigmoid"},
        {options->scale_limit != defaults.scale_limit && !is_modified(options), "--scale-limit",
         "does nothing without --amplify, --attenuate or --sigmoid"},
        {options->lowpass_output_ang != 0 && !changes_map, "--lowpass-output",
         "does nothing without --amplify, --attenuate, --sigmoid or --exclude-solvent"},
        {options->hist_match && !changes_map, "--hist-match",
         "does nothing without --amplify, --attenuate, --sigmoid or --exclude-solvent"},
        {options->seed != 0 && !adds_noise, "--seed",
         "does nothing without --attenuate or --sigmoid"},
    };
    return FIRST_OBJECTION(objections, error);
}

static enum ocs_status check_outputs(const struct ocs_options *options, struct ocs_error *error)
{
    const unsigned outputs = options->outputs;
    const bool excluded = (outputs & OCS_OUTPUT_SOLVENT_EXCLUDED) != 0;
    const struct objection objections[] = {
        {(outputs & OCS_OUTPUT_AMPLIFIED) && !(options->amplify > 1), "--outputs",
         "amplified needs --amplify"},
        {(outputs & OCS_OUTPUT_ATTENUATED) && !(options->attenuate > 1), "--outputs",
         "attenuated needs --attenuate"},
        {(outputs & OCS_OUTPUT_SIGMOID) && !(options->sigmoid > 1), "--outputs",
         "sigmoid needs --sigmoid"},
        {excluded && !options->exclude_solvent, "--outputs",
         "solvent_excluded needs --exclude-solvent"},
        {excluded && is_modified(options), "--outputs",
         "solvent_excluded is only made without --amplify, --attenuate and --sigmoid, whose own "
         "maps "
         "have the solvent excluded"},
    };
    return FIRST_OBJECTION(objections, error);
}

static enum ocs_status check_resume(const struct ocs_options *options, struct ocs_error *error)
{
    const struct objection objections[] = {
        {options->resume && ocs_results_is_standard_output(options->output_dir), "--resume",
         "needs files: what went to standard output cannot be taken back"},
    };
    return FIRST_OBJECTION(objections, error);
}

/* Chunks belong to Zarr; all three extents are given or none. */
static enum ocs_status check_format(const struct ocs_options *options, struct ocs_error *error)
{
    const uint64_t *const chunk = options->chunk_vox;
    const bool zarr = options->format == OCS_FORMAT_ZARR;
    const bool chunked = chunk[0] != 0 || chunk[1] != 0 || chunk[2] != 0;
    uint64_t voxels;
    const bool small = ocs_mul_u64(chunk[0], chunk[1], &voxels) &&
                       ocs_mul_u64(voxels, chunk[2], &voxels) && voxels <= MOST_CHUNK_VOXELS;
    _Static_assert(MOST_CHUNK_VOXELS == 67108864, "the sentence below names it");
    const struct objection objections[] = {
        {(unsigned)options->format > OCS_FORMAT_ZARR, "--format", "no such format"},
        {(unsigned)options->codec > OCS_ZARR_CODEC_BLOSC, "--codec", "no such codec"},
        {options->zarr_version != 0 && options->zarr_version != 2 && options->zarr_version != 3,
         "--zarr", "must be 2 or 3"},
        {options->zarr_version != 0 && !zarr, "--zarr",
         "does nothing unless the result is a Zarr store"},
        {chunked && !zarr, "--chunk", "does nothing unless the result is a Zarr store"},
        {options->codec != OCS_ZARR_CODEC_AUTO && !zarr, "--codec",
         "does nothing unless the result is a Zarr store"},
        {chunked && (chunk[0] == 0 || chunk[1] == 0 || chunk[2] == 0), "--chunk",
         "needs three extents of 1 or more"},
        {chunked && !small, "--chunk", "may have at most 67108864 voxels"},
        {options->format != OCS_FORMAT_MRC && strcmp(options->output_dir, "-") == 0, "--format",
         "standard output takes mrc only"},
    };
    return FIRST_OBJECTION(objections, error);
}

static enum ocs_status check_limits(const struct ocs_options *options, struct ocs_error *error)
{
    _Static_assert(OCS_CONNECTIONS_MAX == 64, "the sentence below names it");
    const struct objection objections[] = {
        {options->max_voxels == 0, "--max-voxels", "must be 1 or more"},
        {options->max_expansion == 0, "--max-expansion", "must be 1 or more"},
        {options->connections < 1 || options->connections > OCS_CONNECTIONS_MAX, "--connections",
         "must be from 1 to 64"},
        {options->threads > OCS_THREADS_MAX, "--threads", "must be from 1 to 4096"},
    };
    return FIRST_OBJECTION(objections, error);
}

enum ocs_status ocs_options_check(const struct ocs_options *options, struct ocs_error *error)
{
    enum ocs_status (*const checks[])(const struct ocs_options *, struct ocs_error *) = {
        check_names,   check_standard_input, check_choices, check_scale,  check_modification,
        check_outputs, check_format,         check_resume,  check_limits,
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; ++i) {
        const enum ocs_status status = checks[i](options, error);
        if (status != OCS_OK)
            return status;
    }
    return OCS_OK;
}
