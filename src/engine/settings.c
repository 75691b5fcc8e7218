/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "settings.h"

#include "fail.h"

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
        shape.size[axis] = options->kernel_size_vox ? options->kernel_size_vox
                                                    : kernel_size(lowpass, along[axis]);
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

enum ocs_status ocs_settings_make(const struct ocs_options *options, const struct ocs_mrc *mrc,
                                  struct ocs_settings *settings_ret, struct ocs_error *error)
{
    struct ocs_settings settings = {.rules = ocs_rules_for(options->rules), .box = mrc->box};
    enum ocs_status status = check_box(options, &settings.rules, settings.box, error);
    if (status != OCS_OK)
        return status;
    settings.voxel = voxel_of(&settings.rules, mrc);
    settings.lowpass_ang = lowpass_of(options, settings.voxel);
    settings.lowpass_active =
        ocs_spectral_lowpass(settings.box, settings.voxel, settings.lowpass_ang,
                             settings.rules.shifted_sphere, &settings.lowpass);
    settings.kernel_shape = kernel_of(options, settings.voxel, settings.lowpass_ang);
    status = ocs_ball_make(&settings.kernel_shape, &settings.ball, error);
    if (status != OCS_OK)
        return status;
    settings.tau = options->tau > 0
                       ? options->tau
                       : ocs_ball_tau(settings.ball.voxels, settings.rules.rounded_tau);
    settings.region.box = settings.box;
    settings.region.ball = options->region == OCS_REGION_AUTO
                               ? is_cubic(settings.box)
                               : options->region == OCS_REGION_BALL;
    settings.scale_from_lowpass =
        settings.lowpass_active && scale_from_lowpass(options, &settings.rules);
    settings.outputs =
        options->outputs ? options->outputs : OCS_OUTPUT_SCALE | OCS_OUTPUT_CONFIDENCE;
    status = make_tiles(options, &settings, error);
    *settings_ret = settings;
    return status;
}
