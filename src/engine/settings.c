/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "settings.h"

#include "checked.h"
#include "fail.h"
#include "results.h"

#include <math.h>

enum { SHORTEST_AXIS = 16, LARGEST_DEFAULT_KERNEL = 9, SMALLEST_KERNEL = 3 };

static enum ocs_status check_box(const struct ocs_options *options, const struct ocs_rules *rules,
                                 struct ocs_box box, struct ocs_error *error)
{
    if (box.z < SHORTEST_AXIS || box.y < SHORTEST_AXIS || box.x < SHORTEST_AXIS) {
        ocs_fail(error, OCS_BAD_INPUT, "opening", options->map,
                 "a box of %llu x %llu x %llu is too small", (unsigned long long)box.x,
                 (unsigned long long)box.y, (unsigned long long)box.z);
        ocs_advise(error, "every axis needs at least %d voxels", SHORTEST_AXIS);
        return OCS_BAD_INPUT;
    }
    if (rules->cubic_even_only && (box.z != box.y || box.y != box.x || box.x % 2 != 0)) {
        ocs_fail(error, OCS_BAD_INPUT, "opening", options->map,
                 "%s takes cubic boxes of even size only, this is %llu x %llu x %llu", rules->name,
                 (unsigned long long)box.x, (unsigned long long)box.y, (unsigned long long)box.z);
        ocs_advise(error, "leave out --compat");
        return OCS_BAD_INPUT;
    }
    return OCS_OK;
}

/* The voxel size along the spatial x axis, whichever file axis that is. */
static double along_spatial_x(const struct ocs_mrc *mrc)
{
    return mrc->axis_of[0] == 0 ? mrc->voxel.z : mrc->axis_of[1] == 0 ? mrc->voxel.y : mrc->voxel.x;
}

static struct ocs_voxel_size voxel_of(const struct ocs_rules *rules, const struct ocs_mrc *mrc)
{
    if (!rules->one_voxel_size)
        return mrc->voxel;
    const double x = along_spatial_x(mrc);
    return (struct ocs_voxel_size){x, x, x};
}

/* ---- step 2 ---- */

/* Axes longer than the limit shrink as the longest one does, to an even size. */
static uint64_t working_axis(uint64_t n, uint64_t longest, uint64_t limit)
{
    return n <= limit ? n : 2 * (n * limit / (2 * longest));
}

static struct ocs_box working_box(struct ocs_box native, uint64_t limit)
{
    const uint64_t longest = ocs_max_u64(native.z, ocs_max_u64(native.y, native.x));
    if (limit == 0 || longest <= limit)
        return native;
    return (struct ocs_box){working_axis(native.z, longest, limit),
                            working_axis(native.y, longest, limit),
                            working_axis(native.x, longest, limit)};
}

static void make_working_box(const struct ocs_options *options, struct ocs_settings *settings)
{
    const struct ocs_box native = settings->native_box;
    const uint64_t limit =
        options->max_box_vox ? options->max_box_vox : settings->rules.default_max_box;
    const struct ocs_box box = working_box(native, limit);
    settings->box = box;
    settings->cropped = box.z != native.z || box.y != native.y || box.x != native.x;
    settings->voxel = settings->native_voxel;
    if (!settings->cropped)
        return;
    settings->voxel.z *= (double)native.z / (double)box.z;
    settings->voxel.y *= (double)native.y / (double)box.y;
    settings->voxel.x *= (double)native.x / (double)box.x;
    settings->crop = ocs_spectral_resample(native, box, settings->rules.modify_cropped);
}

/* ---- steps 3 to 7 ---- */

/* Step 3, in float32 as the reference computes it. */
static double lowpass_of(const struct ocs_options *options, struct ocs_voxel_size voxel)
{
    const double given = fmax(options->lowpass_ang, options->resolution_ang);
    const double largest = fmax(fmax(voxel.z, voxel.y), voxel.x);
    return given > 0 ? given : fmax(3 * largest, 8.0);
}

static unsigned kernel_size(double lowpass, double voxel)
{
    const double ratio = floor((double)((float)lowpass / (float)voxel));
    if (ratio >= LARGEST_DEFAULT_KERNEL)
        return LARGEST_DEFAULT_KERNEL;
    const unsigned size = 2 * ((unsigned)ratio / 2) + 1;
    return size < SMALLEST_KERNEL ? SMALLEST_KERNEL : size;
}

static struct ocs_ball_shape kernel_of(const struct ocs_options *options,
                                       struct ocs_voxel_size voxel, double lowpass)
{
    const double along[3] = {voxel.z, voxel.y, voxel.x};
    struct ocs_ball_shape shape;
    for (int axis = 0; axis < 3; ++axis) {
        shape.size[axis] =
            options->kernel_size_vox ? options->kernel_size_vox : kernel_size(lowpass, along[axis]);
        shape.radius[axis] = options->kernel_radius_vox > 0
                                 ? (float)options->kernel_radius_vox
                                 : (float)lowpass / (2 * (float)along[axis]);
    }
    return shape;
}

static bool wants_modification(const struct ocs_options *options)
{
    return options->amplify > 1 || options->attenuate > 1 || options->sigmoid > 1;
}

