/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spectral.h"

#include <math.h>

static struct ocs_axis_cut symmetric(uint64_t n, double extent, double resolution)
{
    const uint64_t reach = (uint64_t)floor(extent / resolution);
    if (2 * reach + 1 >= n)
        return (struct ocs_axis_cut){n, n, n / 2 + 1, n - (n / 2 + 1)};
    return (struct ocs_axis_cut){n, n, reach + 1, reach};
}

static bool physical_lowpass(struct ocs_box box, struct ocs_voxel_size voxel, double resolution,
                             struct ocs_spectral *spectral)
{
    if (resolution <= 2 * fmax(fmax(voxel.z, voxel.y), voxel.x))
        return false;
    const struct ocs_voxel_size extent = {(double)box.z * voxel.z, (double)box.y * voxel.y,
                                          (double)box.x * voxel.x};
    *spectral = (struct ocs_spectral){
        .z = symmetric(box.z, extent.z, resolution),
        .y = symmetric(box.y, extent.y, resolution),
        .x = symmetric(box.x, extent.x, resolution),
        .mask = OCS_MASK_PHYSICAL,
        .extent = extent,
        .limit = 1 / resolution,
    };
    spectral->x.negative = 0;
    return true;
}

static bool reference_lowpass(struct ocs_box box, struct ocs_voxel_size voxel, double resolution,
                              struct ocs_spectral *spectral)
{
    const float a = (float)voxel.x, lp = (float)resolution;
    if (lp <= 2 * a)
        return false;
    const float product = (float)box.x * a;
    const uint64_t k = (uint64_t)floorf(product / lp);
    if (2 * k > box.x || k == 0)
        return false;
    const struct ocs_axis_cut half = {box.x, box.x, k, k};
    const uint64_t bins = box.x / 2 + 1;
    *spectral = (struct ocs_spectral){
        .z = half,
        .y = half,
        .x = {box.x, box.x, k + 1 < bins ? k + 1 : bins, 0},
        .mask = OCS_MASK_REFERENCE,
        .shell = k,
    };
    return true;
}

bool ocs_spectral_lowpass(struct ocs_box box, struct ocs_voxel_size voxel, double resolution,
                          bool reference, struct ocs_spectral *spectral_ret)
{
    const bool active = reference ? reference_lowpass(box, voxel, resolution, spectral_ret)
                                  : physical_lowpass(box, voxel, resolution, spectral_ret);
    if (active)
        spectral_ret->factor = (float)(1.0 / ((double)box.z * (double)box.y * (double)box.x));
    return active;
}

static struct ocs_axis_cut resampled(uint64_t from, uint64_t to, bool with_nyquist)
{
    const uint64_t smaller = from < to ? from : to;
    if (from == to)
        return (struct ocs_axis_cut){from, to, from / 2 + 1, from - (from / 2 + 1)};
    const uint64_t positive = (smaller + 1) / 2;
    return (struct ocs_axis_cut){from, to, positive, with_nyquist ? smaller / 2 : positive - 1};
}

struct ocs_spectral ocs_spectral_resample(struct ocs_box from, struct ocs_box to, bool with_nyquist)
{
    struct ocs_spectral spectral = {
        .z = resampled(from.z, to.z, with_nyquist),
        .y = resampled(from.y, to.y, with_nyquist),
        .x = resampled(from.x, to.x, with_nyquist),
        .mask = OCS_MASK_NONE,
        .factor = (float)(1.0 / ((double)from.z * (double)from.y * (double)from.x)),
    };
    /* Along x only one half is stored: there -b/2 is kept as b/2. */
    if (from.x != to.x)
        spectral.x.positive += with_nyquist ? 1 : 0;
    spectral.x.negative = 0;
    return spectral;
}

/* The reference's sphere sits half a voxel off the centre and is one shell wide. */
static bool passes_reference(uint64_t shell, int64_t fz, int64_t fy, int64_t fx)
{
    const double z = (double)fz + 0.5, y = (double)fy + 0.5, x = (double)fx - 0.5;
    return sqrtf((float)(z * z + y * y + x * x)) <= (float)(shell + 1);
}

bool ocs_spectral_passes(const struct ocs_spectral *spectral, int64_t fz, int64_t fy, int64_t fx)
{
    if (spectral->mask == OCS_MASK_NONE)
        return true;
    if (spectral->mask == OCS_MASK_REFERENCE)
        return passes_reference(spectral->shell, fz, fy, fx);
    const double z = (double)fz / spectral->extent.z;
    const double y = (double)fy / spectral->extent.y;
    const double x = (double)fx / spectral->extent.x;
    return z * z + y * y + x * x <= spectral->limit * spectral->limit;
}