static bool scale_from_lowpass(const struct ocs_options *options, const struct ocs_rules *rules)
{
    if (options->scale_data != OCS_SCALE_AUTO)
        return options->scale_data == OCS_SCALE_OCCUPANCY;
    return rules->modify_from_lowpass && wants_modification(options);
}

static bool is_cubic(struct ocs_box box)
{
    return box.z == box.y && box.y == box.x;
}

static enum ocs_status make_tiles(const struct ocs_options *options, struct ocs_settings *settings,
                                  struct ocs_error *error)
{
    settings->tiles = !options->s0;
    if (!settings->tiles)
        return OCS_OK;
    return ocs_tile_grid_make(settings->box, options->tile_size_vox, settings->region.ball,
                              settings->rules.shifted_tile_ball, settings->tau, &settings->grid,
                              error);
}

static enum ocs_status make_kernel(const struct ocs_options *options, struct ocs_settings *settings,
                                   struct ocs_error *error)
{
    settings->lowpass_ang = lowpass_of(options, settings->voxel);
    settings->lowpass_active =
        ocs_spectral_lowpass(settings->box, settings->voxel, settings->lowpass_ang,
                             settings->rules.shifted_sphere, &settings->lowpass);
    settings->kernel_shape = kernel_of(options, settings->voxel, settings->lowpass_ang);
    const enum ocs_status status = ocs_ball_make(&settings->kernel_shape, &settings->ball, error);
    if (status != OCS_OK)
        return status;
    settings->tau = options->tau > 0
                        ? options->tau
                        : ocs_ball_tau(settings->ball.voxels, settings->rules.rounded_tau);
    return OCS_OK;
}

static void make_region(const struct ocs_options *options, struct ocs_settings *settings)
{
    settings->region.box = settings->box;
    settings->region.ball = options->region == OCS_REGION_AUTO ? is_cubic(settings->box)
                                                               : options->region == OCS_REGION_BALL;
}

/* ---- step 9 ---- */

static unsigned modifications_of(const struct ocs_options *options)
{
    const unsigned modified = (options->amplify > 1 ? OCS_OUTPUT_AMPLIFIED : 0u) |
                              (options->attenuate > 1 ? OCS_OUTPUT_ATTENUATED : 0u) |
                              (options->sigmoid > 1 ? OCS_OUTPUT_SIGMOID : 0u);
    return modified == 0 && options->exclude_solvent ? OCS_OUTPUT_SOLVENT_EXCLUDED : modified;
}

static void make_outputs(const struct ocs_options *options, struct ocs_settings *settings)
{
    const struct ocs_rules *const rules = &settings->rules;
    if (ocs_results_is_standard_output(options->output_dir))
        settings->pipe_voxel_bytes = options->dtype == OCS_DTYPE_F16 ? 2 : 4;
    const struct ocs_voxel_format voxels = {
        .mode = options->dtype == OCS_DTYPE_F16 ? OCS_MODE_FLOAT16 : OCS_MODE_FLOAT32};
    settings->tiled = ocs_tiled_make(options, &voxels);
    settings->outputs = options->outputs
                            ? options->outputs
                            : OCS_OUTPUT_SCALE | OCS_OUTPUT_CONFIDENCE | modifications_of(options);
    settings->padded = settings->cropped && rules->modify_cropped;
    settings->restored = settings->cropped && !rules->modify_cropped;
    settings->modified_box = settings->padded ? settings->box : settings->native_box;
    const struct ocs_voxel_size voxel = settings->padded ? settings->voxel : settings->native_voxel;
    settings->output_lowpass_active =
        options->lowpass_output_ang > 0 &&
        ocs_spectral_lowpass(settings->modified_box, voxel, options->lowpass_output_ang,
                             rules->shifted_sphere, &settings->output_lowpass);
    if (settings->padded)
        settings->pad = ocs_spectral_resample(settings->box, settings->native_box, true);
    if (settings->output_lowpass_active || settings->padded || options->hist_match)
        settings->finished = settings->outputs & OCS_MODIFICATIONS;
}

/* Maps that are not modifications stay in a working box that is padded only for those. */
struct ocs_box ocs_settings_output_box(const struct ocs_settings *settings, unsigned index)
{
    return settings->padded && !(OCS_MODIFICATIONS >> index & 1) ? settings->box
                                                                 : settings->native_box;
}

enum ocs_status ocs_settings_make(const struct ocs_options *options, const struct ocs_mrc *mrc,
                                  struct ocs_settings *settings_ret, struct ocs_error *error)
{
    struct ocs_settings settings = {.rules = ocs_rules_for(options->rules), .native_box = mrc->box};
    settings.native_voxel = voxel_of(&settings.rules, mrc);
    enum ocs_status status = check_box(options, &settings.rules, mrc->box, error);
    if (status != OCS_OK)
        return status;
    make_working_box(options, &settings);
    status = check_box(options, &settings.rules, settings.box, error);
    if (status == OCS_OK)
        status = make_kernel(options, &settings, error);
    if (status != OCS_OK)
        return status;
    make_region(options, &settings);
    settings.scale_from_lowpass =
        settings.lowpass_active && scale_from_lowpass(options, &settings.rules);
    make_outputs(options, &settings);
    status = make_tiles(options, &settings, error);
    *settings_ret = settings;
    return status;
}
